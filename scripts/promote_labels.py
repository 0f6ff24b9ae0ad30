#!/usr/bin/env python3
"""Self-training: doubtful picks that a trained network makes too become labels.

    geod eval --model BASE --data OUT/dataset.json --kind continuous --picks base-picks.csv
    python scripts/promote_labels.py --data OUT/dataset.json --picks base-picks.csv

Writes promoted_<folder>.csv beside dataset.json (the folder's labels and the promoted ones) and
dataset-promoted.json, which names them. A row of a folder's `uncertain` table (one network's pick,
probability 0.2 and over) is promoted when the model has a pick of that phase at that station with
score 0.3 or more within 0.2 s, and no label of the phase lies within 1 s; the label gets the
model's time. Only Python's standard library is used.
"""
import argparse
import csv
import json
import os
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path

MIN_PROBABILITY, MIN_SCORE, AGREE_S, APART_S = 0.2, 0.3, 0.2, 1.0


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc).timestamp()


def rows_of(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def promote(folder, base, picks):
    labels = rows_of(base / folder["path"] / folder["labels"])
    taken = defaultdict(list)
    for r in labels:
        taken[r["network"], r["station"], r["phase"]].append(seconds(r["time"]))
    out = [{k: r.get(k, "") for k in ("network", "station", "phase", "time", "channels")} for r in labels]
    for r in rows_of(base / folder["path"] / folder["uncertain"]):
        key, t = (r["network"], r["station"], r["phase"]), seconds(r["time"])
        if float(r["probability"]) < MIN_PROBABILITY:
            continue
        near = [p for p in picks[key] if abs(p[0] - t) <= AGREE_S]
        if near and all(abs(near[0][0] - u) >= APART_S for u in taken[key]):
            taken[key].append(near[0][0])
            out.append(dict(network=key[0], station=key[1], phase=key[2], time=near[0][1], channels=r.get("channels", "")))
    return out, len(out) - len(labels)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--data", type=Path, required=True)
    ap.add_argument("--picks", type=Path, required=True)
    a = ap.parse_args()
    base = a.data.parent
    description = json.loads(a.data.read_text())
    picks = defaultdict(list)
    for r in rows_of(a.picks):
        if float(r["probability"]) >= MIN_SCORE:
            picks[r["network"], r["station"], r["phase"]].append((seconds(r["time"]), r["time"]))
    for folder in description["folders"]:
        if folder["kind"] != "continuous" or not folder.get("uncertain"):
            continue
        labels, count = promote(folder, base, picks)
        name = base / f"promoted_{folder['name']}.csv"
        with open(name, "w", newline="") as f:
            out = csv.DictWriter(f, ("network", "station", "phase", "time", "channels"))
            out.writeheader()
            out.writerows(labels)
        folder["labels"] = os.path.relpath(name, base / folder["path"])
        folder["labels_by"] += f"; {count} doubtful picks confirmed by a network trained on these data"
        print(f"{folder['name']}: {count} promoted")
    description["name"] += "-promoted"
    (base / "dataset-promoted.json").write_text(json.dumps(description, indent=1) + "\n")


if __name__ == "__main__":
    main()

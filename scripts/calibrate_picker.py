#!/usr/bin/env python3
"""Give a picker calibrated probabilities and timing errors, from picks of records it was not trained on.

    python scripts/calibrate_picker.py --model DIR --picks CROSS_VALIDATED.csv --data DATA [--scores KEY=VALUE ...]

DIR    model folder; its manifest.json is rewritten
PICKS  from `geod eval --picks`, of networks that never saw the record they picked (see train_starter)
DATA   the prepared data (prepare_starter_data.py): labels.csv and masks.csv of each folder

A pick is right when it lies within 0.5 s of an analyst's label of its phase, one to one, the higher
score first. Picks of a phase that the record has no label of, or in a masked span, are left out.
Probability: isotonic regression (pool adjacent violators) of right over score, at most ten steps.
Timing error: 1.4826 times the median absolute residual of each quarter of the right picks by score, a
line through the four, taken at the threshold and at 1, there no less than the best quarter. Needs NumPy.
"""
import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

TOLERANCE_S = 0.5


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def seconds(text, origin=np.datetime64("2000-01-01T00:00:00", "ns")):
    return (np.datetime64(text.rstrip("Z"), "ns") - origin) / np.timedelta64(1, "ns") * 1e-9


def collect(picks_path, data):
    """(score, is right, residual in seconds) of every pick that can be judged, by phase."""
    labels, masks = defaultdict(list), defaultdict(list)
    for path in sorted(Path(data).glob("*/labels.csv")):
        for row in read(path):
            labels[row["network"], row["station"], row["phase"][0]].append(seconds(row["time"]))
        masks_path = path.parent / "masks.csv"
        for row in read(masks_path) if masks_path.exists() else []:
            for phase in "PS" if row["phase"] == "*" else row["phase"]:
                masks[row["network"], row["station"], phase].append((seconds(row["start"]), seconds(row["end"])))
    picks = defaultdict(list)
    for row in read(picks_path):
        picks[row["network"], row["station"], row["phase"]].append((float(row["probability"]), seconds(row["time"])))
    judged = defaultdict(list)
    for key, found in picks.items():
        free = list(labels.get(key, []))
        if not free:
            continue
        for score, time in sorted(found, reverse=True):
            near = min(free, key=lambda label: abs(label - time), default=None)
            if near is not None and abs(near - time) <= TOLERANCE_S:
                free.remove(near)
                judged[key[2]].append((score, True, time - near))
            elif not any(start <= time <= end for start, end in masks.get(key, [])):
                judged[key[2]].append((score, False, 0.0))
    return judged


def isotonic(rows, threshold, steps=10):
    """[[score, probability], ...], both rising, from equal groups of the picks above half the threshold."""
    rows = sorted(r for r in rows if r[0] >= 0.5 * threshold)
    groups = [(np.mean([r[0] for r in g]), np.mean([r[1] for r in g]), len(g)) for g in np.array_split(np.array(rows, dtype=object), steps)]
    pooled = []
    for group in groups:
        pooled.append(group)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (s1, p1, n1), (s2, p2, n2) = pooled[-2:]
            pooled[-2:] = [((s1 * n1 + s2 * n2) / (n1 + n2), (p1 * n1 + p2 * n2) / (n1 + n2), n1 + n2)]
    return [[round(float(s), 4), round(float(p), 4)] for s, p, _ in pooled]


def sigmas(rows, threshold):
    right = sorted((r[0], r[2]) for r in rows if r[1] and r[0] >= threshold)
    quarters = np.array_split(np.array(right), 4)
    x = [q[:, 0].mean() for q in quarters]
    y = [1.4826 * np.median(np.abs(q[:, 1] - np.median(q[:, 1]))) for q in quarters]
    line = np.polynomial.Polynomial.fit(x, y, 1)
    return [round(float(max(line(at), min(y))), 4) for at in (1.0, threshold)]  # order of the manifest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--picks", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scores", nargs="*", default=[], metavar="KEY=VALUE", help="measured scores for the provenance")
    args = parser.parse_args()
    path = args.model / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    judged = collect(args.picks, args.data)
    for phase in "PS":
        name, threshold = phase.lower(), manifest["picks"][f"threshold_{phase.lower()}"]
        manifest["picks"][f"calibration_{name}"] = isotonic(judged[phase], threshold)
        manifest["picks"][f"sigma_{name}_s"] = sigmas(judged[phase], threshold)
        print(phase, len(judged[phase]), "picks judged", manifest["picks"][f"calibration_{name}"], manifest["picks"][f"sigma_{name}_s"])
    manifest["provenance"]["scores"].update(s.split("=", 1) for s in args.scores)
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

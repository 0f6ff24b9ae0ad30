#!/usr/bin/env python3
"""Arrivals of a synthetic fibre as the daemon gives them, against the true ones.

    python bench/score/fibre_arrivals.py [--model models/starter-das] [--seed 3] [--seconds 120] [--channels 300]
                                         [--spacing 10] [--rate 100] [--build build/release] [--json]

`geod synth das --recording` writes a fibre with earthquakes and the times of P and S on every channel; the daemon sees it through
`geod replay`. A true arrival is found when an arrival of its phase is within 0.1 s on its channel; an earthquake, when that is so on more
than half of the channels. Arrivals that are near none are `nothing`; near one of the other phase, `other phase`.
"""
import argparse
import collections
import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))
TOLERANCE_S = 0.1


def seconds(text):
    """Of an ISO time with up to nine decimals, since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp() + float("0." + (fraction or "0"))


def read_truth(file):
    """(channel, phase) -> [(time, event)], and (event, phase) -> channels."""
    times, channels = collections.defaultdict(list), collections.Counter()
    with open(file, newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            times[(row["channel"], row["phase"])].append((seconds(row["time"]), row["event"]))
            channels[(row["event"], row["phase"])] += 1
    return times, channels


def nearest(candidates, time_s):
    best = min(candidates, key=lambda one: abs(one[0] - time_s), default=None)
    return best if best and abs(best[0] - time_s) <= TOLERANCE_S else None


def score(arrivals, times, channels):
    found, residuals = collections.defaultdict(set), collections.defaultdict(list)
    astray = collections.defaultdict(collections.Counter)
    for row in arrivals:
        time_s, phase = seconds(row["time"]), row["phase"]
        hit = nearest(times[(row["channel"], phase)], time_s)
        if hit:
            found[(hit[1], phase)].add(row["channel"])
            residuals[phase].append(time_s - hit[0])
        else:
            other = nearest(times[(row["channel"], "PS"[phase == "P"])], time_s)
            astray[phase]["other phase" if other else "nothing"] += 1
    report = {}
    for phase in "PS":
        events = [event for event in channels if event[1] == phase]
        true = sum(channels[event] for event in events)
        report[phase] = {
            "true": true,
            "found": round(sum(len(found[event]) for event in events) / max(1, true), 3),
            "given": sum(row["phase"] == phase for row in arrivals),
            "other_phase": astray[phase]["other phase"],
            "nothing": astray[phase]["nothing"],
            "earthquakes": len(events),
            "earthquakes_found": sum(len(found[event]) > channels[event] / 2 for event in events),
            "median_s": round(statistics.median(residuals[phase]), 3) if residuals[phase] else None,
        }
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "starter-das")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--channels", type=int, default=300)
    parser.add_argument("--spacing", type=float, default=10)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    os.environ["GEOD_BINARY"] = str(args.build / "bin" / "geod")
    from harness import Daemon, geod  # reads GEOD_BINARY

    with tempfile.TemporaryDirectory(prefix="geod-fibre-") as folder:
        made = Path(folder) / "fibre"
        geod("synth", "das", "--out", made, "--recording", args.seconds, "--channels", args.channels, "--seed", args.seed,
             "--spacing", args.spacing, "--rate", args.rate)
        times, channels = read_truth(made / "arrivals.csv")
        grid = f"fibres: {{defaults: {{sampling_rate_hz: {args.rate}, channel_spacing_m: {args.spacing}}}}}\n"
        with Daemon(grid, models=f"precision: float32, tasks: [], segmenter: {args.model.resolve()}") as daemon:
            daemon.start()
            daemon.replay([made / "recording.h5"], "--id", "SY.TEST")
            daemon.wait()

            def rows(*arguments):
                return list(csv.DictReader(io.StringIO(geod("catalog", *arguments, "--config", daemon.config, "--format", "csv").stdout)))

            detections = rows("detections")
            arrivals = [row for each in detections for row in rows("arrivals", each["detection_id"])]
    report = {"detections": len(detections), **score(arrivals, times, channels)}
    if args.json:
        print(json.dumps(report))
        return
    print(f"{report['detections']} detections")
    for phase in "PS":
        r = report[phase]
        print(f"{phase}: {r['found']:.2f} of {r['true']} arrivals within {TOLERANCE_S} s (median {r['median_s']} s), "
              f"{r['earthquakes_found']} of {r['earthquakes']} earthquakes on most channels; of {r['given']} given "
              f"{r['other_phase']} are at the other phase, {r['nothing']} at nothing")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, subprocess.TimeoutExpired) as error:
        sys.exit(str(error))

#!/usr/bin/env python3
"""The arrivals of a detection on a fibre beside a hand reading.

    geod catalog detections --format csv | python demo_das_report.py longest
    python demo_das_report.py compare ARRIVALS.csv HAND_PICKS.csv START [--json]

longest   prints the id of the detection on the most channels
compare   ARRIVALS.csv: one or more tables of `geod catalog arrivals --format csv`, one after the other; HAND_PICKS.csv
          with channel, phase, time_s after START. A reading is compared with the arrival of its phase that is nearest in
          time of those within 4 channels, whatever detection gives it; the others are counted as astray where they are more
          than 0.1 s off.
"""
import csv
import json
import sys
from datetime import datetime, timezone

NEAR_CHANNELS = 4
TOLERANCE_S = 0.1


def seconds(text):
    """Of an ISO time with up to nine decimals, since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    base = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return base + float("0." + (fraction or "0"))


def longest():
    rows = list(csv.DictReader(sys.stdin))
    if not rows:
        sys.exit("demo: no detection")
    print(max(rows, key=lambda row: int(row["channels"]))["detection_id"])


def residuals(arrivals, picks, phase, start_s):
    """Residuals of the readings that were found, how many readings there are, and arrivals that are astray."""
    given = [(int(row["channel"]), seconds(row["time"]) - start_s) for row in arrivals if row["phase"] == phase]
    wanted = [(int(row["channel"]), float(row["time_s"])) for row in picks if row["phase"] == phase]
    best, astray = [], 0
    for channel, time_s in wanted:
        near = sorted((time - time_s for c, time in given if abs(c - channel) <= NEAR_CHANNELS), key=abs)
        best += near[:1]
        astray += sum(abs(value) > TOLERANCE_S for value in near[1:])
    return best, len(wanted), astray


def compare(arrivals_file, picks_file, start, as_json):
    with open(arrivals_file, newline="", encoding="utf-8") as file:
        arrivals = [row for row in csv.DictReader(file) if row["phase"] != "phase"]  # heads of further tables
    with open(picks_file, newline="", encoding="utf-8") as file:
        picks = list(csv.DictReader(file))
    report = {}
    for phase in "PS":
        found, wanted, astray = residuals(arrivals, picks, phase, seconds(start))
        ordered = sorted(abs(value) for value in found)
        report[phase] = {
            "read_by_hand": wanted,
            "found": len(found),
            "within_0.1_s": sum(value <= TOLERANCE_S for value in ordered),
            "within_0.01_s": sum(value <= 0.01 for value in ordered),
            "median_s": round(sorted(found)[len(found) // 2], 4) if found else None,
            "median_absolute_s": round(ordered[len(ordered) // 2], 4) if found else None,
            "largest_s": round(ordered[-1], 4) if found else None,
            "astray": astray,
        }
    if as_json:
        print(json.dumps(report, indent=1))
        return
    for phase, row in report.items():
        print(
            f"{phase}: {row['read_by_hand']} read by hand, {row['found']} found, {row['within_0.1_s']} within 0.1 s, "
            f"{row['within_0.01_s']} within 0.01 s; residual: median {row['median_s']} s, "
            f"median of the absolute {row['median_absolute_s']} s, largest {row['largest_s']} s; {row['astray']} astray"
        )


if len(sys.argv) == 2 and sys.argv[1] == "longest":
    longest()
elif len(sys.argv) in (5, 6) and sys.argv[1] == "compare":
    compare(sys.argv[2], sys.argv[3], sys.argv[4], "--json" in sys.argv)
else:
    sys.exit(__doc__)

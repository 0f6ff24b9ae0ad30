#!/usr/bin/env python3
"""Tell what the demo found: picks per station, recall of the catalogue, and a record section.

    python demo_report.py PICKS.csv RUN.json RECORDING_DIR OUT.svg

PICKS.csv      as `geod catalog picks --format csv` writes it
RUN.json       as `geod catalog runs --json` writes it: one object of the last run
RECORDING_DIR  mseed/, stations.csv, catalog_scsn.csv, scored_span.csv
"""
import csv
import json
import os
import sys
from collections import Counter
from pathlib import Path

recording = Path(sys.argv[3])
os.environ.setdefault("GEOD_DATA", str(recording.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench" / "score"))

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import obspy  # noqa: E402
import expected_arrivals  # noqa: E402
import score_picks as scorer  # noqa: E402

NS = 1_000_000_000
COLOUR = {"P": "#c0392b", "S": "#2166ac"}


def read_rows(path, **options):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, **options))


def print_stations(rows):
    counts = Counter((f"{r['network']}.{r['station']}", r["phase"]) for r in rows)
    print("picks per station")
    print(f"  {'station':10s} {'P':>5s} {'S':>5s}")
    for key in sorted({k for k, _ in counts}):
        print(f"  {key:10s} {counts[key, 'P']:5d} {counts[key, 'S']:5d}")


def print_recall(picks_path):
    picks, _ = scorer.read_picks(picks_path, lambda r: f"{r['network']}.{r['station']}")
    score = scorer.score_continuous(picks, {"P": 0.0, "S": 0.0}, recording)
    print("against the Southern California Seismic Network's catalogue (27 events, layered model)")
    for phase in scorer.PHASES:
        o = score["phases"][phase]
        print(f"  {phase}: {o['recall']:.2f} of {o['expected']} expected arrivals picked"
              f" (M >= 3: {o['m3']['recall']:.2f}; by chance {o['chance']:.2f});"
              f" {o['unexplained_per_station_hour']:.0f} picks per station-hour that no catalogued event explains")
    print("  the catalogue misses many small aftershocks: unexplained picks are an upper bound on false ones")


def print_run(path, rows):
    run = json.loads(Path(path).read_text(encoding="utf-8"))[0]
    summary = json.loads(run["summary"])
    seconds = summary["processing_s"]
    if seconds:
        print("speed")
        print(f"  {summary['windows_scored']} windows, {summary['records']} records in {seconds:.1f} s on {summary['device']}"
              f" ({summary['precision']}, {summary['threads']} threads)")
        print(f"  {2400 / seconds:.0f} times real time (40 minutes of 6 stations), {summary['windows_scored'] / seconds:.0f} windows/s")
        print(f"  last needed sample received -> pick committed: median {summary['pick_latency_p50_s']:.2f} s,"
              f" 99 % {summary['pick_latency_p99_s']:.2f} s (fed as fast as it takes)")


def hypocentral_order(event):
    stations = read_rows(recording / "stations.csv")
    out = []
    for st in stations:
        km = expected_arrivals.epicentral_km(float(event["latitude"]), float(event["longitude"]), float(st["latitude"]), float(st["longitude"]))
        out.append((km, f"{st['network']}.{st['station']}"))
    return sorted(out)


def panel(axis, event, rows, before_s, after_s, title):
    origin = scorer.parse_time(event["time"])
    start = obspy.UTCDateTime(ns=origin - int(before_s * NS))
    end = obspy.UTCDateTime(ns=origin + int(after_s * NS))
    order = hypocentral_order(event)
    scale = 0.8
    for place, (km, key) in enumerate(order):
        network, station = key.split(".")
        path = sorted((recording / "mseed").glob(f"{network}.{station}..*Z.mseed"))
        trace = obspy.read(str(path[0]), starttime=start, endtime=end)[0]
        trace.detrend("demean")
        trace.filter("bandpass", freqmin=1.0, freqmax=20.0, corners=2)
        t = trace.times() + (trace.stats.starttime - obspy.UTCDateTime(ns=origin))
        x = trace.data / np.abs(trace.data).max()
        axis.plot(t, place + scale * 0.5 * x, color="0.25", linewidth=0.5, rasterized=True)
        axis.text(-before_s, place + 0.32, f" {key}  {km:.0f} km", fontsize=8, va="bottom")
        for r in rows:
            if f"{r['network']}.{r['station']}" != key:
                continue
            offset = (scorer.parse_time(r["time"]) - origin) / NS
            if -before_s <= offset <= after_s:
                axis.plot([offset, offset], [place - 0.42, place + 0.42], color=COLOUR[r["phase"]], linewidth=1.2,
                          alpha=0.35 + 0.65 * float(r["probability"]))
    for phase, style in (("P", ":"), ("S", ":")):
        expected = []
        for km, key in order:
            st = next(s for s in read_rows(recording / "stations.csv") if f"{s['network']}.{s['station']}" == key)
            expected.append(expected_arrivals.travel_time_s(km, float(event["depth(m)"]) / 1000, float(st["elevation_m"]) / 1000, phase))
        axis.plot(expected, range(len(order)), style, color=COLOUR[phase], linewidth=1.0, marker="|", markersize=5, alpha=0.7)
    axis.set_xlim(-before_s, after_s)
    axis.set_ylim(-0.8, len(order) - 0.2)
    axis.set_yticks([])
    axis.set_xlabel("seconds after origin time")
    axis.set_title(title, fontsize=10)


def draw(rows, out):
    events = read_rows(recording / "catalog_scsn.csv", delimiter="\t")
    foreshock = max((e for e in events if float(e["magnitude"]) < 5), key=lambda e: (e["time"] < "2019-07-04T17:33", float(e["magnitude"])))
    main = max(events, key=lambda e: float(e["magnitude"]))
    figure, axes = plt.subplots(1, 2, figsize=(13, 7), constrained_layout=True)
    for axis, event, before_s, after_s in ((axes[0], foreshock, 4, 26), (axes[1], main, 8, 52)):
        panel(axis, event, rows, before_s, after_s,
              f"M {float(event['magnitude']):.1f}  {event['time'][:19]} UTC, depth {float(event['depth(m)']) / 1000:.0f} km")
    handles = [plt.Line2D([], [], color=COLOUR[p], linewidth=1.5, label=f"{p} picked by geod") for p in COLOUR]
    handles += [plt.Line2D([], [], color=COLOUR[p], linewidth=1, linestyle=":", marker="|", label=f"{p} expected from the catalogue") for p in COLOUR]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    figure.suptitle("Ridgecrest, 4 July 2019: vertical components, 1-20 Hz, nearest station at the bottom", fontsize=11)
    figure.savefig(out, dpi=130)
    plt.close(figure)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    rows = read_rows(sys.argv[1])
    print_stations(rows)
    print_recall(sys.argv[1])
    print_run(sys.argv[2], rows)
    draw(rows, sys.argv[4])
    print(f"record section: {sys.argv[4]}")


if __name__ == "__main__":
    main()

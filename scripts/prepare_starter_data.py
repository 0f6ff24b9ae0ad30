#!/usr/bin/env python3
"""Turn the project's recordings into one data set that `geod train` reads.

    python scripts/prepare_starter_data.py --data DATA --tools TOOLS --out OUT

DATA   the folder with ncedc_phasenet, stead_109c, train_ridgecrest_20190704, ...
TOOLS  the folder with windows.py, which knows the formats of the hand-labelled windows
OUT    receives one folder of miniSEED and tables per hand-labelled set, and dataset.json

The hand-labelled windows (npz, HDF5, SAC) become miniSEED (float32, values unchanged but for a
constant per component), labels.csv, masks.csv, noise.csv and records.csv (event and
cross-validation fold). The machine-labelled recordings already are miniSEED with tables: the
description points at them where they lie, but for labels.csv, which is written anew with the
column names of geod. Where magnitude, distance and back-azimuth of an arrival are known, or its first
motion, they stand beside it; back-azimuths and distances of STEAD are computed from coordinates,
because its own column is known to be wrong in places. Needs NumPy, ObsPy, h5py.

Left out, and written into dataset.json as exclusions: the six stations of the demonstration, and
2019-07-04 from 17:28 to the end of that day at every station.
"""
import argparse
import csv
import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

NS = 1_000_000_000
FOLDS = 5
FOLD_SEED = 20261121
SAME_EVENT_S = 120          # windows with P times closer than this are one event
DEMO_STATIONS = ["CI.CLC", "CI.SRT", "CI.TOW2", "CI.WRC2", "PB.B918", "PB.B921"]

CONTINUOUS = {
    # folder: (sub-folder of the waveforms, prefix of the tables, licence, attribution)
    "train_ridgecrest_20190704": ("mseed", "", "MIT (RED-PAN); open, to be acknowledged", "SCEDC doi:10.7909/C3WD3xH1, CI doi:10.7914/SN/CI, EarthScope PBO; Liao et al. 2022"),
    "train_ridgecrest_20190707": ("mseed", "", "MIT (RED-PAN); open, to be acknowledged", "EarthScope/UNAVCO PBO; Liao et al. 2022"),
    "train_iquique_20140501": ("mseed", "", "CC BY 4.0 (waveforms)", "IPOC network CX doi:10.14470/PK615318"),
    "hengill_20181230": ("mseed", "consensus_", "CC BY 4.0 as far as known (waveforms)", "COSEISMIQ, 2C (ETH Zurich), ON (ISOR)"),
    "pleasant_hill_20191015": ("raw", "consensus_", "public domain (USGS); open, to be acknowledged", "BK, NC (NCEDC doi:10.7932/NCEDC), NP, CE"),
    "iquique_cx_20140301": ("", "consensus_", "CC BY 4.0 (waveforms)", "IPOC network CX doi:10.14470/PK615318"),
    "usgs_records": ("", "consensus_", "public domain (USGS); open, to be acknowledged", "CI, BK, NP, UW, SL"),
}
HAND = {
    "ncedc_phasenet": ("MIT (PhaseNet); NCEDC open, to be acknowledged", "NCEDC doi:10.7932/NCEDC; Zhu & Beroza 2019 doi:10.1093/gji/ggy423"),
    "ncedc_deepdenoiser": ("MIT (DeepDenoiser); NCEDC open, to be acknowledged", "NCEDC doi:10.7932/NCEDC; Zhu et al. 2019 doi:10.1109/TGRS.2019.2926772"),
    "stead_109c": ("CC BY 4.0 (STEAD)", "Mousavi et al. 2019 doi:10.1109/ACCESS.2019.2947848; TA doi:10.7914/SN/TA"),
    "ipoc_20071120_m49": ("CC BY 4.0 (waveforms)", "IPOC network CX doi:10.14470/PK615318"),
    "corinth_20100120": ("CC BY 4.0 as far as known (waveforms)", "Corinth Rift Laboratory, network CL doi:10.15778/RESIF.CL"),
}


EVENT_COLUMNS = ("polarity", "back_azimuth_deg", "magnitude", "distance_km")


def stead_events(folder):
    """Event columns by trace name."""
    from obspy.geodetics import gps2dist_azimuth
    facts = {}
    for r in csv.DictReader(open(folder / "metadata.csv")):
        metres, back_azimuth, _ = gps2dist_azimuth(*(float(r[k]) for k in (
            "receiver_latitude", "receiver_longitude", "source_latitude", "source_longitude")))
        facts[r["trace_name"]] = ("", f"{back_azimuth:.1f}", r["source_magnitude"], f"{metres / 1000:.2f}")
    return facts


def ipoc_events(folder):
    return {r["station"]: ("", r["back_azimuth_deg"], r["magnitude"], r["epicentral_distance_km"])
            for r in csv.DictReader(open(folder / "labels.csv"))}


def corinth_events(folder):
    return {r["station"]: (r["p_polarity"], "", "", "") for r in csv.DictReader(open(folder / "labels.csv"))}


HAND_EVENTS = {"stead_109c": stead_events, "ipoc_20071120_m49": ipoc_events, "corinth_20100120": corinth_events}


def export_labels(source, target):
    """A table of machine labels with geod's column names. Only P carries event columns."""
    rows = []
    for r in csv.DictReader(open(source)):
        known = r["phase"] == "P"
        rows.append((r["network"], r["station"], r.get("channels", ""), r["phase"], r["time"], r.get("event_id", ""), "",
                     *(r.get(k, "") if known else "" for k in ("back_azimuth_deg", "magnitude", "epicentral_distance_km"))))
    write_csv(target, ("network", "station", "channels", "phase", "time", "event", *EVENT_COLUMNS), rows)


def iso(ns):
    return str(np.datetime64(int(ns), "ns"))[:29] + "Z"


def events_and_folds(windows):
    """Event id and fold of every window. Windows of one event share both."""
    event, last, number = {}, None, -1
    for t, trace_id in sorted((w.p, w.trace_id) for w in windows if w.p):
        if last is None or t - last > SAME_EVENT_S * NS:
            number += 1
        event[trace_id] = number
        last = t
    kind_of = {}
    for w in windows:
        for whole in ("corinth", "ipoc"):       # one event each
            if w.set.startswith(whole):
                event[w.trace_id] = whole
        kind_of.setdefault(event[w.trace_id], w.group)
    fold, j = {"ipoc": 1, "corinth": 2}, 0
    by_kind = defaultdict(list)
    for e, kind in kind_of.items():
        if e not in fold:
            by_kind[kind].append(e)
    rng = np.random.default_rng(FOLD_SEED)
    for kind in sorted(by_kind):
        rng.shuffle(by_kind[kind])
        for e in by_kind[kind]:
            fold[int(e)] = j % FOLDS
            j += 1
    return event, fold


def masks_of(w):
    """Spans (start, end) in ns where real events without labels lie."""
    end = w.start + round(w.n * NS / w.rate)
    if w.set.startswith("corinth"):
        first = w.p - 3 * NS if w.p else w.start
        last = (w.s or (w.p or w.start) + 4 * NS) + 4 * NS
        return [(w.start, first), (last, end)]
    if w.set.startswith("ipoc"):
        return [((w.s or w.p + 20 * NS) + 30 * NS, end)]
    return []


def write_csv(path, header, rows):
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(header)
        out.writerows(rows)


def export_set(folder, windows, event, fold, facts):
    """`facts`: event columns by the record's name."""
    import obspy
    unknown = ("",) * len(EVENT_COLUMNS)
    (folder / "mseed").mkdir(parents=True, exist_ok=True)
    labels, masks, noise, records = [], [], [], []
    for w in windows:
        stream = obspy.Stream()
        data = w.data.astype(np.float64)
        data -= np.median(data, axis=1, keepdims=True)
        for row, ok, code in zip(data, w.present, w.channels):
            if ok:
                code = code if len(code) == 3 else f"SH{code}"      # some SAC headers name the component alone
                head = dict(network=w.network, station=w.station, location="", channel=code,
                            sampling_rate=w.rate, starttime=obspy.UTCDateTime(ns=w.start))
                stream.append(obspy.Trace(np.ascontiguousarray(row, dtype=np.float32), head))
        stream.write(str(folder / "mseed" / f"{w.network}.{w.station}.mseed"), format="MSEED", encoding="FLOAT32", reclen=4096)
        key = (w.network, w.station)
        known = facts.get(w.trace_id.split("/", 1)[1], unknown)
        labels += [(*key, phase, iso(t), *(known if phase == "P" else unknown))
                   for phase, t in (("P", w.p), ("S", w.s)) if t is not None]
        masks += [(*key, "*", iso(a), iso(b)) for a, b in masks_of(w) if b > a]
        if w.set.startswith("ncedc") and all(w.present):
            noise.append((*key, iso(w.start), iso(w.p - 1_500_000_000)))
        e = event[w.trace_id]
        records.append((*key, f"event-{e}", fold[e], w.trace_id))
    write_csv(folder / "labels.csv", ("network", "station", "phase", "time", *EVENT_COLUMNS), labels)
    write_csv(folder / "masks.csv", ("network", "station", "phase", "start", "end"), masks)
    write_csv(folder / "noise.csv", ("network", "station", "start", "end"), noise)
    write_csv(folder / "records.csv", ("network", "station", "event", "fold", "trace_id"), records)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("data", "tools", "out"):
        ap.add_argument(f"--{name}", type=Path, required=True)
    a = ap.parse_args()
    os.environ["GEOD_DATA"] = str(a.data)
    sys.path.insert(0, str(a.tools))
    from windows import load_windows

    windows = list(load_windows())
    event, fold = events_and_folds(windows)
    folders = []
    for name, (licence, attribution) in HAND.items():
        own = [w for w in windows if w.set == name]
        facts = HAND_EVENTS[name](a.data / name) if name in HAND_EVENTS else {}
        export_set(a.out / name, own, event, fold, facts)
        folders.append(dict(name=name, path=name, kind="windows", waveforms="mseed", labels="labels.csv",
                            masks="masks.csv", noise="noise.csv", records="records.csv",
                            labels_by="analysts", licence=licence, attribution=attribution))
        print(f"{name}: {len(own)} windows", flush=True)
    for name, (sub, prefix, licence, attribution) in CONTINUOUS.items():
        (a.out / name).mkdir(parents=True, exist_ok=True)
        export_labels(a.data / name / f"{prefix}labels.csv", a.out / name / "labels.csv")
        folders.append(dict(name=name, path=os.path.relpath(a.data / name, a.out), kind="continuous",
                            waveforms=sub, labels=os.path.relpath(a.out / name / "labels.csv", a.data / name), uncertain=f"{prefix}uncertain.csv",
                            noise=f"{prefix}noise.csv",
                            labels_by="machine consensus of PhaseNet and SeisT-L, not analysts",
                            licence=licence, attribution=attribution))
    exclude = [dict(stations=DEMO_STATIONS, reason="stations of the demonstration and its score"),
               {"from": "2019-07-04T17:28:00Z", "to": "2019-07-05T00:00:00Z",
                "reason": "stretch of time kept for an honest score"}]
    text = json.dumps(dict(name="starter", folders=folders, exclude=exclude), indent=1)
    (a.out / "dataset.json").write_text(text + "\n")
    print(f"{a.out / 'dataset.json'}: {len(folders)} folders")


if __name__ == "__main__":
    main()

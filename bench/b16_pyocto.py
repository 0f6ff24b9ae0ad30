"""PyOcto on the picks that b16_association wrote: python bench/b16_pyocto.py PICKS_FILE [homogeneous|gradient]

Needs the package pyocto. Settings are those of its own benchmark for this network (10 picks, 2 P, 2 S,
4 stations with both, tolerance 2.0 s, or 1.5 s with layers, cut-off 100 km).
"""

import math
import os
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import pyocto


def read(path):
    stations, events, picks = [], [], []
    for line in open(path):
        kind, *words = line.split()
        if kind == "station":
            stations.append((words[0], float(words[1]), float(words[2]), 0.0))
        elif kind == "event":
            events.append([float(word) for word in words])
        else:
            picks.append((words[0], words[1], float(words[2]), int(words[3])))
    return (
        pd.DataFrame(stations, columns=["id", "latitude", "longitude", "elevation"]),
        np.array(events),
        pd.DataFrame(picks, columns=["station", "phase", "time", "event"]),
    )


def velocity_model(name, folder):
    if name == "homogeneous":
        return pyocto.VelocityModel0D(
            p_velocity=6.3, s_velocity=3.7, tolerance=2.0, association_cutoff_distance=100
        )
    depth = np.arange(0.0, 61.0, 2.0)
    layers = pd.DataFrame({"depth": depth, "vp": 6.0 + 0.025 * depth, "vs": 3.5 + 0.0145 * depth})
    path = os.path.join(folder, "model")
    pyocto.VelocityModel1D.create_model(layers, 1.0, 400, 60, path)
    return pyocto.VelocityModel1D(path, tolerance=1.5, association_cutoff_distance=100)


def distance_km(a_lat, a_lon, b_lat, b_lon):
    metre_a = 6371.0 * math.cos(math.radians((a_lat + b_lat) / 2)) * math.radians(a_lon - b_lon)
    return math.hypot(metre_a, 6371.0 * math.radians(a_lat - b_lat))


def score(picks, truth, found, assigned):
    if not len(found):
        return 0.0, 0.0, 0.0, math.nan
    true_size = picks[picks.event >= 0].groupby("event").size()
    matched, errors = set(), []
    for index, group in assigned.groupby("event_idx"):
        shared = picks.event.iloc[group.pick_idx.to_numpy()]
        shared = shared[shared >= 0].value_counts()
        for event, count in shared.items():
            if count >= 0.6 * max(len(group), true_size[event]) and event not in matched:
                matched.add(event)
                row = found[found.idx == index].iloc[0]
                errors.append(distance_km(row.latitude, row.longitude, truth[event][1], truth[event][2]))
                break
    precision, recall = len(matched) / len(found), len(matched) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall), np.median(errors)


def main():
    stations, truth, picks = read(sys.argv[1])
    name = sys.argv[2] if len(sys.argv) > 2 else "homogeneous"
    with tempfile.TemporaryDirectory() as folder:
        associator = pyocto.OctoAssociator.from_area(
            lat=(-22, -20),
            lon=(-70, -68),
            zlim=(0, 30),
            time_before=100,
            velocity_model=velocity_model(name, folder),
            n_picks=10,
            n_p_picks=2,
            n_s_picks=2,
            n_p_and_s_picks=4,
            pick_match_tolerance=2.0 if name == "homogeneous" else 1.5,
            n_threads=1,
        )
        associator.transform_stations(stations)
        begin = time.process_time()
        found, assigned = associator.associate(picks.drop(columns="event"), stations)
        seconds = time.process_time() - begin
    associator.transform_events(found)
    precision, recall, f1, error = score(picks, truth, found, assigned)
    print(
        f"pyocto {name}: {len(picks)} picks, {len(found)} found, precision {precision:.3f}, "
        f"recall {recall:.3f}, F1 {f1:.3f}, epicentre {error:.2f} km, "
        f"{len(picks) / seconds:.0f} picks/s of processor time"
    )


if __name__ == "__main__":
    main()

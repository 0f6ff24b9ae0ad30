"""Arrivals that a catalogue of earthquakes makes one expect, in a layered southern California."""
import csv
import math

import numpy as np

from windows import NS, parse_time

PHASES = ("P", "S")

# Layered crust of southern California (Hadley & Kanamori 1977, as used by the regional network):
# depth of the top in km, P speed in km/s; S speed = P / 1.73.
LAYERS = ((0.0, 5.5), (5.5, 6.3), (16.0, 6.7), (32.0, 7.8))
VP_VS = 1.73
EARTH_KM = 6371.0


def epicentral_km(lat1, lon1, lat2, lon2):
    a, b = math.radians(lat1), math.radians(lat2)
    d = math.radians(lon2 - lon1)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(d / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(h))


def travel_time_s(distance_km, depth_km, elevation_km, phase, layers=LAYERS):
    """First arrival (direct or head wave) in flat layers; depth below sea level, station elevation adds to the top layer."""
    scale = 1.0 if phase == "P" else VP_VS
    tops = np.array([t for t, _ in layers]) + elevation_km
    tops[0] = 0.0
    speed = np.array([v for _, v in layers]) / scale
    z = max(depth_km + elevation_km, 0.01)
    edges = np.append(tops, np.inf)
    k = int(np.searchsorted(tops, z, side="right")) - 1
    thick = np.array([min(edges[i + 1], z) - tops[i] for i in range(k + 1)])

    lo, hi = 0.0, 1.0 / speed[:k + 1].max() * (1 - 1e-12)
    for _ in range(80):                                  # ray parameter of the direct wave
        p = 0.5 * (lo + hi)
        s = p * speed[:k + 1]
        x = (thick * s / np.sqrt(1 - s * s)).sum()
        lo, hi = (p, hi) if x < distance_km else (lo, p)
    s = p * speed[:k + 1]
    best = (thick / (speed[:k + 1] * np.sqrt(1 - s * s))).sum() + p * max(distance_km - x, 0.0)

    for m in range(k + 1, len(speed)):                   # head waves along the top of layer m
        p = 1.0 / speed[m]
        if (speed[:m] >= speed[m]).any():
            continue
        x = t = 0.0
        for i in range(m):
            h = tops[i + 1] - tops[i]
            down = h - (min(edges[i + 1], z) - tops[i] if i <= k else 0.0)
            c = math.sqrt(1 - (p * speed[i]) ** 2)
            legs = h + down                              # up to the station, and down from the source
            x += legs * p * speed[i] / c
            t += legs * c / speed[i]
        if distance_km >= x:
            best = min(best, t + p * distance_km)
    return float(best)


def expected_arrivals(folder, span=None):
    """[(station key, phase, arrival ns, tolerance s, magnitude, event number, travel s)] of a catalogue folder."""
    stations = list(csv.DictReader(open(folder / "stations.csv")))
    events = list(csv.DictReader(open(folder / "catalog_scsn.csv"), delimiter="\t"))
    out = []
    for n, e in enumerate(events):
        t0 = parse_time(e["time"])
        for st in stations:
            d = epicentral_km(float(e["latitude"]), float(e["longitude"]), float(st["latitude"]), float(st["longitude"]))
            for phase in PHASES:
                tt = travel_time_s(d, float(e["depth(m)"]) / 1000, float(st["elevation_m"]) / 1000, phase)
                t = t0 + round(tt * NS)
                if span is None or span[0] <= t < span[1]:
                    out.append((f"{st['network']}.{st['station']}", phase, t, 1.0 + 0.03 * tt, float(e["magnitude"]), n, tt))
    return out

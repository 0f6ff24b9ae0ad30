#!/usr/bin/env python3
"""Time `geod catalog picks` on ten million picks.

    python3 bench/catalog_queries.py [--picks N] [--build build/release] [--database FILE]

Makes a database of one year and 600 instruments of 500 stations, with four estimates for every P pick, in a temporary folder (or keeps it in FILE, and uses it when
it is there), asks for the first 100 rows under each filter, and prints the milliseconds of the whole command: median of the
repeats with the file in memory, and of one run after the file was dropped from the page cache. Goal: below 50 ms in memory.
"""
import argparse
import os
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import host

STATIONS = 500
INSTRUMENTS = 600
CLOSED = 100  # stations of one instrument of a network that recorded for the first week only
YEAR_NS = 365 * 86400 * 10**9
START_NS = 1546300800 * 10**9  # 2019-01-01
REPEATS = 11
GOAL_MS = 50
TASKS = ("pmp", "baz", "emg", "dis")

# Stations are numbered by how busy they are: S000 has about 4 % of the picks, S499 less than 0.1 %. Probabilities crowd
# near the threshold: one pick in 100 is above 0.97. The instruments of the first 100 stations come in pairs.
QUERIES = [
    ("nothing", {}),
    ("newest first", {"order": "newest"}),
    ("time: one hour in summer", {"from": "2019-07-04T17:00", "to": "2019-07-04T18:00"}),
    ("time: newest before a date", {"to": "2019-07-04T17:00", "order": "newest"}),
    ("station: the busiest", {"station": "XX.S000"}),
    ("station: the quietest", {"station": "XX.S499", "order": "newest"}),
    ("stations: ten by wildcard", {"station": "XX.S04*"}),
    ("stations: a hundred by wildcard", {"station": "XX.S4*"}),
    ("stations: the whole network", {"station": "XX.*", "order": "newest"}),
    ("stations: a network that is closed", {"station": "YY.*", "order": "newest"}),
    ("phase: S", {"phase": "S", "order": "newest"}),
    ("probability: 0.8", {"min_probability": "0.8", "order": "newest"}),
    ("probability: 0.97, one in 100", {"min_probability": "0.97", "order": "newest"}),
    ("probability: 0.999, one in 2000", {"min_probability": "0.999"}),
    ("probability: 1.0, no such pick", {"min_probability": "1"}),
    ("region: 2 stations", {"region": "35.0/35.2/-120/-119.75"}),
    ("region: 150 quiet stations", {"region": "38.4/40/-120/-115"}),
    ("region: 150 quiet stations, newest", {"region": "38.4/40/-120/-115", "order": "newest"}),
    ("region: the sea, no station", {"region": "0/1/0/1"}),
    ("station, phase, probability", {"station": "XX.S123", "phase": "S", "min_probability": "0.97"}),
    ("station, time, newest", {"station": "XX.S250", "from": "2019-03-01", "to": "2019-03-08", "order": "newest"}),
    ("region, time, phase", {"region": "36/37/-119/-117", "from": "2019-07-01", "to": "2019-08-01", "phase": "P"}),
    ("region, probability, newest", {"region": "38.4/40/-120/-115", "min_probability": "0.97", "order": "newest"}),
    ("all filters", {"station": "XX.S1*", "region": "35.5/36.5/-120/-115", "from": "2019-05-01", "to": "2019-06-01",
                     "phase": "S", "min_probability": "0.9", "order": "newest"}),
]


def make_database(path, picks, geod):
    """The schema is geod's own; the picks are inserted in the order of time with all indexes in place, as a daemon does."""
    sites = path.with_suffix(".csv")
    rows = ["network,station,latitude,longitude"]
    rows += [f"XX,S{i:03},{35 + i // 25 * 0.25:.4f},{-120 + i % 25 * 0.2:.4f}" for i in range(STATIONS)]
    rows += [f"YY,T{i:03},34,{-120 + i * 0.02:.4f}" for i in range(CLOSED)]
    sites.write_text("\n".join(rows) + "\n")
    subprocess.run([geod, "catalog", "stations", "--import", sites, "--database", path], check=True, stdout=subprocess.DEVNULL)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -524288; BEGIN;")
    connection.execute("INSERT INTO models VALUES (1, 'bench-1', ?, NULL, 0)", ("a" * 64,))
    connection.execute("INSERT INTO runs (run_key, started_ns, version, config_hash) VALUES (1, 0, '0', '')")
    keys = [key for (key,) in connection.execute("SELECT station_key FROM stations ORDER BY network, station")]
    places = [(key, "") for key in keys] + [(key, "10") for key in keys[:INSTRUMENTS - STATIONS]]
    places = places[:STATIONS] + places[STATIONS + CLOSED:] + places[STATIONS:STATIONS + CLOSED]  # the closed ones last
    connection.executemany("INSERT INTO instruments (station_key, location, band, source) VALUES (?, ?, 'H', 'H')", places)
    connection.execute("""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :picks),
        u AS (SELECT i, (i * 2654435761) % 4294967296 / 4294967296.0 AS a, (i * 48271) % 2147483647 / 2147483647.0 AS b FROM n)
        INSERT INTO picks SELECT i, i, CASE WHEN i < :picks / 52 AND i % 10 = 0 THEN 1 + :instruments + i / 10 % :closed
                                             ELSE 1 + CAST(:instruments * a * a AS INTEGER) END, CASE WHEN i % 7 < 4 THEN 'P' ELSE 'S' END,
            :start + i * (:year / :picks), 0.02 + 0.2 * b, 0.3 + 0.7 * b * b * b, b, 'ZNE', 1, 1, :start + i * (:year / :picks), NULL
        FROM u""", {"picks": picks, "instruments": INSTRUMENTS, "closed": CLOSED, "start": START_NS, "year": YEAR_NS})
    connection.executemany("INSERT INTO adapters VALUES (?, ?, ?, ?, NULL, 0)",
                           [(i + 1, f"bench-{task}-1", f"{i}" * 64, task) for i, task in enumerate(TASKS)])
    connection.execute("""
        INSERT INTO estimates SELECT pick_key, task, 'active', a.adapter_key, score, 0.5, 2, 1, 1, inserted_ns
        FROM picks CROSS JOIN (SELECT adapter_key, task FROM adapters ORDER BY task) a WHERE phase = 'P'""")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def drop_from_page_cache(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def seconds(command):
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, max(0, done.stdout.count("\n") - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picks", type=int, default=10_000_000)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--database", type=Path)
    args = parser.parse_args()
    geod, explain = args.build / "bin" / "geod", args.build / "bench" / "explain_picks"
    print(host.describe())
    with tempfile.TemporaryDirectory(prefix="geod-queries-") as folder:
        path = args.database or Path(folder) / "picks.sqlite"
        if not path.exists():
            begin = time.perf_counter()
            make_database(path, args.picks, geod)
            print(f"made {args.picks} picks, {path.stat().st_size / 1e6:.0f} MB, in {time.perf_counter() - begin:.0f} s")
        start_ms = 1e3 * host.quartiles([seconds([geod, "--version"])[0] for _ in range(REPEATS)])[1]
        print(f"`geod --version` alone takes {start_ms:.1f} ms; below, ms of the whole command for at most 100 rows")
        print(f"{'filter':<34} {'rows':>4} {'median':>7} {'highest':>7} {'cold':>7}  statements x plan")
        slow = 0
        for name, filters in QUERIES:
            command = [geod, "catalog", "picks", "--database", path, "--limit", "100", "--format", "csv"]
            for option, value in filters.items():
                command += [f"--{option.replace('_', '-')}", value]
            drop_from_page_cache(path)
            cold, rows = seconds(command)
            times = [seconds(command)[0] for _ in range(REPEATS)]
            plan = subprocess.run([explain, path, *(f"{k}={v}" for k, v in filters.items())], check=True,
                                  capture_output=True, text=True).stdout.strip()
            median = 1e3 * host.quartiles(times)[1]
            slow += median >= GOAL_MS
            print(f"{name:<34} {rows:>4} {median:>7.1f} {1e3 * max(times):>7.1f} {1e3 * cold:>7.1f}  {plan}", flush=True)
    print(f"{len(QUERIES) - slow} of {len(QUERIES)} below the goal of {GOAL_MS} ms")


if __name__ == "__main__":
    main()

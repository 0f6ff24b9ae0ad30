#!/usr/bin/env python3
"""Time `geod catalog detections` on a million detections.

    python3 bench/detection_queries.py [--detections N] [--build build/release] [--database FILE]

Makes a database of one year and 20 fibres in a temporary folder (or keeps it in FILE, and uses it when it is there), every detection with a packed mask and
arrivals, asks for the first 100 rows under each filter, and for the arrivals of one detection of 10,000 channels; prints the milliseconds of the whole command.
Goal: below 50 ms with the file in memory.
"""
import argparse
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import host
from catalog_queries import GOAL_MS, REPEATS, START_NS, YEAR_NS, drop_from_page_cache, seconds

FIBRES = 20
LARGE_CHANNELS = 10_000

QUERIES = [
    ("nothing", ["detections"]),
    ("newest first", ["detections", "--order", "newest"]),
    ("time: one hour in summer", ["detections", "--from", "2019-07-04T17:00", "--to", "2019-07-04T18:00"]),
    ("time: newest before a date", ["detections", "--to", "2019-07-04T17:00", "--order", "newest"]),
    ("fibre: one", ["detections", "--fibre", "XX.F07", "--order", "newest"]),
    ("fibres: all by wildcard", ["detections", "--fibre", "XX.*"]),
    ("channels: a stretch", ["detections", "--first-channel", "4000", "--last-channel", "4100"]),
    ("channels: at least 900", ["detections", "--min-channels", "900"]),
    ("probability: 0.97, one in 100", ["detections", "--min-probability", "0.97", "--order", "newest"]),
    ("model: by wildcard", ["detections", "--model", "bench*"]),
    ("all filters", ["detections", "--fibre", "XX.F1*", "--from", "2019-05-01", "--to", "2019-06-01", "--first-channel", "2000",
                     "--min-channels", "500", "--min-probability", "0.9", "--order", "newest"]),
    ("arrivals of 10,000 channels", ["arrivals", "0000000000000001"]),
]


def packed(*numbers):
    out = bytearray()
    for number in numbers:
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)
    return bytes(out)


def make_database(path, detections, geod):
    """The schema is geod's own, made by an import of one station. The first detection is the large one."""
    sites = path.with_suffix(".csv")
    sites.write_text("network,station,latitude,longitude\nXX,S000,35,-120\n")
    subprocess.run([geod, "catalog", "stations", "--import", sites, "--database", path], check=True, stdout=subprocess.DEVNULL)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -524288; BEGIN;")
    connection.execute("INSERT INTO models VALUES (1, 'bench-1', ?, NULL, 0)", ("a" * 64,))
    connection.execute("INSERT INTO runs (run_key, started_ns, version, config_hash) VALUES (1, 0, '0', '')")
    connection.executemany("INSERT INTO fibres VALUES (?, ?)", [(i + 1, f"XX.F{i:02}") for i in range(FIBRES)])
    connection.execute("""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :detections),
        u AS (SELECT i, (i * 2654435761) % 4294967296 / 4294967296.0 AS a, (i * 48271) % 2147483647 / 2147483647.0 AS b FROM n)
        INSERT INTO detections SELECT i, i, 1 + i % :fibres, :start + i * (:year / :detections),
            :start + i * (:year / :detections) + 1000000000 + CAST(4e9 * a AS INTEGER),
            CASE WHEN i = 1 THEN 0 ELSE CAST(9000 * a AS INTEGER) END, CASE WHEN i = 1 THEN :large - 1 ELSE CAST(9000 * a + 40 + 960 * b AS INTEGER) END,
            CASE WHEN i = 1 THEN :large ELSE 40 + CAST(960 * b AS INTEGER) END, 10.0, 0.6 + 0.4 * b * b * b, 0.99, 2500.0, 100, 100, 1, NULL, 1, 0 FROM u""",
                       {"detections": detections, "fibres": FIBRES, "start": START_NS, "year": YEAR_NS, "large": LARGE_CHANNELS})
    # One run, and one arrival, of 0.1 s steps on each of 40 channels; on each of 10,000 for the first.
    run, arrival = packed(1, 0, 3), packed(2, 0, 0, 60000)
    small = packed(1, 100_000_000, 40)
    large = packed(1, 100_000_000, LARGE_CHANNELS)
    connection.execute("INSERT INTO mask_runs SELECT detection_key, ? FROM detections WHERE detection_key > 1", (small + packed(0, 0, 3) + run * 39,))
    connection.execute("INSERT INTO mask_runs VALUES (1, ?)", (large + packed(0, 0, 3) + run * (LARGE_CHANNELS - 1),))
    for phase in "PS":
        connection.execute("INSERT INTO fibre_arrivals (detection_key, phase, arrivals) SELECT detection_key, ?, ? FROM detections WHERE detection_key > 1",
                           (phase, small + packed(0, 0, 60000, 60000) + arrival * 39))
        connection.execute("INSERT INTO fibre_arrivals (detection_key, phase, arrivals) VALUES (1, ?, ?)",
                           (phase, large + packed(0, 0, 60000, 60000) + arrival * (LARGE_CHANNELS - 1)))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detections", type=int, default=1_000_000)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--database", type=Path)
    args = parser.parse_args()
    geod = args.build / "bin" / "geod"
    print(host.describe())
    with tempfile.TemporaryDirectory(prefix="geod-queries-") as folder:
        path = args.database or Path(folder) / "detections.sqlite"
        if not path.exists():
            begin = time.perf_counter()
            make_database(path, args.detections, geod)
            print(f"made {args.detections} detections, {path.stat().st_size / 1e6:.0f} MB, in {time.perf_counter() - begin:.0f} s")
        start_ms = 1e3 * host.quartiles([seconds([geod, "--version"])[0] for _ in range(REPEATS)])[1]
        print(f"`geod --version` alone takes {start_ms:.1f} ms; below, ms of the whole command for at most 100 rows")
        print(f"{'query':<34} {'rows':>5} {'median':>7} {'highest':>7} {'cold':>7}")
        slow = 0
        for name, words in QUERIES:
            limit = [] if words[0] == "arrivals" else ["--limit", "100"]
            command = [geod, "catalog", *words, *limit, "--database", path, "--format", "csv"]
            drop_from_page_cache(path)
            cold, rows = seconds(command)
            times = [seconds(command)[0] for _ in range(REPEATS)]
            median = 1e3 * host.quartiles(times)[1]
            slow += median >= GOAL_MS
            print(f"{name:<34} {rows:>5} {median:>7.1f} {1e3 * max(times):>7.1f} {1e3 * cold:>7.1f}", flush=True)
    print(f"{len(QUERIES) - slow} of {len(QUERIES)} below the goal of {GOAL_MS} ms")


if __name__ == "__main__":
    main()

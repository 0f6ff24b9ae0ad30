#!/usr/bin/env python3
"""Time `geod catalog events` on a million events.

    python3 bench/event_queries.py [--events N] [--build build/release] [--database FILE]

Makes a database of one year, 500 stations and N events with four arrivals each in a temporary folder (or keeps it in FILE, and uses it when it is there),
asks for the first 100 rows under each filter, and prints the milliseconds of the whole command: median of the repeats with the file in memory, and of one
run after the file was dropped from the page cache. One event in 1000 is reviewed. Goal: below 50 ms in memory.
"""
import argparse
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import host
from catalog_queries import GOAL_MS, REPEATS, START_NS, STATIONS, YEAR_NS, drop_from_page_cache, seconds

ARRIVALS = 4
MODELS = 3  # the last one made the picks of one event in 1000

QUERIES = [
    ("nothing", []),
    ("newest first", ["--order", "newest"]),
    ("largest first", ["--order", "largest"]),
    ("offset 5000", ["--offset", "5000"]),
    ("time: newest before a date", ["--to", "2019-07-04T17:00", "--order", "newest"]),
    ("time: one hour, largest first", ["--from", "2019-07-04T17:00", "--to", "2019-07-04T18:00", "--order", "largest"]),
    ("magnitude: 1.5", ["--min-magnitude", "1.5", "--order", "newest"]),
    ("magnitude: 4.9, one in 1000", ["--min-magnitude", "4.9"]),
    ("magnitude: 8, no such event", ["--min-magnitude", "8"]),
    ("magnitude type: Mw", ["--magnitude-type", "Mw", "--order", "newest"]),
    ("depth: 20 km and more", ["--min-depth", "20"]),
    ("depth: 600 km, no such event", ["--min-depth", "600"]),
    ("region: a hundredth", ["--region", "35/35.5/-118/-117.5", "--order", "newest"]),
    ("region: the sea", ["--region", "0/1/0/1"]),
    ("circle: 20 km", ["--circle", "35.7/-117.5/20", "--order", "largest"]),
    ("polygon: a corner", ["--polygon", "35/-118,35.5/-118,35/-117", "--order", "newest"]),
    ("quality: A", ["--quality", "A", "--order", "newest"]),
    ("station: the busiest", ["--station", "XX.S000", "--order", "newest"]),
    ("station: the quietest", ["--station", "XX.S499"]),
    ("stations: the whole network", ["--station", "XX.*"]),
    ("model: of all but few", ["--model", "bench-0"]),
    ("model: one in 1000", ["--model", "bench-2", "--order", "newest"]),
    ("adapter: none", ["--adapter", ""]),
    ("updated in the last minutes", ["--updated-after", "2019-12-31T23:00"]),
    ("reviewed", ["--reviewed", "--order", "largest"]),
    ("withdrawn too", ["--withdrawn", "--order", "newest"]),
    ("region, time, magnitude", ["--region", "35/37/-119/-117", "--from", "2019-07-01", "--to", "2019-08-01", "--min-magnitude", "3"]),
    ("circle, station, quality", ["--circle", "36/-117/60", "--station", "XX.S1*", "--quality", "B", "--order", "largest"]),
]

NUMBERS = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :events),
    u AS (SELECT i, (i * 2654435761) % 4294967296 / 4294967296.0 AS a, (i * 1597334677) % 4294967296 / 4294967296.0 AS b,
          (i * 3812015801) % 4294967296 / 4294967296.0 AS c, :start + i * (:year / :events) AS t FROM n)"""


def make_database(path, events, geod):
    """The schema is geod's own, made by an import of stations; the events are inserted in the order of time with all indexes in place."""
    sites = path.with_suffix(".csv")
    rows = ["network,station,latitude,longitude"] + [f"XX,S{i:03},{34 + i // 25 * 0.2:.4f},{-120 + i % 25 * 0.2:.4f}" for i in range(STATIONS)]
    sites.write_text("\n".join(rows) + "\n")
    subprocess.run([geod, "catalog", "stations", "--import", sites, "--database", path], check=True, stdout=subprocess.DEVNULL)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -524288; BEGIN;")
    for i in range(MODELS):
        connection.execute("INSERT INTO models VALUES (?, ?, ?, NULL, 0)", (i + 1, f"bench-{i}", f"{i}" * 64))
    connection.execute("INSERT INTO runs (run_key, started_ns, version, config_hash) VALUES (1, 0, '0', '')")
    connection.execute("INSERT INTO instruments SELECT station_key, station_key, '', 'H', 'H' FROM stations")
    connection.execute("INSERT INTO sites SELECT station_key, network || '.' || station FROM stations")
    given = {"events": events, "start": START_NS, "year": YEAR_NS, "stations": STATIONS}
    arrival = "JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)"
    # The busiest of the 500 stations has about 4 % of the arrivals, the quietest below 0.1 %.
    station = "(1 + (CAST(:stations * a * a AS INTEGER) + k * 7) % :stations)"
    connection.execute(f"""{NUMBERS} INSERT INTO picks SELECT 4 * i + k, 4 * i + k, {station}, CASE k % 2 WHEN 0 THEN 'P' ELSE 'S' END, t + k * 1000000000,
        0.05, 0.9, 0.5, 'ZNE', CASE WHEN i % 1000 = 0 THEN 3 ELSE 1 END, 1, t, NULL FROM u {arrival}""", given)
    # Many small, few large ones, 0 to 7; depths crowd near the surface, 0 to 25 km.
    connection.execute(f"""{NUMBERS} INSERT INTO events SELECT i, i, t, t, i, CASE WHEN i % 1000 = 7 THEN i END, i % 50 = 3, t, 34 + 4 * b, -120 + 5 * c,
        25 * a * b, 7 * b * b * b * b, CASE WHEN i % 1000 = 7 THEN 'Mw' ELSE 'ML' END, CASE WHEN i % 1000 = 7 THEN NULL ELSE substr('AABBBCCCDD', 1 + i % 10, 1) END
        FROM u""", given)
    connection.execute(f"""{NUMBERS} INSERT INTO event_versions SELECT i, i, 1, CASE WHEN i % 50 = 3 THEN 'withdrawn' ELSE 'final' END, 'network', t, 34 + 4 * b,
        -120 + 5 * c, 25 * a * b, 0.1, 1.5, 0, 1.2, 0.8, 30, 0.5, 0.6, 0.1, 0.1, 90, 8, 4, 2, substr('AABBBCCCDD', 1 + i % 10, 1), 'iasp91', 9.5, i, 1, t
        FROM u""", given)
    connection.execute("""INSERT INTO magnitudes SELECT event_key, event_key, 0, 'ML', magnitude, 0.2, 4 FROM events""")
    connection.execute(f"""{NUMBERS} INSERT INTO origin_arrivals SELECT i, k, {station}, 4 * i + k, NULL, NULL, NULL,
        CASE k % 2 WHEN 0 THEN 'P' ELSE 'S' END, 0.05, 10.0 + k, 45, 0, 0.9 FROM u {arrival}""", given)
    connection.execute("INSERT INTO reviews SELECT event_key, event_key, 'quake/' || event_key, '', 'XX', '', NULL, 'earthquake', '', 'manual', '', time_ns, "
                       "latitude_deg, longitude_deg, depth_km, NULL, NULL, event_key, time_ns FROM events WHERE review_key IS NOT NULL")
    connection.execute("INSERT INTO review_magnitudes SELECT review_key, 0, '', 'Mw', magnitude, NULL, NULL FROM events WHERE review_key IS NOT NULL")
    connection.execute("INSERT OR IGNORE INTO site_events SELECT site_key, version_key FROM origin_arrivals ORDER BY 1, 2")
    connection.execute("INSERT INTO maker_events SELECT CASE WHEN event_key % 1000 = 0 THEN 3 ELSE 1 END, 0, event_key FROM events ORDER BY 1, 2, 3")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--database", type=Path)
    args = parser.parse_args()
    geod = args.build / "bin" / "geod"
    print(host.describe())
    with tempfile.TemporaryDirectory(prefix="geod-queries-") as folder:
        path = args.database or Path(folder) / "events.sqlite"
        if not path.exists():
            begin = time.perf_counter()
            make_database(path, args.events, geod)
            print(f"made {args.events} events, {path.stat().st_size / 1e6:.0f} MB, in {time.perf_counter() - begin:.0f} s")
        start_ms = 1e3 * host.quartiles([seconds([geod, "--version"])[0] for _ in range(REPEATS)])[1]
        print(f"`geod --version` alone takes {start_ms:.1f} ms; below, ms of the whole command for at most 100 rows")
        print(f"{'filter':<34} {'rows':>4} {'median':>7} {'highest':>7} {'cold':>7}")
        slow = 0
        for name, words in QUERIES:
            command = [geod, "catalog", "events", *words, "--limit", "100", "--database", path, "--format", "csv"]
            drop_from_page_cache(path)
            cold, rows = seconds(command)
            times = [seconds(command)[0] for _ in range(REPEATS)]
            median = 1e3 * host.quartiles(times)[1]
            slow += median >= GOAL_MS
            print(f"{name:<34} {rows:>4} {median:>7.1f} {1e3 * max(times):>7.1f} {1e3 * cold:>7.1f}", flush=True)
    print(f"{len(QUERIES) - slow} of {len(QUERIES)} below the goal of {GOAL_MS} ms")


if __name__ == "__main__":
    main()

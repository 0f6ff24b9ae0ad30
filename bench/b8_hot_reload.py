#!/usr/bin/env python3
"""B8: adapters exchanged in a running daemon under load: what is lost, how long scoring stands still, when the new one is live.

    python bench/b8_hot_reload.py [--swaps 1000] [--drops 100] [--load 0.8] [--threads 1] [--build build/release]

Two bundles with outputs that tell them apart (one can only pick P, the other only S) take turns while the recording of tests/data is
published under ever new station names, paced to `--load` of what this daemon scores when it is fed as fast as it takes.

swaps: `activate` over the control socket, one after the other. `pause` is the time that geod-infer spent on the exchange, `asked to
live` from the request to the first batch that the new network may score. Counted: windows cut but not scored, windows shed, rows with
the phase that their adapter cannot pick (mixed), rows of one station and phase closer than they may be (doubled).
drops: a bundle is renamed into the folder (adapters.on_new: activate); `drop to live` counts from the rename. Both ends are read from
the monotonic clock of this host.
"""
import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

import zmq

import host

sys.path.insert(0, str(host.ROOT / "tests" / "support"))
import phase_bundles  # noqa: E402

RECORDING = host.ROOT / "tests" / "data" / "ridgecrest_20190704_1700" / "mseed"
STATION = slice(8, 13)  # of the code in a miniSEED 2 record
RECORDS_A_MESSAGE = 4
GOAL_PAUSE_MS, GOAL_LIVE_MS = 5.0, 250.0  # on the CPU


def records():
    """The records of all channels by time."""
    found = []
    for file in sorted(RECORDING.glob("*.mseed")):
        data = file.read_bytes()
        size = 1 << data[54]
        found += [data[i:i + size] for i in range(0, len(data), size)]
    return sorted(found, key=lambda record: record[20:30])


class Publisher(threading.Thread):
    """Sends the recording again and again, each time as other stations, at a pace in recordings a second (0: as fast as taken)."""

    def __init__(self, endpoint, pace=0.0, passes=None):
        super().__init__(daemon=True)
        self.endpoint, self.pace, self.passes = endpoint, pace, passes
        self.stopped = threading.Event()
        self.behind_s = 0.0

    def run(self):
        socket = zmq.Context.instance().socket(zmq.PUSH)
        socket.set_hwm(16)
        socket.connect(self.endpoint)
        parts, start = records(), time.monotonic()
        number = 0
        while not self.stopped.is_set() and number != self.passes:
            stream = f"pass{number}"
            for at in range(0, len(parts), RECORDS_A_MESSAGE):
                body = b"".join(self.renamed(record, number) for record in parts[at:at + RECORDS_A_MESSAGE])
                header = json.dumps({"boot": 1, "seq": at // RECORDS_A_MESSAGE, "crc32": zlib.crc32(body)}).encode()
                socket.send_multipart([f"ms/1/{stream}".encode(), header, body])
                if self.pace:
                    ahead = start + (number + at / len(parts)) / self.pace - time.monotonic()
                    self.behind_s = max(self.behind_s, -ahead)
                    if ahead > 0:
                        time.sleep(ahead)
                if self.stopped.is_set():
                    break
            socket.send_multipart([f"end/1/{stream}".encode(), b"{}"])
            number += 1
        socket.close(linger=30_000)

    @staticmethod
    def renamed(record, number):
        """Each of the stations gets the number of the pass in its code: CLC -> C012."""
        code = record[STATION].decode().strip()
        name = f"{code[0]}{code[-1]}{number:03d}".encode()
        return record[:STATION.start] + name + record[STATION.stop:]


class Daemon:
    def __init__(self, args, on_new, exit_when_sources_end=False):
        self.geod = args.build / "bin" / "geod"
        self.folder = Path(tempfile.mkdtemp(prefix="geod-b8-"))
        self.endpoint = f"ipc://{self.folder}/ingest"
        self.config = self.folder / "geod.yaml"
        self.config.write_text(
            f"streams: {{endpoints: [{{name: bench, endpoint: '{self.endpoint}', mode: pull_bind}}]}}\n"
            f"models: {{picker: {args.model}, device: cpu, precision: float32, threads: {args.threads}}}\n"
            f"adapters: {{on_new: {on_new}}}\n"
            f"daemon: {{state_directory: {self.folder}, runtime_directory: {self.folder}, "
            f"exit_when_sources_end: {str(exit_when_sources_end).lower()}}}\n")
        self.log = open(self.folder / "geod.log", "wb")
        self.process = subprocess.Popen([self.geod, "run", "--config", self.config], stderr=self.log)
        subprocess.run([self.geod, "status", "--config", self.config, "--wait", "120"], check=True, stdout=subprocess.DEVNULL)
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, 120_000)
        self.socket.connect(f"ipc://{self.folder}/control")

    def ask(self, **request):
        self.socket.send_json(request)
        return self.socket.recv_json()

    def status(self):
        return self.ask(command="status")

    def drop(self, bundle, version):
        """Renames a whole bundle into the folder; returns the time of the rename."""
        beside = self.folder / "adapters" / ".incoming"
        shutil.copytree(bundle, beside)
        if version is not None:  # a new name is a new bundle: its manifest says so
            manifest = json.loads((beside / "manifest.json").read_text())
            manifest["version"] = version
            (beside / "manifest.json").write_text(json.dumps(manifest))
        name = f"{bundle.name.rsplit('-', 1)[0]}-{version or bundle.name.rsplit('-', 1)[1]}"
        now = time.monotonic_ns()
        os.rename(beside, self.folder / "adapters" / name)
        return name, now

    def stop(self):
        self.socket.close(linger=0)
        self.process.terminate()
        if self.process.wait(timeout=300) != 0:
            sys.exit((self.folder / "geod.log").read_text())
        connection = sqlite3.connect(self.folder / "geod.sqlite")
        summary, = connection.execute("SELECT summary_json FROM runs ORDER BY run_key DESC LIMIT 1").fetchone()
        rows = connection.execute(
            "SELECT network, station, phase, time_ns, adapter_hash FROM picks JOIN instruments USING (instrument_key) "
            "JOIN stations USING (station_key) LEFT JOIN adapters USING (adapter_key) ORDER BY 1, 2, 3, 4").fetchall()
        connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return json.loads(summary), rows


def capacity(args):
    """Windows a second when fed as fast as it takes, and windows of one recording."""
    daemon = Daemon(args, "check", exit_when_sources_end=False)
    publisher = Publisher(daemon.endpoint, passes=2)
    publisher.start()
    publisher.join()
    while (status := daemon.status())["windows_waiting"] or not status["windows_scored"]:
        time.sleep(0.05)
    summary, _ = daemon.stop()
    return summary["windows_scored"] / summary["processing_s"], summary["windows_scored"] / 2


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def faults(summary, rows, hashes):
    mixed = sum(1 for row in rows if row[4] != hashes[row[2]])
    doubled = sum(1 for a, b in zip(rows, rows[1:]) if a[:3] == b[:3] and b[3] - a[3] < 0.99e9)
    lost = summary["windows_cut"] - summary["windows_scored"]
    return f"windows lost {lost}, shed {summary['windows_shed']}; rows {len(rows)}, doubled {doubled}, mixed {mixed}", \
        lost + summary["windows_shed"] + doubled + mixed


def measure(args, bundles, hashes, pace, exchange, count, on_new):
    """Runs `exchange(daemon, number)` `count` times under load; returns what it returned, the summary and the rows."""
    daemon = Daemon(args, on_new)
    if on_new == "check":
        for bundle in bundles:
            daemon.drop(bundle, None)
        daemon.ask(command="adapters", action="activate", bundle=bundles[0].name)
    else:
        daemon.drop(bundles[0], None)
    while daemon.status()["adapters"]["tasks"]["dpk"]["active"]["bundle"] != bundles[0].name:
        time.sleep(0.01)
    publisher = Publisher(daemon.endpoint, pace)
    publisher.start()
    while not daemon.status()["windows_scored"]:
        time.sleep(0.01)
    begin = time.monotonic()
    results = [exchange(daemon, number) for number in range(count)]
    elapsed = time.monotonic() - begin
    status = daemon.status()
    publisher.stopped.set()
    publisher.join()
    while daemon.status()["windows_waiting"]:
        time.sleep(0.05)
    summary, rows = daemon.stop()
    return results, elapsed, status, summary, rows, publisher.behind_s


def swap(bundles):
    def exchange(daemon, number):
        answer = daemon.ask(command="adapters", action="activate", bundle=bundles[(number + 1) % 2].name)
        if "error" in answer:
            sys.exit(answer["error"])
        return answer["pause_ms"], answer["to_live_ms"]
    return exchange


def drop(bundles):
    def exchange(daemon, number):
        name, renamed_ns = daemon.drop(bundles[(number + 1) % 2], f"{number + 2}")
        while (active := (listed := daemon.ask(command="adapters", action="list"))["tasks"]["dpk"]["active"])["bundle"] != name:
            refused = [e["reason"] for e in listed["events"] if e["bundle"] == name and e["action"] == "refused"]
            if refused:
                sys.exit(refused[0])
            time.sleep(0.002)
        return (active["since_monotonic_ns"] - renamed_ns) * 1e-6
    return exchange


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--swaps", type=int, default=1000)
    parser.add_argument("--drops", type=int, default=100)
    parser.add_argument("--load", type=float, default=0.8)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.build, args.model = args.build.resolve(), args.model.resolve()
    print(host.describe())
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="geod-b8-bundles-") as folder:
        bundles = [phase_bundles.write_bundle(folder, "p-only", mute="S", base=args.model),
                   phase_bundles.write_bundle(folder, "s-only", mute="P", base=args.model)]
        hashes = {"P": phase_bundles.hash_of(bundles[0]), "S": phase_bundles.hash_of(bundles[1])}
        full, windows = capacity(args)
        pace = args.load * full / windows
        print(f"{args.model.name}, float32, {args.threads} threads: {full:.0f} windows/s as fast as it takes; "
              f"load {args.load:.0%} = {pace * windows:.0f} windows/s")
        results, elapsed, status, summary, rows, behind = measure(args, bundles, hashes, pace, swap(bundles), args.swaps, "check")
        text, count = faults(summary, rows, hashes)
        wrong += count
        pauses, lives = [r[0] for r in results], [r[1] for r in results]
        print(f"swaps  {args.swaps} in {elapsed:.0f} s, {status['windows_scored'] / elapsed:.0f} windows/s meanwhile, publisher at "
              f"most {behind:.1f} s behind; {text}")
        print(f"       pause p50 {percentile(pauses, .5):.3f} ms, p99 {percentile(pauses, .99):.3f} ms (goal {GOAL_PAUSE_MS}); "
              f"asked to live p50 {percentile(lives, .5):.0f} ms, p99 {percentile(lives, .99):.0f} ms")
        # A dropped bundle carries its own version, so its hash is its own: rows are told apart by the counts alone.
        results, _, _, summary, rows, _ = measure(args, bundles, hashes, pace, drop(bundles), args.drops, "activate")
        lost = summary["windows_cut"] - summary["windows_scored"] + summary["windows_shed"]
        wrong += lost
        print(f"drops  {args.drops}; windows lost {lost}; drop to live p50 {percentile(results, .5):.0f} ms, "
              f"p99 {percentile(results, .99):.0f} ms (goal {GOAL_LIVE_MS})")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

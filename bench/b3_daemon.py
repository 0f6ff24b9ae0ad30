#!/usr/bin/env python3
"""B3: the daemon from bytes to committed rows against the bare forward of as many windows.

    python bench/b3_daemon.py [--threads 1,2] [--rounds 5] [--build build/release] [--model models/starter]

`geod run` takes the recording of tests/data from `geod replay --speed max` over ZeroMQ; its windows/s go from the first record
to the last commit. The bare side scores as many windows in batches of the size that the daemon formed, in the same engine with
the same model, precision (float32) and threads. The two alternate in ABBA order; the ratio is daemon / bare, so 1 means that
receiving, decoding, windowing, picking and storing cost nothing. `ingest` is the time of the replaying process, `outside` the
part of the daemon's time in which the inference thread was not in the forward.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import host
from forward_server import ForwardServer, noise_windows

GOAL = 0.98
RECORDING = host.ROOT / "tests" / "data" / "ridgecrest_20190704_1700" / "mseed"


def run_daemon(geod, model, threads, profile=None):
    """One replay through a new daemon; its run summary."""
    folder = Path(tempfile.mkdtemp(prefix="geod-b3-"))
    endpoint = f"ipc://{folder}/ingest"
    config = folder / "geod.yaml"
    config.write_text(f"streams: {{endpoints: [{{name: bench, endpoint: '{endpoint}', mode: pull_bind}}]}}\n"
                      f"models: {{picker: {model}, device: cpu, precision: float32, threads: {threads}, tasks: []}}\n"
                      f"daemon: {{state_directory: {folder}, runtime_directory: {folder}, exit_when_sources_end: true}}\n")
    before = ["perf", "record", "-q", "-g", "-F", "997", "-o", profile] if profile else []
    with open(folder / "geod.log", "wb") as log:
        daemon = subprocess.Popen([*before, geod, "run", "--config", config], stderr=log)
        try:
            subprocess.run([geod, "status", "--config", config, "--wait", "120"], check=True, stdout=subprocess.DEVNULL)
            begin = time.perf_counter()
            subprocess.run([geod, "replay", *sorted(RECORDING.glob("*.mseed")), "--to", endpoint, "--speed", "max"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ingest = time.perf_counter() - begin
            if daemon.wait(timeout=1800) != 0:
                sys.exit(f"the daemon failed: {(folder / 'geod.log').read_text()}")
        finally:
            daemon.kill()
            daemon.wait()
    runs = subprocess.run([geod, "catalog", "runs", "--config", config, "--json", "--limit", "1"], check=True,
                          capture_output=True, text=True).stdout
    shutil.rmtree(folder, ignore_errors=True)
    newest = json.loads(runs)
    summary = (newest[0] if isinstance(newest, list) else newest)["summary"]
    summary = json.loads(summary) if isinstance(summary, str) else summary
    return {**summary, "ingest_s": ingest}


def compare(args, threads):
    geod = args.build / "bin" / "geod"
    first = run_daemon(geod, args.model, threads)
    windows, batch = first["windows_scored"], max(1, round(first["windows_scored"] / first["batches"]))
    samples = json.loads((args.model / "manifest.json").read_text())["geometry"]["window_samples"]
    with tempfile.TemporaryDirectory(prefix="geod-b3-bare-") as folder:
        server = ForwardServer(args.build, args.model, threads, max(batch, 16), noise_windows(64, samples), folder)
        bare = lambda: server.seconds(batch, windows)
        bare()
        ratios, ends, outsides, ingests = [], [], [], []
        for _ in range(args.rounds):
            a1, b1, b2, a2 = run_daemon(geod, args.model, threads), bare(), bare(), run_daemon(geod, args.model, threads)
            for run in (a1, a2):
                ends.append(run["windows_scored"] / run["processing_s"])
                outsides.append(1 - run["scoring_s"] / run["processing_s"])
                ingests.append(run["ingest_s"])
            ratios.append((b1 + b2) / (a1["processing_s"] + a2["processing_s"]))
        server.close()
    median = lambda values: host.quartiles(values)[1]
    print(f"{threads:>7} {windows:>7} {batch:>5} | {median(ends):>7.1f} {median(ends) / median(ratios):>7.1f} | "
          f"{host.ratio_text(ratios):<22} | {100 * median(outsides):>6.1f} % {median(ingests):>6.2f} s | {host.verdict(ratios, GOAL)}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--threads", default=",".join(str(n + 1) for n in range(os.cpu_count())[:2]))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", type=Path, help="only run the daemon once under `perf record` and keep the samples here")
    args = parser.parse_args()
    args.build, args.model = args.build.resolve(), args.model.resolve()
    print(host.describe())
    if args.profile:
        print(run_daemon(args.build / "bin" / "geod", args.model, 1, args.profile))
        return
    print(f"{args.model.name}, float32, {args.rounds} rounds, goal {GOAL}")
    print("threads windows batch | windows/s daemon, bare | ratio (quartiles) | outside the forward, ingest")
    for threads in map(int, args.threads.split(",")):
        compare(args, threads)


if __name__ == "__main__":
    main()

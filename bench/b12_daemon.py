#!/usr/bin/env python3
"""B12: a fibre through the whole daemon, from blocks on ZeroMQ to committed detections, in times of real time.

    python bench/b12_daemon.py [--network starter-das|dinov2-mla] [--overlap] [--channels 1000] [--seconds 60] [--precision float32]
                               [--threads 1] [--rounds 3] [--build build/release]

Noise at 100 Hz and 10 m from `geod synth das`, sent by `geod replay --speed max`. starter-das is the network that is shipped, tiles
of 252 x 252 with half of them overlapping; dinov2-mla is the published geometry (ViT-S/14, 518 x 518, MLA), its decoder trained for a
few steps to see nothing, with half tiles overlapping on both axes (--overlap) or none. The factor is data time over the time from the
first block sent to the end of the daemon; a fibre of 10,000 channels has a tenth of that of 1,000, which is printed beside it. Beside
that `network` is the share of the time that the network computes.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import host

SIZE = 518
GOALS = {("dinov2-mla", True): 0.5, ("dinov2-mla", False): 2.0}  # 10,000 channels, two cores


def call(args, *arguments):
    done = subprocess.run([args.build / "bin" / "geod", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"geod {arguments[0]}: {done.stderr}")
    return done.stdout


def network(args, folder):
    if args.network == "starter-das":
        return host.ROOT / "models" / "starter-das"
    call(args, "synth", "das", "--out", folder / "tiles", "--count", 2, "--rows", SIZE, "--columns", SIZE, "--classes", "event",
         "--noise-share", 1, "--held-out-share", 0)
    call(args, "train", "--task", "das", "--data", folder / "tiles", "--method", "scratch", "--geometry", "dinov2-small", "--decoder",
         "mla", "--tile", f"{SIZE}x{SIZE}", "--steps", 4, "--batch", 1, "--lr", "1e-2", "--warmup", 0, "--out", folder / "mla")
    manifest = json.loads((folder / "mla" / "manifest.json").read_text())
    manifest["segments"]["das"].update(row_hop=SIZE // 2 if args.overlap else SIZE, column_hop=SIZE // 2 if args.overlap else SIZE)
    (folder / "mla" / "manifest.json").write_text(json.dumps(manifest))
    return folder / "mla"


def run(args, folder, model, recording):
    """Seconds from the first block to the end, and what the daemon counted."""
    state = Path(tempfile.mkdtemp(prefix="geod-b12-"))
    config, endpoint = state / "geod.yaml", f"ipc://{state}/ingest"
    config.write_text(f"streams: {{endpoints: [{{name: bench, endpoint: '{endpoint}', mode: pull_bind}}]}}\n"
                      f"models: {{segmenter: {model}, device: cpu, precision: {args.precision}, threads: {args.threads}, tasks: []}}\n"
                      "fibres: {queue_bytes: 4GiB}\n"
                      f"daemon: {{state_directory: {state}, runtime_directory: {state}, exit_when_sources_end: true}}\n")
    with open(state / "geod.log", "wb") as log:
        daemon = subprocess.Popen([args.build / "bin" / "geod", "run", "--config", config], stderr=log)
        try:
            call(args, "status", "--config", config, "--wait", 120)
            begin = time.perf_counter()
            call(args, "replay", recording, "--id", "XX.BENCH", "--to", endpoint, "--speed", "max")
            if daemon.wait(timeout=3600) != 0:
                sys.exit(f"the daemon failed: {(state / 'geod.log').read_text()}")
            took = time.perf_counter() - begin
        finally:
            daemon.kill()
            daemon.wait()
    newest = json.loads(call(args, "catalog", "runs", "--config", config, "--json", "--limit", 1))
    summary = (newest[0] if isinstance(newest, list) else newest)["summary"]
    summary = json.loads(summary) if isinstance(summary, str) else summary
    shutil.rmtree(state, ignore_errors=True)
    return took, summary["fibres"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=("starter-das", "dinov2-mla"), default="starter-das")
    parser.add_argument("--overlap", action="store_true")
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--precision", choices=("float32", "bfloat16", "auto"), default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    args = parser.parse_args()
    print(host.describe())
    with tempfile.TemporaryDirectory(prefix="geod-b12-") as folder:
        folder = Path(folder)
        call(args, "synth", "das", "--out", folder / "noise", "--recording", args.seconds, "--channels", args.channels,
             "--noise-share", 1)
        model = network(args, folder)
        factors = []
        for _ in range(args.rounds):
            took, fibres = run(args, folder, model, folder / "noise" / "recording.h5")
            if fibres["blocks_shed"]:
                sys.exit(f"blocks were shed, the figure would flatter: {fibres}")
            factors.append(args.seconds / took)
            print(f"{fibres['tiles_scored']} tiles in {took:.1f} s, network {fibres['scoring_s'] / took:.0%}", flush=True)
    ten_thousand = [factor * args.channels / 10_000 for factor in factors]
    goal = GOALS.get((args.network, args.overlap))
    verdict = f": {host.verdict(ten_thousand, goal)}, goal {goal}" if goal else ""
    print(f"{args.network}, {args.precision}, {args.threads} threads: {host.ratio_text(factors)} times real time at {args.channels} "
          f"channels and 100 Hz; at 10,000 {host.ratio_text(ten_thousand)}{verdict}")


if __name__ == "__main__":
    main()

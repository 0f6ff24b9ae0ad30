#!/usr/bin/env python3
"""B15: geod's forward pass beside one busy foreign thread, float32, on the CPU.

    python bench/b15_contention.py [--model models/starter] [--build build/release] [--threads 2] [--batches 8,32]

One process that spins for ever takes its share of one core; windows/s with it over windows/s without, in ABBA order. On N cores the
best that fair scheduling allows is (N - 0.5) / N when geod uses all cores and the foreign thread gets half of one: 0.75 on two. The
usual bar counts the whole core as lost, (N - 1) / N.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import host
from forward_server import ForwardServer, noise_windows

ROUNDS = 7
WINDOWS = 32
TURN_S = 1.0


class Spinner:
    """A foreign process that burns one core while it is not stopped."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.pause()

    def go(self):
        self.process.send_signal(signal.SIGCONT)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def close(self):
        self.process.kill()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batches", default="8,32")
    args = parser.parse_args()
    cores = os.cpu_count()
    goal = 0.9 * (cores - 1) / cores
    windows = noise_windows(WINDOWS, host.window_samples(args.model))
    print(host.describe())
    print(f"{args.threads} threads, {ROUNDS} rounds, goal {goal:.2f} (0.9 of what a whole lost core leaves)")
    spinner = Spinner()
    try:
        with tempfile.TemporaryDirectory(prefix="geod-b15-") as folder:
            server = ForwardServer(args.build, args.model, args.threads, WINDOWS, windows, folder)
            print("batch | windows/s alone, beside the spinner | ratio (quartiles)")
            for batch in map(int, args.batches.split(",")):
                compare(server, spinner, batch, goal)
            server.close()
    finally:
        spinner.close()


def compare(server, spinner, batch, goal):
    server.seconds(batch, 2 * batch)
    count = max(batch, int(TURN_S * 2 * batch / server.seconds(batch, 2 * batch)) // batch * batch)

    def alone():
        spinner.pause()
        return server.seconds(batch, count)

    def beside():
        spinner.go()
        return server.seconds(batch, count)

    ratios, free, busy = [], [], []
    for _ in range(ROUNDS):
        a1, b1, b2, a2 = alone(), beside(), beside(), alone()
        ratios.append((a1 + a2) / (b1 + b2))
        free.append(2 * count / (a1 + a2))
        busy.append(2 * count / (b1 + b2))
    spinner.pause()
    print(f"{batch:>5} | {np.median(free):>8.1f} {np.median(busy):>8.1f} | {host.ratio_text(ratios):<22} | "
          f"{host.verdict(ratios, goal)}", flush=True)


if __name__ == "__main__":
    main()

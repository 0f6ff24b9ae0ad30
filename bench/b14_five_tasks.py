#!/usr/bin/env python3
"""B14: five tasks against picking alone, float32, on the CPU.

    python bench/b14_five_tasks.py [--model models/starter] [--build build/release] [--threads 1] [--batch 16] [--windows-per-pick 1.4]

Times every task's network by turns. Prints windows/s of picking over windows/s of all five on every window, and what is left when
the other four look only at the windows around P picks, as the daemon does: with the rate of P picks per window of the demo's
recording (6 stations of a foreshock sequence with its main shock: far more picks than on an ordinary day).
"""
import argparse
import tempfile
from pathlib import Path

import numpy as np

import host
from forward_server import ForwardServer, noise_windows

ROUNDS = 7
WINDOWS = 32
TURN_S = 0.6
TASKS = ("pmp", "baz", "emg", "dis")
P_PICKS_A_WINDOW = 268 / 1896   # scripts/demo


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--windows-per-pick", type=float, default=1.4,
                        help="windows in which P lies where the bundles want it: 0.35 of a window, a quarter of a window apart")
    args = parser.parse_args()
    windows = noise_windows(WINDOWS, host.window_samples(args.model))
    bundles = {"dpk": None} | {task: f"{args.model}-{task}" for task in TASKS}
    print(host.describe())
    print(f"{args.model.name}, {args.threads} threads, batches of {args.batch}, {ROUNDS} rounds")
    with tempfile.TemporaryDirectory(prefix="geod-b14-") as folder:
        servers = {task: ForwardServer(args.build, args.model, args.threads, WINDOWS, windows, folder, bundle=bundle)
                   for task, bundle in bundles.items()}
        count = max(args.batch, int(TURN_S * WINDOWS / servers["dpk"].seconds(args.batch, WINDOWS)) // args.batch * args.batch)
        times = {task: [] for task in servers}
        for n in range(2 * ROUNDS):
            for task in list(servers)[::1 if n % 2 == 0 else -1]:
                times[task].append(servers[task].seconds(args.batch, count) / count)
        for server in servers.values():
            server.close()
    for task, values in times.items():
        print(f"{task}: {1 / np.median(values):7.1f} windows/s")
    dpk, others = np.array(times["dpk"]), sum(np.array(times[task]) for task in TASKS)
    gated = P_PICKS_A_WINDOW * args.windows_per_pick
    print(f"all five on every window / dpk: {host.ratio_text(dpk / (dpk + others))}")
    print(f"the four on {gated:.3f} of the windows / dpk: {host.ratio_text(dpk / (dpk + gated * others))}")


if __name__ == "__main__":
    main()

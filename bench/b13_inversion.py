#!/usr/bin/env python3
"""B13 of InversionNet: `geod train --task fwi` against a plain PyTorch loop.

    python bench/b13_inversion.py [--build build/release] [--width 32] [--batch 8] [--steps 10] [--rounds 3] [--threads 1]
                                  [--device cpu] [--bf16]

Both train all weights from random ones with L1 and AdamW, in ABBA order. geod reads shards, takes logarithms and normalises meanwhile, on
a second thread, and writes its metrics; the loop is given normalised tensors that lie ready. Start-up is left out on both sides. Above 1
geod is faster. --bf16 asks geod for mixed precision; the loop stays in float32, as the published code.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

import eager_inversionnet
import host

FIRST = 4   # steps before the clock starts
SHAPE = (5, 1000, 70)


def write_set(folder, samples):
    random = np.random.default_rng(1)
    for part, shape in (("data", SHAPE), ("model", (1, 70, 70))):
        (folder / part).mkdir(parents=True)
        values = random.normal(0, 1, (samples, *shape)) if part == "data" else random.uniform(1500, 4500, (samples, *shape))
        np.save(folder / part / f"{part}1.npy", values.astype(np.float32))


class Geod:
    def __init__(self, args, folder):
        self.args, self.folder, self.runs = args, Path(folder), 0
        # The last fifth is for validation, which is scored after the clock has stopped.
        write_set(self.folder / "set", 5 * args.batch)

    def seconds_a_step(self):
        self.runs += 1
        args, out = self.args, self.folder / f"run-{self.runs}"
        done = subprocess.run(
            [args.build / "bin" / "geod", "train", "--task", "fwi", "--preset", "paper", "--data", self.folder / "set", "--out", out,
             *map(str, ["--width", args.width, "--batch", args.batch, "--steps", FIRST + args.steps, "--report", 1, "--checkpoint", 0,
                        "--threads", args.threads, "--device", args.device]), *(["--bf16"] if args.bf16 else [])],
            capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"geod train: {done.stderr}")
        lines = [json.loads(line) for line in (Path(f"{out}.run") / "metrics.jsonl").read_text().splitlines()]
        at = {line["step"]: line["elapsed_s"] for line in lines if "elapsed_s" in line}
        return (at[FIRST + args.steps] - at[FIRST]) / args.steps


class Loop:
    def __init__(self, args):
        torch.set_num_threads(args.threads)
        self.args = args
        self.network = eager_inversionnet.InversionNet(args.width).to(args.device).train()
        self.shots = torch.randn(4 * args.batch, *SHAPE, device=args.device) * 0.1
        self.maps = torch.rand(4 * args.batch, 1, 70, 70, device=args.device) * 2 - 1
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=8e-4, weight_decay=1e-4)

    def step(self, n):
        part = slice(n % 4 * self.args.batch, (n % 4 + 1) * self.args.batch)
        loss = (self.network(self.shots[part]) - self.maps[part]).abs().mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def seconds_a_step(self):
        for n in range(FIRST):
            self.step(n)
        begin = time.perf_counter()
        for n in range(self.args.steps):
            self.step(n)
        return (time.perf_counter() - begin) / self.args.steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    goal = 4.0 if args.device != "cpu" else 2.5 if args.bf16 else 1.0
    print(host.describe())
    print(f"torch {torch.__version__}, width {args.width}, batch {args.batch}, {args.steps} steps a turn, {args.rounds} rounds, goal {goal}")
    with tempfile.TemporaryDirectory(prefix="geod-b13-") as folder:
        geod, loop = Geod(args, folder), Loop(args)
        ratios, rates = [], []
        for _ in range(args.rounds):
            a1, b1, b2, a2 = (side.seconds_a_step() for side in (geod, loop, loop, geod))
            ratios.append((b1 + b2) / (a1 + a2))
            rates.append((2 * args.batch / (a1 + a2), 2 * args.batch / (b1 + b2)))
    ours, theirs = np.median(rates, axis=0)
    print(f"samples/s: geod {ours:.2f}, loop {theirs:.2f}; ratio {host.ratio_text(ratios)}: {host.verdict(ratios, goal)}")


if __name__ == "__main__":
    main()

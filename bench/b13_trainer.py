#!/usr/bin/env python3
"""B13: `geod train` against a plain PyTorch loop, SeisMoLLM's picker, float32, on the CPU.

    python bench/b13_trainer.py [--model models/starter] [--build build/release] [--batch 16] [--steps 40] [--rounds 5]

Both start from the same weights and train all of them, with Adam and the published loss (preset seismollm), on one thread, in ABBA order.
geod reads, cuts, augments and labels its windows from miniSEED meanwhile, on a second thread, and writes its metrics. The loop is
given tensors that were made before: it has no input pipeline at all. Start-up is left out on both sides. Above 1 geod is faster.
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

import eager_seismollm
import host
from forward_server import noise_windows

GOAL = 1.0
FIRST = 10   # steps before the clock starts
REPORT = 5


class Geod:
    def __init__(self, build, model, batch, steps, folder):
        self.geod, self.model, self.batch, self.steps = build / "bin" / "geod", model, batch, steps
        self.folder = Path(folder)
        self.runs = 0
        self.call("synth", "seismic", "--out", self.folder / "data", "--count", "20", "--seed", "1")

    def call(self, *arguments):
        done = subprocess.run([self.geod, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"geod {arguments[0]}: {done.stderr}")

    def seconds_a_step(self):
        self.runs += 1
        out = self.folder / f"run-{self.runs}"
        self.call("train", "--task", "dpk", "--preset", "seismollm", "--method", "full", "--init", self.model,
                  "--data", self.folder / "data", "--out", out, "--batch", self.batch, "--steps", FIRST + self.steps,
                  "--report", REPORT, "--checkpoint", 0, "--threads", 1)
        lines = [json.loads(line) for line in (Path(f"{out}.run") / "metrics.jsonl").read_text().splitlines()]
        at = {line["step"]: line["elapsed_s"] for line in lines if "elapsed_s" in line}
        return (at[FIRST + self.steps] - at[FIRST]) / self.steps


class Loop:
    def __init__(self, model, batch, steps):
        torch.set_num_threads(1)
        self.network = eager_seismollm.load(model).train()
        self.steps, self.batch = steps, batch
        windows = noise_windows(4 * batch, self.network.samples)
        self.x = eager_seismollm.normalise(windows)
        self.target = torch.zeros(len(windows), 3, self.network.samples)
        soft = torch.exp(-torch.arange(-25, 26) ** 2 / 200.0)
        for n, at in enumerate(np.random.default_rng(2).integers(100, self.network.samples - 100, len(windows))):
            self.target[n, 1:, at - 25:at + 26] = soft
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-4)

    def step(self, n):
        part = slice(n % 4 * self.batch, (n % 4 + 1) * self.batch)
        p, t = self.network(self.x[part]), self.target[part]
        loss = -(t * torch.log(p + 1e-6) + (1 - t) * torch.log(1 - p + 1e-6))[:, 1:].sum() / p.numel()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def seconds_a_step(self):
        for n in range(FIRST):
            self.step(n)
        begin = time.perf_counter()
        for n in range(self.steps):
            self.step(n)
        return (time.perf_counter() - begin) / self.steps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if args.steps % REPORT:
        parser.error(f"--steps must be a multiple of {REPORT}")
    print(host.describe())
    print(f"torch {torch.__version__}, {args.model.name}, batch {args.batch}, {args.steps} steps a turn, {args.rounds} rounds, goal {GOAL}")
    with tempfile.TemporaryDirectory(prefix="geod-b13-") as folder:
        geod, loop = Geod(args.build, args.model, args.batch, args.steps, folder), Loop(args.model, args.batch, args.steps)
        ratios, rates = [], []
        for _ in range(args.rounds):
            a1, b1, b2, a2 = (side.seconds_a_step() for side in (geod, loop, loop, geod))
            ratios.append((b1 + b2) / (a1 + a2))
            rates.append((2 * args.batch / (a1 + a2), 2 * args.batch / (b1 + b2)))
    ours, theirs = np.median(rates, axis=0)
    print(f"windows/s: geod {ours:.1f}, loop {theirs:.1f}; ratio {host.ratio_text(ratios)}: {host.verdict(ratios, GOAL)}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""B13 for images: `geod train` against a plain PyTorch loop, DINOv2 ViT-S/14 with the MLA decoder, on the CPU.

    python bench/b13_images.py [--method full|lora] [--bf16] [--build build/release] [--batch 1] [--steps 3] [--rounds 3] [--threads 1]

Tiles of 518 x 518, two classes, the published geometry, random weights. geod reads, mirrors and labels its tiles and writes its metrics;
the loop (transformers' Dinov2Model with its fused attention, the decoder in plain modules, AdamW; peft with --method lora) is given
tensors that were made before. With --bf16 geod computes in mixed precision, the loop in float32 as the paper's script does. In ABBA
order; start-up is left out on both sides. Above 1 geod is faster.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import peft
import torch
import transformers
from torch import nn
from torch.nn import functional as F

import host

sys.path.insert(0, str(host.ROOT / "tests" / "peers"))
import segmenter_reference  # noqa: E402

SIZE, TAPS, RANK = 518, (3, 6, 9, 12), 16
FIRST = 1  # steps before the clock starts


class Geod:
    def __init__(self, args, folder):
        self.args, self.folder, self.runs = args, Path(folder), 0
        self.call("synth", "das", "--out", self.folder / "tiles", "--count", 8, "--rows", SIZE, "--columns", SIZE,
                  "--classes", "event", "--held-out-share", 0)
        self.train("base", "scratch", "--geometry", "dinov2-small", "--decoder", "mla", "--tile", f"{SIZE}x{SIZE}", "--steps", 1)

    def call(self, *arguments):
        done = subprocess.run([self.args.build / "bin" / "geod", *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"geod {arguments[0]}: {done.stderr}")

    def train(self, out, method, *more):
        self.call("train", "--task", "das", "--data", self.folder / "tiles", "--method", method, "--out", self.folder / out,
                  "--name", out, "--batch", self.args.batch, "--threads", self.args.threads, "--report", 1, "--checkpoint", 0, *more)

    def seconds_a_step(self):
        self.runs += 1
        out = f"run-{self.runs}"
        self.train(out, self.args.method, "--init", self.folder / "base", "--steps", FIRST + self.args.steps,
                   *(["--lora-rank", RANK] if self.args.method == "lora" else []), *(["--bf16"] if self.args.bf16 else []))
        log = next(self.folder.glob(f"{out}*.run/**/metrics.jsonl"))
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        at = {line["step"]: line["elapsed_s"] for line in lines if "elapsed_s" in line}
        return (at[FIRST + self.args.steps] - at[FIRST]) / self.args.steps


class Loop:
    def __init__(self, args):
        torch.set_num_threads(args.threads)
        self.args = args
        config = transformers.Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=SIZE, patch_size=14)
        self.encoder = transformers.Dinov2Model(config)
        self.normalise = self.encoder.layernorm
        if args.method == "lora":
            targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
            self.encoder = peft.get_peft_model(self.encoder, peft.LoraConfig(r=RANK, lora_alpha=RANK, target_modules=targets))
        segmenter_reference.Norm = nn.BatchNorm2d  # the reference spells its means out, slower
        self.decoder = segmenter_reference.Mla({"width": 384, "classes": 2}).train()
        self.encoder.train()
        weights = [p for m in (self.encoder, self.decoder) for p in m.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(weights, lr=1e-5, betas=(0.7, 0.999))
        generator = torch.Generator().manual_seed(1)
        self.x = torch.rand(8, 1, SIZE, SIZE, generator=generator).expand(-1, 3, -1, -1).contiguous()
        self.target = torch.randint(0, 2, (8, SIZE, SIZE), generator=generator)

    def step(self, n):
        part = torch.arange(n * self.args.batch, (n + 1) * self.args.batch) % 8
        states = self.encoder(self.x[part], output_hidden_states=True).hidden_states
        grid = SIZE // 14
        features = [self.normalise(states[tap])[:, 1:].transpose(1, 2).unflatten(2, (grid, grid)) for tap in TAPS]
        loss = F.cross_entropy(self.decoder(features, (SIZE, SIZE)), self.target[part])
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
    parser.add_argument("--method", choices=("full", "lora"), default="full")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    goal = 2.5 if args.bf16 else 1.0
    print(host.describe())
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {args.method}, geod in {'bf16' if args.bf16 else 'float32'}, "
          f"batch {args.batch}, {args.threads} threads, {args.steps} steps a turn, {args.rounds} rounds, goal {goal}", flush=True)
    with tempfile.TemporaryDirectory(prefix="geod-b13-") as folder:
        geod, loop = Geod(args, folder), Loop(args)
        ratios, rates = [], []
        for _ in range(args.rounds):
            a1, b1, b2, a2 = (side.seconds_a_step() for side in (geod, loop, loop, geod))
            ratios.append((b1 + b2) / (a1 + a2))
            rates.append((2 * args.batch / (a1 + a2), 2 * args.batch / (b1 + b2)))
    ours, theirs = np.median(rates, axis=0)
    print(f"tiles/s: geod {ours:.3f}, loop {theirs:.3f}; ratio {host.ratio_text(ratios)}: {host.verdict(ratios, goal)}")


if __name__ == "__main__":
    main()

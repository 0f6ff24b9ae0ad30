#!/usr/bin/env python3
"""B4: geod's forward pass against PyTorch eager, same precision on both sides, on the CPU.

    python bench/b4_forward.py [--model models/starter] [--build build/release] [--precision float32|bfloat16] [--threads 1,2] [--batches 1,8,32]

Same weights, same windows, same number of threads and the same spin policy of the thread pool on both sides. geod's time
includes normalising and checking; eager is given normalised windows. Before anything is timed the scores must agree within
1e-5 (bfloat16: within 0.02 of eager in float32). The two alternate in ABBA order; above 1 geod is faster.
"""
import argparse
import os
import tempfile
import time
from pathlib import Path

# geod lets waiting threads sleep at once; so that neither side takes the other's core, both do.
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import torch  # noqa: E402  (libgomp reads the variable when torch loads it)

import eager_seismollm  # noqa: E402
import host  # noqa: E402
from forward_server import ForwardServer, noise_windows  # noqa: E402

ROUNDS = 9
WINDOWS = 32
GOAL = 1.4
TOLERANCE = {"float32": 1e-5, "bfloat16": 0.02}
TURN_S = 0.6


def eager_seconds(network, x, batch, count):
    begin = time.perf_counter()
    with torch.inference_mode():
        for done in range(0, count, batch):
            network(x[done % WINDOWS:done % WINDOWS + min(batch, count - done)])
    return time.perf_counter() - begin


def compare(server, network, x, threads, batch):
    one = eager_seconds(network, x, batch, 2 * batch) / (2 * batch)
    count = max(batch, int(TURN_S / one) // batch * batch)
    server.seconds(batch, count)
    eager_seconds(network, x, batch, count)
    ratios, geod, eager = [], [], []
    for _ in range(ROUNDS):
        a1 = server.seconds(batch, count)
        b1 = eager_seconds(network, x, batch, count)
        b2 = eager_seconds(network, x, batch, count)
        a2 = server.seconds(batch, count)
        ratios.append((b1 + b2) / (a1 + a2))
        geod.append(2 * count / (a1 + a2))
        eager.append(2 * count / (b1 + b2))
    print(f"{threads:>7} {batch:>5} | {host.quartiles(geod)[1]:>8.1f} {host.quartiles(eager)[1]:>8.1f} | "
          f"{host.ratio_text(ratios):<22} | {host.verdict(ratios, GOAL)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=host.ROOT / "models" / "starter")
    parser.add_argument("--build", type=Path, default=host.BUILD)
    parser.add_argument("--precision", choices=TOLERANCE, default="float32")
    parser.add_argument("--threads", default=",".join(str(n + 1) for n in range(os.cpu_count())[:2]))
    parser.add_argument("--batches", default="1,8,32")
    args = parser.parse_args()
    network = eager_seismollm.load(args.model)
    windows = noise_windows(WINDOWS, network.samples)
    x = eager_seismollm.normalise(windows)
    with torch.inference_mode():
        expected = network(x)[:, 1:].numpy()
    if args.precision == "bfloat16":
        network, x = network.bfloat16(), x.bfloat16()
    print(host.describe())
    print(f"torch {torch.__version__}, {args.model.name}, {sum(p.numel() for p in network.parameters())} parameters, "
          f"{args.precision}, windows of 3 x {network.samples}, spin count {os.environ['GOMP_SPINCOUNT']}, {ROUNDS} rounds, goal {GOAL}")
    with tempfile.TemporaryDirectory(prefix="geod-b4-") as folder:
        for threads in map(int, args.threads.split(",")):
            torch.set_num_threads(threads)
            server = ForwardServer(args.build, args.model, threads, WINDOWS, windows, folder,
                                   precision=args.precision)
            difference = abs(server.scores() - expected).max()
            print(f"{server.ready}; largest difference of a score {difference:.1e}")
            if not difference <= TOLERANCE[args.precision]:
                raise SystemExit("the two sides do not compute the same")
            print("threads batch | windows/s geod, eager | ratio (quartiles)")
            for batch in map(int, args.batches.split(",")):
                compare(server, network, x, threads, batch)
            server.close()


if __name__ == "__main__":
    main()

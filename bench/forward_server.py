"""Speaks to bench/forward_server: geod's engine without the daemon."""
import subprocess
from pathlib import Path

import numpy as np


class ForwardServer:
    def __init__(self, build, model, threads, max_batch, windows, folder, env=None, precision="float32", bundle=None):
        """`windows`: float32 [N, 3, T], counts."""
        self.folder = Path(folder)
        self.samples = windows.shape[2]
        self.process = subprocess.Popen([build / "bench" / "forward_server", model, str(threads), str(max_batch), precision,
                                         *([bundle] if bundle else [])], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.ready = self.process.stdout.readline().strip()
        np.ascontiguousarray(windows, np.float32).tofile(self.folder / "windows.f32")
        self.ask(f"load {self.folder / 'windows.f32'}")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise SystemExit("forward_server ended")
        return answer

    def scores(self):
        """[n, 2, T] of the first max_batch windows."""
        self.ask(f"scores {self.folder / 'scores.f32'}")
        return np.fromfile(self.folder / "scores.f32", np.float32).reshape(-1, 2, self.samples)

    def seconds(self, batch, count):
        return float(self.ask(f"time {batch} {count}"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def noise_windows(count, samples, seed=1):
    """Gaussian noise with one decaying burst a window, in counts."""
    random = np.random.default_rng(seed)
    windows = random.normal(0.0, 300.0, (count, 3, samples))
    for window in windows:
        onset = random.integers(samples // 8, samples // 2)
        window[:, onset:] *= 1.0 + 10.0 * np.exp(-np.arange(samples - onset) / (samples / 8))
    return windows.astype(np.float32)

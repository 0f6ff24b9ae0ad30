"""What the peers of this folder share: seeds, model folders, running geod, comparing.

A peer is called with the paths of geod_peer_forward and geod. Every run draws new weights and
inputs; it prints its seed, and GEOD_PEER_SEED repeats a run.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

# Largest difference of float32 results, as a fraction of the largest magnitude of the expected
# tensor: rounding of sums goes with the size of the terms, not of a result near zero. A tensor of
# one or two logits may be near zero as a whole; there the fraction is of at least 1, the scale of
# the sigmoid that follows.
TOLERANCE = 1e-5
SEED = int(os.environ.get("GEOD_PEER_SEED") or secrets.randbits(32))
EXECUTABLES = []  # geod_peer_forward, geod


def main():
    """Runs the tests of the calling script."""
    EXECUTABLES[:] = [str(Path(argument).resolve(strict=True)) for argument in sys.argv[1:3]]
    assert len(EXECUTABLES) == 2, "usage: PEER.py GEOD_PEER_FORWARD GEOD"
    print(f"GEOD_PEER_SEED={SEED}", flush=True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    unittest.main(module="__main__", argv=sys.argv[:1], verbosity=2)


def scratch():
    """Folder for the files of a test: in memory if there is room, as geod syncs what it writes."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        return memory
    return None


def error_of(actual, expected, least_scale=0.0):
    """Largest difference over the largest magnitude expected, at least `least_scale`."""
    scale = expected.abs().max().clamp(min=least_scale)
    return ((actual - expected).abs().max() / scale).item()


class PeerTest(unittest.TestCase):
    """Each test draws from its own seed and has its own folder."""

    def setUp(self):
        digest = hashlib.sha256(f"{SEED} {self.id()}".encode()).digest()
        torch.manual_seed(int.from_bytes(digest[:8], "little") >> 1)
        holder = tempfile.TemporaryDirectory(prefix="geod-peer-", dir=scratch())
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        no_grad = torch.no_grad()
        no_grad.__enter__()
        self.addCleanup(no_grad.__exit__, None, None, None)

    def integer(self, low, high):
        return int(torch.randint(low, high + 1, ()))

    def choice(self, values):
        return values[self.integer(0, len(values) - 1)]

    def write_model(self, tensors, geometry, task="dpk", name="peer"):
        """A model folder of geod."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        weights = folder / "model.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, weights)
        manifest = {
            "name": name,
            "version": "1",
            "family": "seismollm",
            "task": task,
            "geometry": geometry,
            "picks": {"hop_samples": geometry["window_samples"] // 4},
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    def forward(self, model, *arguments, **inputs):
        """What geod computes from `inputs`, see peer_forward.cpp."""
        done = self.run_forward(model, *arguments, **inputs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return load_file(self.folder / "out.safetensors")

    def run_forward(self, model, *arguments, **inputs):
        given = self.folder / "in.safetensors"
        save_file({key: value.contiguous() for key, value in inputs.items()}, given)
        return self.run_program(0, model, given, self.folder / "out.safetensors", *arguments)

    def geod(self, *arguments):
        """Output of a geod command that must succeed."""
        done = self.run_geod(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def run_geod(self, *arguments):
        return self.run_program(1, *arguments)

    def run_program(self, which, *arguments):
        command = [EXECUTABLES[which], *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.folder)

    def assert_close(self, what, actual, expected, tolerance=TOLERANCE, least_scale=0.0):
        self.assertEqual(tuple(actual.shape), tuple(expected.shape), what)
        self.assertTrue(bool(torch.isfinite(expected).all()), f"{what}: expected is not finite")
        self.assertGreater(expected.abs().max().item(), 0.0, f"{what}: all expected are zero")
        error = error_of(actual.to(expected.dtype), expected, least_scale)
        print(f"  {what}: {error:.1e}", flush=True)
        self.assertLess(error, tolerance, f"{what} differs (GEOD_PEER_SEED={SEED})")


class ImportTest(PeerTest):
    """Tests of `geod import`."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "imported"

    def imported(self, *arguments):
        """The folder that `geod import ARGUMENTS` makes."""
        folder = self.folder / self.geod("import", *arguments, "--out", self.out).strip()
        self.assertEqual([folder], list(self.out.iterdir()))
        return folder

    def assert_refused(self, what, kind, file, *arguments, says=""):
        with self.subTest(what):
            done = self.run_geod("import", kind, file, *arguments, "--out", self.out)
            self.assertEqual(done.returncode, 1, f"{what}: {done.stdout}{done.stderr}")
            self.assertRegex(done.stderr, rf"^geod import: .*{file.name}.*\n$")
            self.assertIn(says, done.stderr)
            left = list(self.out.iterdir()) if self.out.exists() else []
            self.assertEqual(left, [], f"{what}: something is left behind")
            print(f"  {what}: {done.stderr.strip().replace(str(self.folder) + os.sep, '')[:140]}")


class ImagePeerTest(ImportTest):
    """Tests of networks of images; the first executable is geod_peer_segment."""

    def write_segmenter(self, tensors, geometry, family="segmenter", name="peer"):
        """A model folder of geod."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        weights = folder / "model.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, weights)
        manifest = {
            "name": name,
            "version": "1",
            "family": family,
            "task": "facies",
            "geometry": geometry,
            "normalisation": "uint8",
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        if family == "segmenter":
            names = [f"class {k}" for k in range(geometry.get("classes", 2))]
            manifest["segments"] = {"class_names": names}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    def geometry_of(self, folder):
        return json.loads((folder / "manifest.json").read_text())["geometry"]

    def tensors_of(self, folder):
        return load_file(folder / "model.safetensors")

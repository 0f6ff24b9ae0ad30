"""Adapter bundles whose outputs tell them apart: each is the base model with one phase muted.

A bundle is the base with other biases of the last layer (head.safetensors alone, no LoRA). A mute phase has scores below 1e-12, so
a P pick can only have been made by the bundle that mutes S, and the other way round. The golden output comes from the plain PyTorch
network of bench/, not from geod.
"""
import base64
import hashlib
import json
import sys
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import eager_seismollm  # noqa: E402

STARTER = ROOT / "models" / "starter"
BIAS = "out_head.out_conv.bias"
ROWS = {"P": 1, "S": 2}  # of the output: neither, P, S
MUTE = -30.0


def encoded(values):
    return base64.b64encode(numpy.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def write_bundle(parent, name, version="1", mute="", shift=0.0, base=STARTER, edit=None, edit_head=None):
    """Writes parent/name-version and returns its path: `mute` "P", "S" or nothing, `shift` added to both biases.

    `edit(manifest)` and `edit_head(tensors)` may spoil it; hashes are taken afterwards, so they are right.
    """
    network = eager_seismollm.load(base)
    manifest = json.loads((Path(base) / "manifest.json").read_text())
    layer = network.get_submodule(BIAS.rsplit(".", 1)[0])
    with torch.no_grad():
        layer.bias[1:] += shift
        for phase in mute:
            layer.bias[ROWS[phase]] = MUTE
        window = numpy.random.default_rng(1).standard_normal((3, manifest["geometry"]["window_samples"])).astype("<f4")
        scores = network(eager_seismollm.normalise(window[None]))[0, 1:].numpy()
    tensors = {BIAS: layer.bias.detach().numpy().copy()}
    if edit_head:
        edit_head(tensors)
    folder = Path(parent) / f"{name}-{version}"
    folder.mkdir(parents=True)
    save_file(tensors, folder / "head.safetensors")
    bundle = {
        "format": "geod-adapter/1", "name": name, "version": version, "task": "dpk",
        "base": {"model_id": f"{manifest['name']}-{manifest['version']}", "weights_sha256": manifest["weights_sha256"]},
        "geometry": manifest["geometry"], "normalisation": manifest["normalisation"], "picks": manifest["picks"],
        "files": {"head.safetensors": hashlib.sha256((folder / "head.safetensors").read_bytes()).hexdigest()},
        "golden": {"input": encoded(window), "output": encoded(scores), "tolerance": 1e-4},
        "scores": {}, "provenance": {"made_by": "tests/support/phase_bundles.py"},
    }
    if edit:
        edit(bundle)
    (folder / "manifest.json").write_text(json.dumps(bundle))
    return folder


def hash_of(folder):
    return hashlib.sha256((Path(folder) / "manifest.json").read_bytes()).hexdigest()

"""Shipped bundles of the tasks beside picking for the starter, with heads of random weights: they say nothing of earthquakes, but
what they say depends on every part of the network and of the window.

The golden output comes from the plain PyTorch network of bench/, not from geod.
"""
import base64
import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import eager_seismollm  # noqa: E402

STARTER = ROOT / "models" / "starter"
KERNEL, STRIDE = 16, 4
TASKS = {"pmp": (2, lambda x: torch.softmax(x, -1)), "baz": (2, torch.tanh),
         "emg": (1, lambda x: 8 * torch.sigmoid(x)), "dis": (1, lambda x: 500 * torch.sigmoid(x))}


def encoded(values):
    return base64.b64encode(numpy.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


class ScalarHead(torch.nn.Module):
    def __init__(self, channels, outputs, activation):
        super().__init__()
        self.convs = torch.nn.Sequential(*(torch.nn.Conv1d(channels, channels, KERNEL, STRIDE) for _ in range(2)))
        self.lin = torch.nn.Linear(channels, outputs)
        self.activation = activation

    def forward(self, x):
        return self.activation(self.lin(self.convs(x).mean(-1)))


class Identity(torch.nn.Module):
    def forward(self, x):
        return x


def write_bundle(parent, task, seed=1, base=STARTER):
    """Writes parent/starter-TASK, as geod ships bundles, and returns its path."""
    torch.manual_seed(seed)
    manifest = json.loads((Path(base) / "manifest.json").read_text())
    network = eager_seismollm.load(base)
    outputs, activation = TASKS[task]
    head = ScalarHead(manifest["geometry"]["embed_channels"][-1], outputs, activation)
    features = []
    network.out_head = Identity()
    network.out_head.register_forward_hook(lambda module, inputs, output: features.append(inputs[0]))
    with torch.no_grad():
        head.lin.weight *= 10.0
        window = numpy.random.default_rng(1).standard_normal((3, manifest["geometry"]["window_samples"])).astype("<f4")
        network(eager_seismollm.normalise(window[None]))
        answer = head(features[0])[0].numpy()
    tensors = {f"out_head.{name}": value.detach().numpy().copy() for name, value in head.named_parameters()}
    folder = Path(parent) / f"starter-{task}"
    folder.mkdir(parents=True)
    save_file(tensors, folder / "head.safetensors")
    bundle = {
        "format": "geod-adapter/1", "name": f"starter-{task}", "version": str(seed), "task": task,
        "base": {"model_id": f"{manifest['name']}-{manifest['version']}", "weights_sha256": manifest["weights_sha256"]},
        "geometry": manifest["geometry"], "normalisation": manifest["normalisation"],
        "scalar": {"p_from": 0.1, "p_to": 0.45, "calibration": [], "sigma": {"pmp": 0.0, "baz": 30.0, "emg": 0.4, "dis": 0.3}[task]},
        "files": {"head.safetensors": hashlib.sha256((folder / "head.safetensors").read_bytes()).hexdigest()},
        "golden": {"input": encoded(window), "output": encoded(answer), "tolerance": 1e-4},
        "scores": {}, "provenance": {"made_by": "tests/support/scalar_bundles.py"},
    }
    (folder / "manifest.json").write_text(json.dumps(bundle))
    return folder


def write_models(folder):
    """A folder of installed models ($GEOD_MODELS): the starter and a bundle of each task."""
    shutil.copytree(STARTER, Path(folder) / "starter")
    for task in TASKS:
        write_bundle(folder, task)
    return folder

"""geod's InversionNet against a plain PyTorch one, trained and not, and imports of checkpoints."""

import argparse
import collections
import hashlib
import json

import torch
from safetensors.torch import save_file

import peer_tools
from inversion_reference import BLOCKS, CONVOLUTIONS, TRANSPOSED, InversionNet, randomise

PUBLISHED = {"sources": 5, "times": 1000, "receivers": 70, "depths": 70, "offsets": 70, "width": 32}


def small_geometry(test):
    """Every dimension drawn."""
    return {
        "sources": test.integer(1, 4),
        "times": test.integer(20, 200),
        "receivers": test.integer(8, 40),
        "depths": test.integer(10, 80),
        "offsets": test.integer(10, 80),
        "width": test.integer(2, 6),
    }


def checkpoint_of(network):
    """As the published training saves it, with the arguments of its command line."""
    optimiser = torch.optim.AdamW(network.parameters())
    with torch.enable_grad():
        network.deconv6.layers[0].weight.square().sum().backward()
    optimiser.step()
    return {
        "model": network.state_dict(),
        "optimizer": optimiser.state_dict(),
        "lr_scheduler": {"milestones": [90, 100], "last_epoch": 7, "_last_lr": [8e-4]},
        "epoch": 7,
        "step": 840,
        "args": argparse.Namespace(device="cuda", lr=8e-4, lr_milestones=[], resume=None),
    }


class InversionPeer(peer_tools.ImportTest):
    def write_inverter(self, tensors, geometry, name="peer"):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        weights = folder / "model.safetensors"
        kept = {key: value.contiguous() for key, value in tensors.items() if "num_batches" not in key}
        save_file(kept, weights)
        manifest = {
            "name": name, "version": "1", "family": "inversionnet", "geometry": geometry,
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    def shots(self, geometry, count):
        return 0.3 * torch.randn(
            count, geometry["sources"], geometry["times"], geometry["receivers"])

    def compare(self, geometry, count, name):
        network = randomise(InversionNet(geometry))
        x = self.shots(geometry, count)
        actual = self.forward(self.write_inverter(network.state_dict(), geometry), x=x)
        expected = network(x)
        self.assertGreater(expected.std().item(), 1e-3)
        for form in ("map", "merged", "folded"):
            self.assert_close(f"{name} {form}", actual[form], expected)
        network.train()
        self.assert_close(f"{name} training", actual["training"], network(x), tolerance=1e-4)
        for buffer, values in network.named_buffers():
            if "num_batches" not in buffer:
                error = peer_tools.error_of(actual[f"after.{buffer}"], values, 0.1)
                self.assertLess(error, 1e-4, buffer)

    def test_every_dimension(self):
        for _ in range(4):
            geometry = small_geometry(self)
            with self.subTest(geometry=geometry):
                self.compare(geometry, self.integer(2, 3), "small")

    def test_the_published_network(self):
        self.compare(PUBLISHED, 2, "published")

    def test_counts_of_the_published_network(self):
        network = InversionNet(PUBLISHED)
        self.assertEqual(len(network.state_dict()), 175)
        self.assertEqual(sum(p.numel() for p in network.parameters()), 24_409_123)
        self.assertEqual((len(CONVOLUTIONS), len(TRANSPOSED), len(BLOCKS)), (20, 5, 25))

    def import_and_compare(self, file, network, geometry, what):
        sizes = [f"--{key}={geometry[key]}" for key in ("times", "receivers", "depths", "offsets")]
        folder = self.imported("inversionnet", file, *sizes)
        x = self.shots(geometry, 1)
        self.assert_close(what, self.forward(folder, x=x)["map"], network(x))
        for made in self.out.iterdir():
            for part in made.iterdir():
                part.unlink()
            made.rmdir()

    def test_imports_what_the_published_code_saves(self):
        geometry = small_geometry(self)
        network = randomise(InversionNet(geometry))
        file = self.folder / "fvb_l1.pth"
        torch.save(checkpoint_of(network), file)
        self.import_and_compare(file, network, geometry, "checkpoint")
        torch.save(network.state_dict(), file)
        self.import_and_compare(file, network, geometry, "tensors alone")
        older = collections.OrderedDict(
            ("module." + name.replace("layers", "Deconv2DwithBN" if name.split(".")[0] in TRANSPOSED
                                      else "Conv2DwithBN_Tanh" if name.startswith("deconv6")
                                      else "Conv2DwithBN"), value)
            for name, value in network.state_dict().items())
        torch.save({"model": older}, file)
        self.import_and_compare(file, network, geometry, "older names")
        weights = self.folder / "fvb.safetensors"
        save_file(network.state_dict(), weights)
        self.import_and_compare(weights, network, geometry, "safetensors")

    def test_refuses_what_is_none(self):
        geometry = small_geometry(self)
        state = InversionNet(geometry).state_dict()
        sizes = [f"--{key}={geometry[key]}" for key in ("times", "receivers", "depths", "offsets")]
        file = self.folder / "other.safetensors"
        cases = {
            "a tensor missing": ({k: v for k, v in state.items() if k != "deconv6.layers.0.bias"},
                                 "deconv6.layers.0.bias"),
            "a stranger": (state | {"skip.weight": torch.ones(2)}, "skip.weight"),
            "another network": ({"conv.weight": torch.ones(2)}, "not an InversionNet"),
            "another shape": (state | {"convblock8.layers.0.weight": torch.ones(4, 4, 1, 1)},
                              "convblock8.layers.0.weight"),
            "not finite": (state | {"deconv6.layers.0.bias": torch.tensor([float("nan")])}, "finite"),
            "both names": (state | {"deconv6.Conv2DwithBN.0.bias": torch.ones(1)}, "twice"),
        }
        for what, (tensors, says) in cases.items():
            save_file({k: v.contiguous() for k, v in tensors.items()}, file)
            self.assert_refused(what, "inversionnet", file, *sizes, says=says)


if __name__ == "__main__":
    peer_tools.main()

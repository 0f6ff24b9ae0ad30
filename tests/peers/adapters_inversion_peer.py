"""LoRA on InversionNet against PEFT, and on its transposed convolutions against plain PyTorch.

An adapter made in Python runs in geod (`geod adapters pack`), and the bundle that geod wrote opens in
Python. PEFT knows no transposed convolution: those pairs are compared with the formula.
"""

import hashlib
import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"  # everything lies in the test's folder; before peft is imported

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file

import peer_tools
from inversion_reference import CONVOLUTIONS, TRANSPOSED, InversionNet, LoraTransposed, randomise

GEOMETRY = {"sources": 2, "times": 90, "receivers": 17, "depths": 30, "offsets": 24, "width": 4}


class AdaptersInversion(peer_tools.PeerTest):
    def setUp(self):
        super().setUp()
        self.network = randomise(InversionNet(GEOMETRY))
        self.state = {k: v.clone() for k, v in self.network.state_dict().items()
                      if "num_batches" not in k}
        self.base = self.write("base", self.state, GEOMETRY)
        self.x = 0.3 * torch.randn(2, 2, 90, 17)

    def write(self, name, tensors, geometry):
        folder = self.folder / name
        folder.mkdir()
        weights = folder / "model.safetensors"
        save_file({k: v.contiguous() for k, v in tensors.items()}, weights)
        manifest = {
            "name": name, "version": "1", "family": "inversionnet", "geometry": geometry,
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    def plain(self):
        network = InversionNet(GEOMETRY)
        network.load_state_dict(self.state, strict=False)
        return network.eval()

    def adapted(self, **settings):
        modules = [f"{name}.layers.0" for name in CONVOLUTIONS]
        model = get_peft_model(
            self.plain(), LoraConfig(target_modules=modules, lora_dropout=0.1, **settings)).eval()
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, 0.2)
        return model

    def pack(self, run):
        printed = self.geod("adapters", "pack", run, "--base", self.base, "--task", "fwi", "--name",
                            "peer", "--version", "2", "--out", self.folder / "adapters")
        return self.folder / printed.strip()

    def compare(self, **settings):
        model = self.adapted(**settings)
        run = self.folder / "python"
        model.save_pretrained(run)
        bundle = self.pack(run)
        self.geod("adapters", "check", bundle, "--base", self.base)
        expected = model(self.x)
        self.assertGreater(peer_tools.error_of(self.plain()(self.x), expected), 0.01)
        ours = self.forward(self.base, "--bundle", bundle, x=self.x)
        for form in ("map", "merged", "folded"):
            self.assert_close(f"{form} with Python's adapter", ours[form], expected)
        opened = PeftModel.from_pretrained(self.plain(), bundle).eval()
        self.assert_close("Python with geod's bundle", opened(self.x), expected)

    def test_alpha_over_the_rank(self):
        self.compare(r=self.integer(1, 6), lora_alpha=self.integer(1, 9))

    def test_rank_stabilised(self):
        self.compare(r=self.integer(2, 6), lora_alpha=self.integer(1, 5), use_rslora=True)

    def test_transposed_convolutions_and_the_three_scales(self):
        rank, alpha = self.integer(2, 5), 3.0
        for rule, scale in {"alpha_over_r": alpha / rank, "alpha": alpha,
                            "alpha_over_sqrt_r": alpha / rank ** 0.5}.items():
            network = self.plain()
            pairs = {}
            for name in TRANSPOSED:
                block = getattr(network, name)
                lora = LoraTransposed(block.layers[0], rank, scale)
                lora.lora_B.weight.normal_(0.0, 0.2 / scale)
                block.layers[0] = lora
                for half in ("lora_A", "lora_B"):
                    pairs[f"{name}.layers.0.{half}.weight"] = getattr(lora, half).weight
            for name in CONVOLUTIONS:
                convolution = getattr(network, name).layers[0]
                kernel = convolution.weight
                a = 0.2 * torch.randn(rank, *kernel.shape[1:])
                b = 0.2 / scale * torch.randn(kernel.shape[0], rank, 1, 1)
                kernel.add_(scale * (b.flatten(1) @ a.flatten(1)).view_as(kernel))
                pairs |= {f"{name}.layers.0.lora_A.weight": a, f"{name}.layers.0.lora_B.weight": b}
            geometry = GEOMETRY | {"tuning": "lora", "lora_rank": rank, "lora_alpha": alpha,
                                   "lora_scaling": rule}
            ours = self.forward(self.write(rule, self.state | pairs, geometry), x=self.x)
            expected = network(self.x)
            self.assertGreater(expected.std().item(), 1e-3, "all the same: nothing is compared")
            for form in ("map", "merged", "folded"):
                self.assert_close(f"{rule} {form}", ours[form], expected)

    def test_ranks_of_some_layers_alone(self):
        self.compare_some([f"{name}.layers.0" for name in CONVOLUTIONS[3:9]])

    def compare_some(self, modules):
        model = get_peft_model(
            self.plain(), LoraConfig(target_modules=modules, r=3, lora_alpha=5)).eval()
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, 0.3)
        run = self.folder / "python"
        model.save_pretrained(run)
        bundle = self.pack(run)
        self.assertEqual(len(load_file(bundle / "adapter_model.safetensors")), 2 * len(modules))
        ours = self.forward(self.base, "--bundle", bundle, x=self.x)
        self.assert_close("some layers", ours["map"], model(self.x))


if __name__ == "__main__":
    peer_tools.main()

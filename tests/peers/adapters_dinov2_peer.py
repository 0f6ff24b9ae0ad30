"""Bundles of images against PEFT over transformers' Dinov2Model, in both directions.

An adapter made in Python runs in geod (`geod adapters pack`), and the bundle that geod wrote opens in
Python on the encoder that geod exported (`geod model export-trunk`).
"""

import hashlib
import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"  # everything lies in the test's folder; before peft is imported

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModel
from transformers.utils import logging

import peer_tools

GRID = 5
PATCH = 14
# An image of as many patches as there are positions: nothing is resized, no position interpolated.
SIDE = GRID * PATCH
SMALL = {"width": 48, "blocks": 4, "heads": 3, "position_grid": GRID, "taps": [1, 2, 3, 4]}
# The width of ViT-S/14 and three of its blocks.
WIDE = {"width": 384, "blocks": 3, "heads": 6, "position_grid": GRID, "taps": [1, 2, 3, 3]}
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj"]


def encoder_tensors(geometry):
    """Random tensors of an encoder under geod's names, at scales that keep signals alive."""
    width, registers = geometry["width"], geometry.get("registers", 0)
    shapes = {
        "cls_token": (1, 1, width),
        "mask_token": (1, width),
        "pos_embed": (1, 1 + GRID * GRID, width),
        "patch_embed.proj.weight": (width, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    if registers:
        shapes["register_tokens"] = (1, registers, width)
    for i in range(geometry["blocks"]):
        block = {
            "norm1.weight": (width,), "norm1.bias": (width,),
            "attn.qkv.weight": (3 * width, width), "attn.qkv.bias": (3 * width,),
            "attn.proj.weight": (width, width), "attn.proj.bias": (width,),
            "ls1.gamma": (width,),
            "norm2.weight": (width,), "norm2.bias": (width,),
            "mlp.fc1.weight": (4 * width, width), "mlp.fc1.bias": (4 * width,),
            "mlp.fc2.weight": (width, 4 * width), "mlp.fc2.bias": (width,),
            "ls2.gamma": (width,),
        }
        shapes |= {f"blocks.{i}.{name}": shape for name, shape in block.items()}
    tensors = {}
    for name, shape in shapes.items():
        values = torch.randn(shape)
        if name.endswith("weight") and len(shape) > 1:
            values /= values[0].numel() ** 0.5
        elif name.endswith(("weight", "gamma")):
            values = 1 + 0.2 * values
        else:
            values *= 0.2
        tensors["encoder." + name] = values
    return tensors


class AdaptersDinov2(peer_tools.PeerTest):
    def write_base(self, geometry):
        """A base of family dinov2 and its encoder as transformers opens it."""
        self.geometry = geometry
        self.base = self.folder / "base"
        self.base.mkdir()
        weights = self.base / "model.safetensors"
        save_file(encoder_tensors(geometry), weights)
        manifest = {
            "name": "base", "version": "1", "family": "dinov2", "geometry": geometry,
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        (self.base / "manifest.json").write_text(json.dumps(manifest))
        self.geod("model", "export-trunk", self.base, "--out", self.folder / "encoder")

    def encoder(self):
        return AutoModel.from_pretrained(self.folder / "encoder").eval()

    def adapter(self, share_a=False, **settings):
        """A random adapter on the exported encoder, and the folder that Python saves it in."""
        settings = {"target_modules": LAYERS} | settings
        model = get_peft_model(self.encoder(), LoraConfig(lora_dropout=0.1, **settings)).eval()
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, settings["r"] ** -0.5)
        if share_a:
            for layer in model.base_model.model.encoder.layer:
                attention = layer.attention
                for other in (attention.k_proj, attention.v_proj):
                    other.lora_A["default"].weight.copy_(attention.q_proj.lora_A["default"].weight)
        folder = self.folder / "python"
        model.save_pretrained(folder)
        return model, folder

    def features(self, model, images):
        """Normed patch tokens [N, D, h, w] of images [N, rows, columns] in 0..255."""
        pixels = (images.floor() / 255).unsqueeze(1).expand(-1, 3, -1, -1)
        tokens = model(pixel_values=pixels).last_hidden_state
        patches = tokens[:, 1 + self.geometry.get("registers", 0):]
        return patches.transpose(1, 2).unflatten(2, (GRID, GRID))

    def pack(self, run, *arguments):
        printed = self.geod("adapters", "pack", run, "--base", self.base, "--task", "salt", "--name",
                            "peer", "--version", "2", "--out", self.folder / "adapters", *arguments)
        return self.folder / printed.strip()

    def decoder(self, classes=3):
        """A LINEAR decoder and the file of settings that tells geod of it."""
        weight = torch.randn(classes, self.geometry["width"], 1, 1) / self.geometry["width"] ** 0.5
        decoder = {"decoder.weight": weight, "decoder.bias": torch.randn(classes)}
        save_file(decoder, self.folder / "head.safetensors")
        settings = {
            "geometry": {"decoder": "linear", "classes": classes, "rows": SIDE, "columns": SIDE},
            "segments": {"class_names": ["rock", "salt", "rim"][:classes]},
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))
        return decoder

    def compare(self, geometry, **settings):
        self.write_base(geometry)
        images = 255 * torch.rand(2, SIDE, SIDE)
        plain = self.features(self.encoder(), images)
        self.assert_close("exported encoder", self.forward(self.base, images=images)["features"], plain)

        # From Python to geod.
        adapted, run = self.adapter(**settings)
        decoder = self.decoder()
        bundle = self.pack(run, "--head", "head.safetensors", "--settings", "settings.json")
        self.geod("adapters", "check", bundle, "--base", self.base)
        ours = self.forward(self.base, "--bundle", bundle, images=images)
        expected = self.features(adapted, images)
        self.assert_close("features of Python's adapter", ours["features"], expected)
        self.assertGreater(peer_tools.error_of(plain, expected), 0.01, "the adapter does nothing")
        logits = torch.nn.functional.conv2d(
            expected, decoder["decoder.weight"], decoder["decoder.bias"])
        scores = torch.nn.functional.interpolate(logits, size=(SIDE, SIDE), mode="nearest").softmax(1)
        self.assert_close("engine with Python's adapter", ours["probabilities"], scores)

        # From geod to Python.
        opened = PeftModel.from_pretrained(self.encoder(), bundle).eval()
        self.assert_close("features of geod's bundle", self.features(opened, images), ours["features"])
        return bundle

    def test_layers_with_an_a_each_are_joined(self):
        rank = self.integer(1, 6)
        bundle = self.compare(SMALL, r=rank, lora_alpha=self.integer(1, 2 * rank))
        shown = json.loads(self.geod("adapters", "show", bundle, "--json"))
        self.assertEqual((shown["lora"]["rank"], shown["task"]), (3 * rank, "salt"))
        self.assertEqual(shown["segments"]["class_names"], ["rock", "salt", "rim"])

    def test_one_a_for_all_keeps_its_rank(self):
        bundle = self.compare(SMALL, share_a=True, r=4, lora_alpha=1)
        written, read = (load_file(each / "adapter_model.safetensors")
                         for each in (self.folder / "python", bundle))
        self.assertEqual(written.keys(), read.keys())
        for name, tensor in written.items():
            self.assertTrue(torch.equal(tensor, read[name]), name)

    def test_width_of_vit_small(self):
        self.compare(WIDE, share_a=True, r=8, lora_alpha=1)

    def test_registers(self):
        self.compare(SMALL | {"registers": 4, "position_rule": "antialias"}, r=2, lora_alpha=3)

    def test_some_layers_and_rank_stabilised(self):
        targets = self.choice((["q_proj", "v_proj"], ["o_proj"], ["attention.k_proj", "o_proj"]))
        self.compare(SMALL, r=self.integer(2, 5), lora_alpha=self.integer(1, 5), use_rslora=True,
                     target_modules=targets)

    def test_names_of_transformers_4(self):
        self.write_base(SMALL)
        adapted, run = self.adapter(r=3, lora_alpha=5)
        before = {"q_proj": "attention.query", "k_proj": "attention.key",
                  "v_proj": "attention.value", "o_proj": "output.dense"}
        tensors = load_file(run / "adapter_model.safetensors")
        for after, name in before.items():
            tensors = {key.replace(after, name): value for key, value in tensors.items()}
        save_file(tensors, run / "adapter_model.safetensors")
        config = json.loads((run / "adapter_config.json").read_text())
        config["target_modules"] = ["query", "key", "value", "dense"]
        (run / "adapter_config.json").write_text(json.dumps(config))
        self.decoder()
        bundle = self.pack(run, "--head", "head.safetensors", "--settings", "settings.json")
        images = 255 * torch.rand(1, SIDE, SIDE)
        ours = self.forward(self.base, "--bundle", bundle, images=images)["features"]
        self.assert_close("adapter of transformers 4", ours, self.features(adapted, images))

    def test_what_geod_does_not_compute_is_refused(self):
        self.write_base(SMALL)
        self.decoder()
        for says, settings in {
            "use_dora": {"use_dora": True},
            "mlp.fc1": {"target_modules": ["q_proj", "fc1"]},
            "layernorm": {"modules_to_save": ["layernorm"]},
        }.items():
            with self.subTest(says):
                _, run = self.adapter(r=4, lora_alpha=4, **settings)
                done = self.run_geod("adapters", "pack", run, "--base", self.base, "--task", "salt",
                                     "--name", "peer", "--out", self.folder / "adapters", "--head",
                                     "head.safetensors", "--settings", "settings.json")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stderr, rf"^geod adapters: .*{says}.*\n$")
                self.assertFalse((self.folder / "adapters").exists())


if __name__ == "__main__":
    logging.disable_progress_bar()
    peer_tools.main()

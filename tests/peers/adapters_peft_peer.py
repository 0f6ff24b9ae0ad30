"""Adapter bundles against PEFT over transformers' GPT-2, in both directions.

An adapter made in Python runs in geod (`geod adapters pack`), and the bundle that geod wrote opens in
Python on the trunk that geod exported (`geod model export-trunk`).
"""

import hashlib
import json
import math
import os

os.environ["HF_HUB_OFFLINE"] = "1"  # everything lies in the test's folder; before peft is imported

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import GPT2Model
from transformers.utils import logging

import peer_tools
from seismollm_reference import DITING, SeisMoLLM, from_tokens, geod_tensors, randomise, to_tokens

TASKS = ("dpk", "pmp", "baz", "emg", "dis")
# The starter's shape with fewer channels in its head.
SMALL = DITING | {
    "window_samples": 3072,
    "sampling_rate": [100, 1],
    "embed_channels": [8, 16, 24, 24],
    "heads": 4,
    "positions": 64,
    "dropout": 0.0,
    "lora_rank": 0,
    "head_channels": [12, 10, 8],
}
# GPT-2 small's width and three of its blocks, as published, over few tokens.
WIDE = DITING | {"window_samples": 1024, "positions": 32, "lora_rank": 0}
NORMS = ["ln_1", "ln_2", "ln_f", "wpe"]


class AdaptersPeer(peer_tools.PeerTest):
    def write_base(self, geometry, task="dpk"):
        """A base without LoRA and its trunk as transformers opens it."""
        base = randomise(SeisMoLLM(geometry, task))
        self.base = self.write_model(geod_tensors(base), geometry, task, name="base")
        self.geod("model", "export-trunk", self.base, "--out", self.folder / "trunk")
        return base

    def trunk(self):
        return GPT2Model.from_pretrained(self.folder / "trunk").eval()

    def adapter(self, **settings):
        """A random adapter on the exported trunk, as Python trains it, and the folder it saves."""
        settings = {"modules_to_save": NORMS, "target_modules": "all-linear"} | settings
        config = LoraConfig(lora_dropout=0.1, fan_in_fan_out=True, **settings)
        model = get_peft_model(self.trunk(), config).eval()
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, 1.0 / math.sqrt(config.r))
            elif "modules_to_save" in name:
                parameter.add_(0.3 * torch.randn_like(parameter))
        folder = self.folder / "python"
        model.save_pretrained(folder)
        return model, folder

    def head(self, geometry, task):
        """Embedder and head of a task, and the file Python saves them in."""
        network = randomise(SeisMoLLM(geometry, task))
        state = network.state_dict()
        outside = {key: value for key, value in state.items() if key.startswith(("convs.", "out_head."))}
        save_file(outside, self.folder / "head.safetensors")
        return network, self.folder / "head.safetensors"

    def pack(self, *arguments):
        printed = self.geod("adapters", "pack", *arguments, "--base", self.base, "--name", "peer",
                            "--version", "2", "--out", self.folder / "adapters")
        return self.folder / printed.strip()

    def logits(self, network, trunk, x):
        """The whole network in Python with `trunk` in place of its own."""
        patch = network.geometry["patch"]
        hidden = trunk(inputs_embeds=to_tokens(network.convs(x), patch), use_cache=False)
        return network.out_head(from_tokens(hidden.last_hidden_state, patch))

    def compare(self, geometry, task, **settings):
        self.write_base(geometry)
        width = geometry["patch"] * geometry["embed_channels"][3]
        tokens = torch.randn(2, geometry["window_samples"] // 64, width)
        hidden = self.trunk()(inputs_embeds=tokens, use_cache=False).last_hidden_state
        self.assert_close("exported trunk", self.forward(self.base, tokens=tokens)["trunk"], hidden)

        adapted, folder = self.adapter(**settings)
        network, head = self.head(geometry, task)
        bundle = self.pack(folder, "--head", head, "--task", task)
        self.assertEqual(bundle.name, "peer-2")
        self.geod("adapters", "check", bundle, "--base", self.base)

        # From Python to geod.
        x = torch.randn(3, 3, geometry["window_samples"])
        x = (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True, unbiased=False)
        ours = self.forward(self.base, "--bundle", bundle, x=x, tokens=tokens, windows=x.clone())
        expected = adapted(inputs_embeds=tokens, use_cache=False).last_hidden_state
        self.assert_close("trunk of Python's adapter", ours["trunk"], expected)
        self.assertGreater(peer_tools.error_of(hidden, expected), 0.01, "the adapter does nothing")
        logits = self.logits(network, adapted, x)
        self.assert_close("network of Python's adapter", ours["logits"], logits, least_scale=1)
        output = network.activate(logits)
        scores = output[:, 1:] if task == "dpk" else output.unsqueeze(2)
        self.assert_close("engine with Python's adapter", ours["scores"], scores)

        # From geod to Python.
        opened = PeftModel.from_pretrained(self.trunk(), bundle).eval()
        theirs = opened(inputs_embeds=tokens, use_cache=False).last_hidden_state
        self.assert_close("trunk of geod's bundle", theirs, ours["trunk"])
        logits = self.logits(network, opened, x)
        self.assert_close("network of geod's bundle", logits, ours["logits"], least_scale=1)

    def test_small_geometry(self):
        rank = self.integer(1, 9)
        self.compare(SMALL, self.choice(TASKS), r=rank, lora_alpha=self.integer(1, 2 * rank))

    def test_width_of_gpt2_small(self):
        self.compare(WIDE, "dpk", r=16, lora_alpha=16)

    def test_some_modules_and_rank_stabilised(self):
        targets = self.choice((["c_attn"], ["attn.c_proj", "c_fc"], r".*\.mlp\.c_(fc|proj)"))
        saved = self.choice((["ln_f"], ["ln_1", "wpe"], NORMS))
        self.compare(SMALL, self.choice(TASKS), r=self.integer(2, 9), lora_alpha=self.integer(1, 9),
                     use_rslora=True, target_modules=targets, modules_to_save=saved)

    def test_lora_alone_keeps_the_base_elsewhere(self):
        base = self.write_base(SMALL)
        adapted, folder = self.adapter(r=4, lora_alpha=8, modules_to_save=None)
        bundle = self.pack(folder)
        self.assertEqual({file.name for file in bundle.iterdir()},
                         {"adapter_config.json", "adapter_model.safetensors", "manifest.json"})
        x = torch.randn(1, 3, SMALL["window_samples"])
        ours = self.forward(self.base, "--bundle", bundle, x=x)["logits"]
        self.assert_close("base's own head", ours, self.logits(base, adapted, x), least_scale=1)

    def test_head_of_another_bundle(self):
        self.write_base(SMALL)
        _, folder = self.adapter(r=2, lora_alpha=2)
        network, head = self.head(SMALL, "baz")
        first = self.pack(folder, "--head", head, "--task", "baz").rename(self.folder / "first")
        adapted, folder = self.adapter(r=3, lora_alpha=5)
        second = self.pack(folder, "--head-from", first, "--task", "baz")
        x = torch.randn(2, 3, SMALL["window_samples"])
        ours = self.forward(self.base, "--bundle", second, x=x)["logits"]
        self.assert_close("head of the first", ours, self.logits(network, adapted, x), least_scale=1)

    def test_bundle_is_what_the_documentation_says(self):
        self.write_base(SMALL)
        _, folder = self.adapter(r=4, lora_alpha=8)
        bundle = self.pack(folder)
        manifest = json.loads((bundle / "manifest.json").read_text())
        self.assertEqual(manifest["format"], "geod-adapter/1")
        weights = (self.base / "model.safetensors").read_bytes()
        self.assertEqual(manifest["base"]["weights_sha256"], hashlib.sha256(weights).hexdigest())
        for name, digest in manifest["files"].items():
            self.assertEqual(digest, hashlib.sha256((bundle / name).read_bytes()).hexdigest(), name)
        shown = json.loads(self.geod("adapters", "show", bundle, "--json"))
        self.assertEqual(shown["adapter_hash"],
                         hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest())
        self.assertEqual((shown["lora"]["rank"], shown["task"]), (4, "dpk"))
        written, read = (load_file(each / "adapter_model.safetensors") for each in (folder, bundle))
        self.assertEqual(written.keys(), read.keys())
        for name, tensor in written.items():
            self.assertTrue(torch.equal(tensor, read[name]), name)

    def test_what_geod_does_not_compute_is_refused(self):
        self.write_base(SMALL)
        for says, settings in {
            "use_dora": {"use_dora": True},
            "rank_pattern": {"rank_pattern": {"c_attn": 2}},
            "lora_bias": {"lora_bias": True},
            "bias": {"bias": "all", "modules_to_save": None},
        }.items():
            with self.subTest(says):
                _, folder = self.adapter(r=4, lora_alpha=4, **settings)
                done = self.run_geod("adapters", "pack", folder, "--base", self.base, "--name",
                                     "peer", "--out", self.folder / "adapters")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stderr, rf"^geod adapters: .*{says}.*\n$")
                self.assertFalse((self.folder / "adapters").exists())


if __name__ == "__main__":
    logging.disable_progress_bar()
    peer_tools.main()

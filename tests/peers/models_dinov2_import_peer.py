"""`geod import dinov2`: files of transformers and of DINOv2's authors, and files to be refused."""

import json
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file
from transformers import Dinov2Config, Dinov2ForImageClassification, Dinov2Model

import peer_tools
from segmenter_reference import Segmenter, randomise

SMALL = {"width": 128, "blocks": 4, "heads": 2, "position_grid": 3, "taps": [1, 2, 3, 4]}
BLOCK = {
    "norm1.weight": "norm1.weight",
    "norm1.bias": "norm1.bias",
    "attn.proj.weight": "attention.output.dense.weight",
    "attn.proj.bias": "attention.output.dense.bias",
    "ls1.gamma": "layer_scale1.lambda1",
    "norm2.weight": "norm2.weight",
    "norm2.bias": "norm2.bias",
    "mlp.fc1.weight": "mlp.fc1.weight",
    "mlp.fc1.bias": "mlp.fc1.bias",
    "mlp.fc2.weight": "mlp.fc2.weight",
    "mlp.fc2.bias": "mlp.fc2.bias",
    "ls2.gamma": "layer_scale2.lambda1",
}
OUTSIDE = {
    "cls_token": "embeddings.cls_token",
    "mask_token": "embeddings.mask_token",
    "register_tokens": "embeddings.register_tokens",
    "pos_embed": "embeddings.position_embeddings",
    "patch_embed.proj.weight": "embeddings.patch_embeddings.projection.weight",
    "patch_embed.proj.bias": "embeddings.patch_embeddings.projection.bias",
    "norm.weight": "layernorm.weight",
    "norm.bias": "layernorm.bias",
}


def as_transformers(original):
    """Original names to those of transformers' files, the fused qkv in parts."""
    tensors = {theirs: original[ours] for ours, theirs in OUTSIDE.items() if ours in original}
    blocks = 1 + max(int(name.split(".")[1]) for name in original if name.startswith("blocks."))
    for i in range(blocks):
        for ours, theirs in BLOCK.items():
            tensors[f"encoder.layer.{i}.{theirs}"] = original[f"blocks.{i}.{ours}"]
        for kind in ("weight", "bias"):
            parts = original[f"blocks.{i}.attn.qkv.{kind}"].chunk(3)
            for part, values in zip(("query", "key", "value"), parts):
                name = f"encoder.layer.{i}.attention.attention.{part}.{kind}"
                tensors[name] = values.clone()
    return tensors


def newer(tensors):
    """As the modules of transformers are called since version 5."""
    names = {"attention.query": "q_proj", "attention.key": "k_proj", "attention.value": "v_proj"}
    names["output.dense"] = "o_proj"
    renamed = {}
    for name, values in tensors.items():
        for old, new in names.items():
            name = name.replace(f".attention.{old}.", f".attention.{new}.")
        renamed[name] = values
    return renamed


class Dinov2Import(peer_tools.ImagePeerTest):
    def original(self, **geometry):
        """An encoder with its authors' names."""
        encoder = randomise(Segmenter(SMALL | geometry)).encoder
        return OrderedDict((k, v.detach().clone()) for k, v in encoder.state_dict().items())

    def safetensors(self, tensors, name="model.safetensors"):
        save_file({k: v.contiguous() for k, v in tensors.items()}, self.folder / name)
        return self.folder / name

    def check(self, file, original, *arguments):
        """The folder holds the original's tensors bit for bit."""
        self.out = self.folder / f"out-{len(list(self.folder.iterdir()))}"
        folder = self.imported("dinov2", file, *arguments)
        tensors = load_file(folder / "model.safetensors")
        self.assertEqual(sorted(tensors), sorted(f"encoder.{name}" for name in original))
        for name, values in original.items():
            self.assertTrue(torch.equal(tensors[f"encoder.{name}"], values), name)
        shown = json.loads(self.geod("model", "show", folder, "--json"))
        total = sum(values.numel() for values in original.values())
        self.assertEqual(shown["family"], "dinov2")
        self.assertEqual(shown["parameters"]["total"], total)
        self.assertEqual(shown["parameters"]["encoder"]["total"], total)
        return folder

    def test_every_spelling_gives_the_same_folder(self):
        for registers in (0, 4):
            original = self.original(registers=registers)
            theirs = as_transformers(original)
            inside = "dinov2_with_registers." if registers else "dinov2."
            classifier = {inside + k: v for k, v in theirs.items()}
            classifier |= {"classifier.weight": torch.ones(3, 256), "classifier.bias": torch.ones(3)}
            pth = self.folder / "model.pth"
            torch.save(original, pth)
            files = {
                "pth": pth,
                "original": self.safetensors(original),
                "transformers": self.safetensors(theirs, "theirs.safetensors"),
                "newer": self.safetensors(newer(theirs), "newer.safetensors"),
                "inside": self.safetensors(classifier, "classifier.safetensors"),
            }
            names = {self.check(file, original).name for file in files.values()}
            self.assertEqual(len(names), 1, names)

    def test_geometry_is_read_from_the_shapes(self):
        original = self.original(registers=4, blocks=6, mlp_ratio=2, position_grid=5, patch=7)
        geometry = self.geometry_of(self.check(self.safetensors(original), original))
        expected = {"width": 128, "blocks": 6, "heads": 2, "registers": 4, "patch": 7}
        expected |= {"mlp_ratio": 2, "position_grid": 5, "taps": [2, 3, 5, 6]}
        expected |= {"position_rule": "antialias", "decoder": "none", "lora_rank": 0}
        self.assertEqual({key: geometry[key] for key in expected}, expected)

    def test_as_transformers_writes_models(self):
        for kind in (Dinov2Model, Dinov2ForImageClassification):
            config = Dinov2Config(
                hidden_size=128, num_hidden_layers=4, num_attention_heads=2, image_size=42
            )
            model = kind(config)
            model.save_pretrained(self.folder / "hf")
            file = self.folder / "hf" / "model.safetensors"
            inner = model if kind is Dinov2Model else model.dinov2
            self.out = self.folder / kind.__name__
            tensors = load_file(self.imported("dinov2", file) / "model.safetensors")
            written = inner.state_dict()
            for part, name in enumerate(("q_proj", "k_proj", "v_proj")):
                rows = tensors["encoder.blocks.3.attn.qkv.weight"][128 * part : 128 * (part + 1)]
                self.assertTrue(
                    torch.equal(rows, written[f"encoder.layer.3.attention.{name}.weight"])
                )
            self.assertEqual(len(tensors), 7 + 14 * 4)

    def test_a_missing_mask_token_is_no_fault(self):
        original = self.original()
        without = {k: v for k, v in original.items() if k != "mask_token"}
        original["mask_token"] = torch.zeros_like(original["mask_token"])
        self.check(self.safetensors(without), original)

    def test_half_precision_is_widened(self):
        original = {k: v.bfloat16() for k, v in self.original().items()}
        widened = {k: v.float() for k, v in original.items()}
        self.check(self.safetensors(original), widened)
        pth = self.folder / "half.pth"
        torch.save(OrderedDict(original), pth)
        self.check(pth, widened)

    def test_refuses_what_is_no_encoder_that_it_knows(self):
        original = self.original()
        theirs = as_transformers(original)
        nan = original["norm.bias"].clone()
        nan[3] = float("nan")
        for what, (tensors, says) in {
            "gated MLP": (
                original | {"blocks.0.mlp.w12.weight": torch.ones(8, 128)},
                "ViT-g",
            ),
            "another network": ({"conv.weight": torch.ones(3)}, "not a DINOv2"),
            "a hole": (
                {k: v for k, v in original.items() if k != "blocks.2.ls1.gamma"},
                "blocks.2.ls1.gamma",
            ),
            "no key": (
                {k: v for k, v in theirs.items() if "layer.1.attention.attention.key.w" not in k},
                "layer.1.attention.attention.key.weight",
            ),
            "a tensor too many": (original | {"blocks.0.extra": torch.ones(1)}, "blocks.0.extra"),
            "a block apart": (
                original | {"blocks.9.norm1.weight": torch.ones(128)},
                "blocks.9.norm1.weight",
            ),
            "another shape": (
                original | {"blocks.1.attn.proj.bias": torch.ones(127)},
                "blocks.1.attn.proj.bias",
            ),
            "a table that is no square": (
                original | {"pos_embed": torch.ones(1, 9, 128)},
                "position table",
            ),
            "an odd width": (original | {"pos_embed": torch.ones(1, 10, 100)}, "position table"),
            "no blocks": (
                {k: v for k, v in original.items() if not k.startswith("blocks.")},
                "blocks",
            ),
            "a value that is not finite": (original | {"norm.bias": nan}, "norm.bias"),
        }.items():
            file = self.safetensors(tensors)
            self.assert_refused(what, "dinov2", file, says=says)
            file.unlink()
        file = self.safetensors(original)
        self.assert_refused(
            "another geometry",
            "dinov2",
            file,
            "--geometry",
            "dinov2-small",
            says="not dinov2-small",
        )
        file.write_bytes(b"PK\x03\x04 and no more")
        self.assert_refused("a damaged archive", "dinov2", file)
        file.write_bytes(b"PK")
        self.assert_refused("a short file", "dinov2", file)


if __name__ == "__main__":
    peer_tools.main()

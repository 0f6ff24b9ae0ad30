"""geod's encoder against transformers' DINOv2, and its LoRA against PEFT over it."""

import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
)

import peer_tools
from segmenter_reference import Segmenter, randomise

SMALL = {"blocks": 12, "heads": 6, "position_grid": 37}


def perturbed(model):
    """Weights away from where they start, where biases are zero and scales one."""
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            continue
        if parameter.dim() == 1:
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
        elif "embeddings.patch" not in name and parameter.dim() == 2:
            parameter.normal_(0.0, parameter.shape[1] ** -0.5)
        else:
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return model.eval()


def transformers_model(geometry):
    registers = geometry.get("registers", 0)
    config, model = (
        (Dinov2WithRegistersConfig, Dinov2WithRegistersModel)
        if registers
        else (Dinov2Config, Dinov2Model)
    )
    options = {"num_register_tokens": registers} if registers else {}
    return perturbed(
        model(
            config(
                hidden_size=64 * geometry["heads"],
                num_hidden_layers=geometry["blocks"],
                num_attention_heads=geometry["heads"],
                image_size=14 * geometry["position_grid"],
                patch_size=14,
                **options,
            )
        )
    )


def features(model, image, taps):
    """Patch tokens of the blocks `taps` through the last norm, as maps."""
    rows, columns = image.shape[2] // 14, image.shape[3] // 14
    hidden = model(image, output_hidden_states=True).hidden_states
    maps = []
    for tap in taps:
        tokens = model.layernorm(hidden[tap])[:, -rows * columns :]
        maps.append(tokens.mT.unflatten(2, (rows, columns)))
    return maps


class Dinov2Peer(peer_tools.ImagePeerTest):
    def small(self, **more):
        blocks = self.integer(4, 6)
        return {"blocks": blocks, "heads": self.choice([1, 2]), "position_grid": 5} | more

    def saved(self, model):
        """What geod makes of the model as transformers saves it, and its taps."""
        model.save_pretrained(self.folder / "hf")
        return self.folder / "hf" / "model.safetensors"

    def compare(self, folder, model, image, name):
        taps = self.geometry_of(folder)["taps"]
        actual = self.forward(folder, image=image)
        for k, expected in enumerate(features(model, image, taps)):
            self.assert_close(f"{name} tap {taps[k]}", actual[f"tap.{k}"], expected)

    def image(self, rows, columns, count=1):
        return torch.rand(count, 3, 14 * rows, 14 * columns)

    def test_vit_s_at_518(self):
        model = transformers_model(SMALL)
        folder = self.imported("dinov2", self.saved(model), "--geometry", "dinov2-small")
        self.compare(folder, model, self.image(37, 37), "ViT-S 518")

    def test_other_sizes_by_size(self):
        model = transformers_model(self.small())
        folder = self.imported("dinov2", self.saved(model), "--position-rule", "size")
        for rows, columns in ((5, 5), (4, 7), (9, 3), (self.integer(1, 12), self.integer(1, 12))):
            image = self.image(rows, columns, count=2)
            self.compare(folder, model, image, f"size {rows} x {columns}")

    def test_other_sizes_with_registers_antialiased(self):
        model = transformers_model(self.small(registers=4))
        folder = self.imported("dinov2", self.saved(model))
        self.assertEqual(self.geometry_of(folder)["position_rule"], "antialias")
        for rows, columns in ((5, 5), (3, 4), (8, 2), (self.integer(1, 12), self.integer(1, 12))):
            image = self.image(rows, columns, count=2)
            self.compare(folder, model, image, f"antialias {rows} x {columns}")

    def test_other_sizes_by_the_authors_scale(self):
        """transformers no longer has this rule: against plain PyTorch with scale factors."""
        model = transformers_model(self.small())
        folder = self.imported("dinov2", self.saved(model))
        geometry = self.geometry_of(folder)
        self.assertEqual(geometry["position_rule"], "offset")
        network = randomise(Segmenter(geometry))
        folder = self.write_segmenter(network.state_dict(), geometry, family="dinov2")
        for rows, columns in ((5, 5), (4, 7), (9, 3), (self.integer(1, 12), self.integer(1, 12))):
            image = self.image(rows, columns, count=2)
            actual = self.forward(folder, image=image)
            for k, expected in enumerate(network.encoder(image, geometry["taps"])):
                self.assert_close(f"offset {rows} x {columns}", actual[f"tap.{k}"], expected)

    def test_lora_as_peft_on_query_key_value_that_share_a(self):
        rank, alpha = self.choice([2, 8]), self.choice([1, 6])
        plain = transformers_model(self.small())
        folder = self.imported("dinov2", self.saved(plain), "--position-rule", "size")
        geometry = self.geometry_of(folder) | {
            "lora_rank": rank,
            "lora_alpha": float(alpha),
            "lora_dropout": 0.1,
            "decoder": "linear",
            "rows": 70,
            "columns": 70,
        }
        network = Segmenter(geometry)
        tensors = network.state_dict() | self.tensors_of(folder)
        adapted = LoraConfig(
            r=rank,
            lora_alpha=alpha,
            lora_dropout=0.1,
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
        )
        model = get_peft_model(plain, adapted).eval()
        for i, layer in enumerate(plain.encoder.layer):
            attention = layer.attention
            parts = (attention.q_proj, attention.k_proj, attention.v_proj)
            first = parts[0].lora_A["default"].weight
            ups = []
            for part in (*parts, attention.o_proj):
                part.lora_B["default"].weight.normal_(0.0, rank**-0.5 * rank / alpha)
            for part in parts:
                part.lora_A["default"].weight.copy_(first)
                ups.append(part.lora_B["default"].weight)
            block = f"encoder.blocks.{i}.attn."
            tensors[f"{block}qkv.lora_A.weight"] = first.clone()
            tensors[f"{block}qkv.lora_B.weight"] = torch.cat(ups)
            for letter in "AB":
                weight = getattr(attention.o_proj, f"lora_{letter}")["default"].weight
                tensors[f"{block}proj.lora_{letter}.weight"] = weight.clone()
        folder = self.write_segmenter(tensors, geometry, name="lora")
        image = self.image(5, 5, count=2)
        actual = self.forward(folder, image=image)
        expected = features(model.base_model.model, image, geometry["taps"])
        for k, values in enumerate(expected):
            self.assert_close(f"lora tap {k}", actual[f"tap.{k}"], values)
        with model.disable_adapter():
            without = features(model.base_model.model, image, geometry["taps"])
        self.assertGreater(peer_tools.error_of(without[3], expected[3]), 1e-2)


if __name__ == "__main__":
    peer_tools.main()

"""geod's LoRA layers against PEFT over transformers' GPT-2, apart and merged."""

import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2Model

import peer_tools
from seismollm_reference import DITING, SeisMoLLM, geod_tensors

MODULES = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")


def peft_model(width, heads, blocks, positions, rank, alpha):
    """GPT-2 with LoRA on every linear layer, all weights random."""
    config = GPT2Config(
        vocab_size=1,
        bos_token_id=None,
        eos_token_id=None,
        n_embd=width,
        n_head=heads,
        n_layer=blocks,
        n_positions=positions,
    )
    adapted = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.1,
        target_modules="all-linear",
        fan_in_fan_out=True,
    )
    model = get_peft_model(GPT2Model(config), adapted).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.normal_(0.0, rank**-0.5 * rank / alpha)
        elif ".ln_" in name:
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
        elif "lora_A" not in name:
            parameter.normal_(0.0, 0.3 if parameter.dim() == 1 else parameter.shape[0] ** -0.5)
    return model


class PeftPeer(peer_tools.PeerTest):
    def tensors(self, model, geometry):
        """The tensors of a network whose trunk is `model`'s."""
        tensors = geod_tensors(SeisMoLLM(geometry, "dpk"))
        for name, tensor in model.state_dict().items():
            name = name.removeprefix("base_model.model.")
            if name != "wte.weight":
                name = name.replace(".base_layer.", ".").replace(".default.", ".")
                self.assertIn(f"gpt2.{name}", tensors)
                self.assertEqual(tensors[f"gpt2.{name}"].shape, tensor.shape)
                tensors[f"gpt2.{name}"] = tensor.clone()
        return tensors

    def compare(self, geometry, batch, tokens):
        width = 8 * geometry["embed_channels"][3]
        rank, alpha = geometry["lora_rank"], geometry["lora_alpha"]
        shape = [geometry[key] for key in ("heads", "blocks", "positions")]
        model = peft_model(width, *shape, rank, alpha)
        x = torch.randn(batch, tokens, width)
        expected = model(inputs_embeds=x, use_cache=False).last_hidden_state
        folder = self.write_model(self.tensors(model, geometry), geometry, name="lora")
        actual = self.forward(folder, tokens=x)
        name = f"rank {rank}, alpha {alpha:.1f}, width {width}"
        self.assert_close(f"{name}, LoRA apart", actual["trunk"], expected)
        with model.disable_adapter():
            without = model(inputs_embeds=x, use_cache=False).last_hidden_state
        self.assertGreater(peer_tools.error_of(without, expected), 0.01, "LoRA does nothing")

        merged = model.merge_and_unload()
        plain = geometry | {"lora_rank": 0}
        for m in range(geometry["blocks"]):
            for module in MODULES:
                weight = merged.get_submodule(f"h.{m}.{module}").weight
                self.assert_close(f"h.{m}.{module}", actual[f"merged.h.{m}.{module}"], weight)
        folder = self.write_model(self.tensors(merged, plain), plain, name="merged")
        self.assert_close(f"{name}, merged", self.forward(folder, tokens=x)["trunk"], expected)

    def test_random_shape(self):
        heads = self.integer(1, 5)
        geometry = DITING | {
            "window_samples": 1024,
            "embed_channels": [4, 4, 4, heads * self.integer(1, 4)],
            "blocks": self.integer(1, 3),
            "heads": heads,
            "positions": 24,
            "lora_rank": self.integer(1, 9),
            "lora_alpha": float(self.integer(1, 32)),
            "head_channels": [8, 8, 8],
        }
        self.compare(geometry, self.integer(1, 4), 16)

    def test_published_shape(self):
        self.compare(DITING, 2, 128)


if __name__ == "__main__":
    peer_tools.main()

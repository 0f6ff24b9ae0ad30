"""geod's GPT-2 trunk against transformers' GPT2Model, fed with embeddings."""

import torch
from transformers import GPT2Config, GPT2Model

import peer_tools
from seismollm_reference import DITING, SeisMoLLM, geod_tensors


def gpt2_model(width, heads, blocks, positions, attention="sdpa"):
    """A GPT-2 with random weights that are larger than its initial ones, so that all count."""
    config = GPT2Config(
        vocab_size=1,
        bos_token_id=None,
        eos_token_id=None,
        n_embd=width,
        n_head=heads,
        n_layer=blocks,
        n_positions=positions,
        attn_implementation=attention,
    )
    model = GPT2Model(config).eval()
    for name, parameter in model.named_parameters():
        if ".ln_" in name or name.startswith("ln_f"):
            parameter.uniform_(0.5, 1.5) if name.endswith("weight") else parameter.normal_(0, 0.3)
        elif name.endswith("bias"):
            parameter.normal_(0.0, 0.3)
        else:
            parameter.normal_(0.0, 0.5 if name.startswith("wpe") else parameter.shape[0] ** -0.5)
    return model


class TransformersPeer(peer_tools.PeerTest):
    def compare(self, model, geometry, tokens):
        expected = model(inputs_embeds=tokens, use_cache=False).last_hidden_state
        tensors = geod_tensors(SeisMoLLM(geometry, "dpk"))
        for name, parameter in model.state_dict().items():
            if name != "wte.weight":
                self.assertIn(f"gpt2.{name}", tensors)
                tensors[f"gpt2.{name}"] = parameter
        folder = self.write_model(tensors, geometry)
        attention = model.config._attn_implementation
        name = f"{list(tokens.shape)}, {geometry['blocks']} blocks, {attention}"
        self.assert_close(name, self.forward(folder, tokens=tokens)["trunk"], expected)

    def test_random_shapes(self):
        for attention in ("sdpa", "eager"):
            heads, blocks = self.integer(1, 6), self.integer(1, 4)
            channels = heads * self.integer(1, 4)
            geometry = DITING | {
                "window_samples": 1024,
                "embed_channels": [4, 4, 4, channels],
                "blocks": blocks,
                "heads": heads,
                "positions": self.integer(16, 40),
                "lora_rank": 0,
                "head_channels": [8, 8, 8],
            }
            width = 8 * channels
            model = gpt2_model(width, heads, blocks, geometry["positions"], attention)
            self.compare(model, geometry, torch.randn(self.integer(1, 4), 16, width))

    def test_published_shape_with_both_token_counts(self):
        geometry = DITING | {"lora_rank": 0}
        model = gpt2_model(768, 12, 3, 1024)
        for tokens in (128, 93):
            self.compare(model, geometry, torch.randn(2, tokens, 768))


if __name__ == "__main__":
    peer_tools.main()

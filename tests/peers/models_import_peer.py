"""`geod import gpt2`: files that transformers writes, and files that must be refused."""

import json
import struct

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model

import peer_tools
from seismollm_reference import DITING, SeisMoLLM, geod_tensors

HUGE = 1 << 62


class Gpt2Import(peer_tools.ImportTest):
    def model(self, kind, width, blocks):
        config = GPT2Config(
            vocab_size=50,
            bos_token_id=None,
            eos_token_id=None,
            n_embd=width,
            n_head=width // 64,
            n_layer=blocks,
            n_positions=256,
        )
        model = kind(config).eval()
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
        return model

    def compare(self, folder, trunk, width, blocks):
        """The folder holds the first blocks bit for bit and computes what transformers does."""
        trunk.h = trunk.h[:blocks]
        state = {f"gpt2.{k}": v for k, v in trunk.state_dict().items() if k != "wte.weight"}
        tensors = load_file(folder / "model.safetensors")
        self.assertEqual(sorted(tensors), sorted(state))
        for name, tensor in tensors.items():
            self.assertTrue(torch.equal(tensor, state[name]), name)
        geometry = DITING | {
            "embed_channels": [4, 4, 4, width // 8],
            "blocks": blocks,
            "heads": width // 64,
            "positions": 256,
            "lora_rank": 0,
            "head_channels": [8, 8, 8],
        }
        network = self.write_model(geod_tensors(SeisMoLLM(geometry, "dpk")), geometry)
        tokens = torch.randn(2, 128, width)
        expected = trunk(inputs_embeds=tokens, use_cache=False).last_hidden_state
        actual = self.forward(network, folder, tokens=tokens)
        self.assert_close(f"width {width}, {blocks} blocks", actual["trunk"], expected)
        other = geometry | {"heads": width // 32}
        network = self.write_model(geod_tensors(SeisMoLLM(other, "dpk")), other)
        done = self.run_forward(network, folder, tokens=tokens)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("attention heads", done.stderr)
        shown = json.loads(self.geod("model", "show", folder, "--json"))
        total = sum(tensor.numel() for tensor in state.values())
        self.assertEqual(shown["parameters"]["total"], total)

    def test_as_published_with_causal_masks(self):
        model = self.model(GPT2Model, 768, 4)
        state = model.state_dict()
        for i in range(4):
            state[f"h.{i}.attn.bias"] = torch.ones(1, 1, 256, 256).tril()
            state[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
        file = self.folder / "model.safetensors"
        save_file(state, file, metadata={"format": "pt"})
        self.compare(self.imported("gpt2", file), model, 768, 3)

    def test_as_transformers_writes_a_language_model(self):
        model = self.model(GPT2LMHeadModel, 320, 5)
        model.save_pretrained(self.folder / "lm")
        file = self.folder / "lm" / "model.safetensors"
        self.assertIn("transformer.wpe.weight", load_file(file))
        self.compare(self.imported("gpt2", file, "--blocks", 2), model.transformer, 320, 2)

    def write(self, header, data):
        """A file with `header`, JSON text or an object, in front of `data`."""
        text = (header if isinstance(header, str) else json.dumps(header)).encode()
        file = self.folder / "crafted.safetensors"
        file.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return file

    def test_refuses_damaged_files(self):
        model = self.model(GPT2Model, 64, 3)
        good = self.folder / "good.safetensors"
        save_file(model.state_dict(), good)
        content = good.read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        text, data = content[8 : 8 + length].decode(), content[8 + length :]
        header = json.loads(text)
        self.imported("gpt2", self.write(header, data))  # what follows is wrong in one point only
        self.out = self.folder / "refused"

        def changed(**entry):
            return header | {"ln_f.bias": header["ln_f.bias"] | entry}

        begin, end = header["ln_f.bias"]["data_offsets"]
        other = header["ln_f.weight"]["data_offsets"]
        self.assertEqual((end - begin, other[1] - other[0]), (256, 256))
        top = 1 << 64
        for what, bad in {
            "overlap": changed(data_offsets=other),
            "shifted by one": changed(data_offsets=[begin + 1, end + 1]),
            "reversed": changed(data_offsets=[end, begin]),
            "negative": changed(data_offsets=[-256, 0]),
            "behind the end": changed(data_offsets=[len(data), len(data) + 256]),
            "huge": changed(data_offsets=[HUGE, HUGE + 256]),
            "at the end of 64 bits": changed(data_offsets=[top - 256, top]),
            "wraps around": changed(data_offsets=[top - 128, 128]),
            "a fraction": changed(data_offsets=[begin + 0.5, end + 0.5]),
            "huge shape": changed(shape=[HUGE], data_offsets=[begin, begin + 4 * HUGE]),
            "shape whose product wraps": changed(shape=[1 << 32, 1 << 32], data_offsets=[0, 0]),
            "negative shape": changed(shape=[-8, -8]),
            "other dtype": changed(dtype="I32"),
            "unknown dtype": changed(dtype="F33"),
            "no object": header | {"ln_f.bias": 3},
            "hole": {k: v for k, v in header.items() if k != "ln_f.bias"},
            "other shape": changed(shape=[8, 8]),
            "key twice": text.rstrip()[:-1] + ', "ln_f.bias": {}}',
            "deep": '{"a":' * 150_000 + "1" + "}" * 150_000,
            "no JSON": "{" + text,
            "list": "[]",
        }.items():
            self.assert_refused(what, "gpt2", self.write(bad, data))
        self.assert_refused("bytes behind", "gpt2", self.write(header, data + b"\0"))
        for size in (0, 7, 8, 8 + length // 2, 8 + length, len(content) - 1):
            good.write_bytes(content[:size])
            self.assert_refused(f"cut after {size} bytes", "gpt2", good)
        for claimed in (length + 1, len(content), HUGE, top - 1):
            good.write_bytes(struct.pack("<Q", claimed) + content[8:])
            self.assert_refused(f"header of {claimed} bytes", "gpt2", good)
        model.ln_f.bias[3] = float("nan")
        save_file(model.state_dict(), good)
        self.assert_refused("not finite", "gpt2", good, says="ln_f.bias")
        self.assert_refused("not there", "gpt2", self.folder / "none.safetensors")


if __name__ == "__main__":
    peer_tools.main()

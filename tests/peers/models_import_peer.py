"""`geod import`: published weights of both kinds, and files that must be refused."""

import collections
import json
import os
import pickle
import struct
import zipfile
from unittest import mock

import numpy
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model

import peer_tools
from seismollm_reference import DITING, STEAD, SeisMoLLM, geod_tensors, randomise

# geod's own small geometry: quick to write for the files that are refused.
STARTER = DITING | {
    "window_samples": 3072,
    "sampling_rate": [100, 1],
    "embed_channels": [8, 16, 24, 24],
    "heads": 4,
    "positions": 64,
    "dropout": 0.0,
    "lora_rank": 0,
    "head_channels": [32, 24, 16],
}
HUGE = 1 << 62


class ImportPeer(peer_tools.PeerTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "imported"

    def imported(self, *arguments):
        """The folder that `geod import ARGUMENTS` makes."""
        folder = self.folder / self.geod("import", *arguments, "--out", self.out).strip()
        self.assertEqual([folder], list(self.out.iterdir()))
        return folder

    def assert_refused(self, what, kind, file, *arguments, says=""):
        with self.subTest(what):
            done = self.run_geod("import", kind, file, *arguments, "--out", self.out)
            self.assertEqual(done.returncode, 1, f"{what}: {done.stdout}{done.stderr}")
            self.assertRegex(done.stderr, rf"^geod import: .*{file.name}.*\n$")
            self.assertIn(says, done.stderr)
            left = list(self.out.iterdir()) if self.out.exists() else []
            self.assertEqual(left, [], f"{what}: something is left behind")
            print(f"  {what}: {done.stderr.strip().replace(str(self.folder) + os.sep, '')[:140]}")


class Gpt2Import(ImportPeer):
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


class Evil:
    """Unpickling it calls `function` on `arguments`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class StorageName:
    """Stands for a storage of the file in a pickle made by hand."""


class CraftedTensor:
    """A tensor over the file's storage "0" with any offset, shape and strides."""

    def __init__(self, offset, shape, strides):
        self.view = (StorageName(), offset, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, self.view


class CraftedPickler(pickle._Pickler):
    def persistent_id(self, value):
        if isinstance(value, StorageName):
            return ("storage", torch.FloatStorage, "0", "cpu", 8)
        return None


class CheckpointImport(ImportPeer):
    def checkpoint(self, network, prefix=""):
        """What the published trainer saves after some epochs."""
        optimizer = torch.optim.Adam(network.parameters(), lr=5e-4)
        scheduler = torch.optim.lr_scheduler.CyclicLR(
            optimizer, 5e-4, 1e-3, 2500, 3000, mode="triangular", cycle_momentum=False
        )
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.grad = 1e-3 * torch.randn_like(parameter)
        optimizer.step()
        scheduler.step()
        state = network.state_dict()
        renamed = collections.OrderedDict((prefix + name, value) for name, value in state.items())
        renamed._metadata = state._metadata
        return {
            "epoch": 57,
            "model_dict": renamed,
            "optimizer_dict": optimizer.state_dict(),
            "scheduler_dict": scheduler.state_dict(),
            "loss": numpy.float64(0.0123),
            "use_compile": bool(prefix),
            "use_ddp": bool(prefix),
        }

    def save(self, content, name="model-57.pth"):
        """As a run on a GPU writes it."""
        file = self.folder / name
        with mock.patch("torch.serialization.location_tag", lambda storage: "cuda:0"):
            torch.save(content, file)
        return file

    def test_published_layouts(self):
        for geometry, name, task, prefix in (
            (DITING, "seismollm-diting", "dpk", "module."),
            (STEAD, "seismollm-stead", "baz", "module._orig_mod."),
        ):
            with self.subTest(name):
                self.out = self.folder / name
                network = randomise(SeisMoLLM(geometry, task))
                file = self.save(self.checkpoint(network, prefix))
                with zipfile.ZipFile(file) as archive:
                    content = archive.read("model-57/data.pkl")
                self.assertIn(b"cuda:0", content)
                self.assertIn(prefix.encode() + b"convs.0", content)
                arguments = (file, "--task", task, "--geometry", name)
                folder = self.imported("seismollm", *arguments)
                x = torch.randn(1, 3, geometry["window_samples"])
                actual = self.forward(folder, x=x)
                logits = network.logits(x)
                self.assert_close(f"{name} {task} logits", actual["logits"], logits, least_scale=1)
                self.assert_close(f"{name} {task} output", actual["output"], network(x))
                tensors = load_file(folder / "model.safetensors")
                for key, tensor in geod_tensors(network).items():
                    self.assertTrue(torch.equal(tensors.pop(key), tensor), key)
                self.assertEqual(tensors, {})

    def test_bare_state_dictionary(self):
        for task in ("dpk", "emg"):
            network = randomise(SeisMoLLM(STARTER, task))
            file = self.save(network.state_dict())
            self.out = self.folder / task
            folder = self.imported("seismollm", file, "--task", task, "--geometry", "starter")
            x = torch.randn(2, 3, STARTER["window_samples"])
            actual = self.forward(folder, x=x)["logits"]
            self.assert_close(task, actual, network.logits(x), least_scale=1)

    def refuse(self, what, file, task="dpk", says=""):
        arguments = ("--task", task, "--geometry", "starter")
        self.assert_refused(what, "seismollm", file, *arguments, says=says)

    def test_executes_nothing(self):
        network = SeisMoLLM(STARTER, "dpk")
        marker = self.folder / "executed"
        command = f"touch {marker}"
        attacks = {
            "os.system": Evil(os.system, command),
            "os.popen": Evil(os.popen, command),
            "exec": Evil(exec, f"import os; os.system({command!r})"),
            "eval": Evil(eval, f"__import__('os').system({command!r})"),
            "os.mkdir": Evil(os.mkdir, str(marker)),
        }
        good = self.checkpoint(network)
        weights, optimizer = good["model_dict"], good["optimizer_dict"]
        for name, evil in attacks.items():
            for where, content in {
                "epoch": good | {"epoch": evil},
                "weight": good | {"model_dict": weights | {"convs.0.norm.weight": evil}},
                "optimizer state": good | {"optimizer_dict": optimizer | {"state": {0: evil}}},
                "first item": {"first": evil} | good,
            }.items():
                file = self.save(content)
                self.refuse(f"{name} as {where}", file, says="nothing was executed")
                self.assertFalse(marker.exists(), f"{name} as {where} was executed")
        # The attack is a real one: PyTorch's own reader falls for it.
        torch.load(file, map_location="cpu", weights_only=False)
        self.assertTrue(marker.exists())

    def rewrite(self, file, compression=zipfile.ZIP_STORED, **entries):
        """A copy of a checkpoint with some entries replaced (`data_0` for data/0)."""
        result = self.folder / "rewritten.pth"
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(result, "w", compression) as new:
            for name in old.namelist():
                key = name.split("/", 1)[1].replace("/", "_").replace(".", "_")
                new.writestr(name, entries.get(key, old.read(name)))
        return result

    def test_refuses_foreign_opcodes(self):
        file = self.save(SeisMoLLM(STARTER, "dpk").state_dict())
        marker = self.folder / "executed"
        command = f"touch {marker}".encode()
        attacks = {
            "INST": b"(S'" + command + b"'\nios\nsystem\n.",
            "OBJ": b"(cos\nsystem\nS'" + command + b"'\no.",
            "STACK_GLOBAL": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c"
            + struct.pack("B", len(command)) + command + b"\x85R.",
            "protocol 2": b"\x80\x02cposix\nsystem\nX"
            + struct.pack("<I", len(command)) + command + b"\x85R.",
            "no STOP": b"\x80\x02}",
            "empty": b"",
            "memo of nothing": b"\x80\x02h\x00.",
            "text beyond the end": b"\x80\x02X\xff\xff\xff\xff.",
            "many marks": b"\x80\x02" + b"(" * 100_000 + b".",
            "deep": b"\x80\x02" + b")" + b"\x85" * 300_000 + b".",
        }
        for name, code in attacks.items():
            self.refuse(name, self.rewrite(file, data_pkl=code))
        self.assertFalse(marker.exists())

    def test_refuses_damaged_files(self):
        state = SeisMoLLM(STARTER, "dpk").state_dict()
        file = self.save(state)
        content = file.read_bytes()
        cut = self.folder / "cut.pth"
        sizes = (0, 3, 100, len(content) // 3, len(content) - 22, len(content) - 1)
        for size in sizes:
            cut.write_bytes(content[:size])
            self.refuse(f"cut after {size} of {len(content)} bytes", cut)
        cut.write_bytes(content[len(content) // 2 :])
        self.refuse("the first half is missing", cut)
        cut.write_bytes(b"\x80\x02" + content)
        self.refuse("bytes in front", cut)
        with zipfile.ZipFile(file) as archive:
            largest = max(archive.infolist(), key=lambda entry: entry.file_size)
        flipped = bytearray(content)
        flipped[largest.header_offset + largest.file_size // 2] ^= 1
        cut.write_bytes(flipped)
        self.refuse("a flipped bit", cut, says="CRC")
        self.refuse("compressed", self.rewrite(file, zipfile.ZIP_DEFLATED), says="compressed")
        self.refuse("a short storage", self.rewrite(file, data_0=b"\0" * 8), says="shorter")

        self.refuse("another task", file, task="baz", says="out_head")
        self.refuse("one more tensor", self.save(state | {"extra.weight": torch.zeros(3)}))
        less = {name: value for name, value in state.items() if name != "convs.0.norm.bias"}
        self.refuse("one tensor less", self.save(less), says="convs.0.norm.bias")
        twice = state | {"module.convs.0.norm.bias": torch.zeros(8)}
        self.refuse("one tensor under two names", self.save(twice), says="convs.0.norm.bias")
        wrong = state | {"convs.0.norm.bias": torch.zeros(9)}
        self.refuse("another shape", self.save(wrong), says="convs.0.norm.bias")
        endless = state | {"convs.0.norm.bias": torch.full((8,), float("inf"))}
        self.refuse("not finite", self.save(endless), says="not finite")
        integers = state | {"convs.0.norm.bias": torch.zeros(8, dtype=torch.int64)}
        self.refuse("integers", self.save(integers), says="not floating point")

    def test_refuses_views_outside_a_storage(self):
        """Every tensor is a view of one storage; one of them is wrong."""
        network = SeisMoLLM(STARTER, "dpk")
        file = self.save(network.state_dict())
        good = {
            name: CraftedTensor(0, tuple(tensor.shape), tensor.stride())
            for name, tensor in network.state_dict().items()
            if tensor.dtype == torch.float32 and tensor.numel() > 0
        }
        size = max(tensor.numel() for tensor in network.parameters())

        def crafted(norm=good["convs.0.norm.weight"]):
            content = good | {"convs.0.norm.weight": norm}
            return self.rewrite(file, data_pkl=self.pickled(content), data_0=bytes(4 * size))

        self.imported("seismollm", crafted(), "--geometry", "starter")
        self.out = self.folder / "refused"
        for what, view in {
            "negative offset": (-1, (8,), (1,)),
            "offset behind the end": (size - 7, (8,), (1,)),
            "huge offset": (HUGE, (8,), (1,)),
            "huge shape": (0, (HUGE,), (1,)),
            "shape whose product wraps": (0, (1 << 32, 1 << 32), (1 << 32, 1)),
            "negative shape": (0, (-8,), (1,)),
            "stride zero": (0, (8,), (0,)),
            "stride of two": (0, (8,), (2,)),
            "negative stride": (7, (8,), (-1,)),
            "fewer strides": (0, (8,), ()),
        }.items():
            self.refuse(what, crafted(CraftedTensor(*view)))

    def pickled(self, content):
        path = self.folder / "crafted.pkl"
        with path.open("wb") as target:
            CraftedPickler(target, protocol=2).dump(content)
        return path.read_bytes()


if __name__ == "__main__":
    peer_tools.main()

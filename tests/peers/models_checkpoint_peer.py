"""`geod import seismollm`: checkpoints as torch.save writes them, and files to be refused."""

import collections
import os
import pickle
import struct
import zipfile
from unittest import mock

import numpy
import torch
from safetensors.torch import load_file

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


class CheckpointImport(peer_tools.ImportTest):
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

"""SeisMoLLM's picker in plain PyTorch, op by op as published: what the eager baseline of B4 runs.

Nothing is folded: 1x1 projections, convolutions, BatchNorms and GELUs are separate modules, and attention is PyTorch's own
causal scaled_dot_product_attention. It reads a model folder of geod's (float32 safetensors, LoRA merged on reading).
"""
import json
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_safetensors(path):
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body = np.frombuffer(data, np.uint8, offset=8 + length)
    return {name: torch.from_numpy(body[slice(*entry["data_offsets"])].copy().view(np.float32).reshape(entry["shape"]))
            for name, entry in header.items() if entry["dtype"] == "F32"}


def pad_to(x, kernel, stride):
    """Zeros on both sides so that a convolution gives ceil(T / stride) samples."""
    total = -x.shape[-1] % stride + kernel - stride
    return F.pad(x, (total // 2, total - total // 2))


class Branch(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.in_proj = nn.Conv1d(inputs, inputs, 1, bias=False)
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, bias=False)
        self.norm = nn.BatchNorm1d(outputs)
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        return F.gelu(self.norm(self.conv(pad_to(self.in_proj(x), self.kernel, self.stride))))


class EmbedBlock(nn.Module):
    def __init__(self, inputs, outputs, base, step, stride):
        super().__init__()
        self.convs = nn.ModuleList(Branch(inputs, outputs, base + j * step, stride) for j in range(4))
        self.out_proj = nn.Conv1d(4 * outputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(self.out_proj(torch.cat([branch(x) for branch in self.convs], 1)))


class Conv1D(nn.Module):
    """GPT-2's linear layer: the weight lies [in, out]."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.shape[-1]), self.weight).view(*x.shape[:-1], -1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.c_attn, self.c_proj, self.heads = Conv1D(width, 3 * width), Conv1D(width, width), heads

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = (part.view(batch, tokens, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, 2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(width, 4 * width), Conv1D(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Trunk(nn.Module):
    def __init__(self, width, heads, blocks, positions):
        super().__init__()
        self.wpe = nn.Embedding(positions, width)
        self.h = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, x):
        x = x + self.wpe(torch.arange(x.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class UpLayer(nn.Module):
    def __init__(self, inputs, outputs, kernel, size):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(inputs, outputs, kernel), nn.BatchNorm1d(outputs)
        self.kernel, self.size = kernel, size

    def forward(self, x):
        x = F.interpolate(x, self.size, mode="linear", align_corners=False)
        return F.gelu(self.norm(self.conv(pad_to(x, self.kernel, 1))))


class PickHead(nn.Module):
    def __init__(self, channels, kernels, sizes):
        super().__init__()
        self.up_layers = nn.ModuleList(UpLayer(a, b, k, size) for a, b, k, size in zip(channels, channels[1:], kernels, sizes))
        self.out_conv = nn.Conv1d(channels[-1], 3, 7, padding=3)

    def forward(self, x):
        for layer in self.up_layers:
            x = layer(x)
        return self.out_conv(x)


class SeisMoLLM(nn.Module):
    """Normalised windows [B, 3, T] -> probabilities [B, 3, T]; channels 1 and 2 are P and S."""

    def __init__(self, geometry):
        super().__init__()
        g = geometry
        channels = [g["in_channels"], *g["embed_channels"]]
        self.patch, self.samples = g["patch"], g["window_samples"]
        self.convs = nn.Sequential(*(EmbedBlock(*parts) for parts in zip(
            channels, channels[1:], g["kernel_base"], g["kernel_step"], g["embed_strides"])))
        width = channels[-1] * self.patch
        self.gpt2 = Trunk(width, g["heads"], g["blocks"], g["positions"])
        columns = self.samples
        for stride in g["embed_strides"]:
            columns = -(-columns // stride)
        columns = columns // self.patch * self.patch
        factor = (self.samples / columns) ** 0.25
        sizes = [self.samples]
        for _ in range(3):
            sizes.insert(0, int(sizes[0] / factor))
        self.out_head = PickHead([channels[-1], *g["head_channels"], 6], g["kernel_base"][::-1], sizes)

    def forward(self, x):
        x = self.convs(x)
        batch, channels, columns = x.shape
        tokens = columns // self.patch
        x = x[..., :tokens * self.patch].view(batch, channels, tokens, self.patch).transpose(1, 2).reshape(batch, tokens, -1)
        x = self.gpt2(x)
        x = x.view(batch, tokens, channels, self.patch).transpose(1, 2).reshape(batch, channels, -1)
        return torch.sigmoid(self.out_head(x))


def load(folder):
    """The network of a model folder, ready for inference."""
    folder = Path(folder)
    geometry = json.loads((folder / "manifest.json").read_text())["geometry"]
    tensors = read_safetensors(folder / "model.safetensors")
    scale = geometry["lora_alpha"] / geometry["lora_rank"] if geometry["lora_rank"] else 0.0
    for name in [name for name in tensors if ".lora_A" in name]:
        low, high = tensors.pop(name), tensors.pop(name.replace(".lora_A", ".lora_B"))
        tensors[name.split(".lora_A")[0] + ".weight"] += scale * (high @ low).T
    network = SeisMoLLM(geometry)
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{folder}: missing {missing}, unexpected {unexpected}")
    return network.eval()


def normalise(windows):
    """Per component: mean removed, divided by the population standard deviation."""
    x = torch.as_tensor(windows).double()
    x = x - x.mean(-1, keepdim=True)
    deviation = x.std(-1, correction=0, keepdim=True)
    return (x / torch.where(deviation == 0, 1.0, deviation)).float()

"""SeisMoLLM in plain PyTorch, written from a description of the published network.

It shares nothing with the C++ of models/: an own reading of the same facts, to compare with. Module
names follow the published checkpoint, so that `state_dict()` has its keys, shapes and order.
Letters: N batch, C channels, T samples, n tokens, D width of the trunk.

Source: Wang et al., SeisMoLLM (arXiv 2502.19960) and its published code; GPT-2: Radford et al.
2019; LoRA: Hu et al. 2021 (arXiv 2106.09685).
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn

TASKS = ("dpk", "pmp", "baz", "emg", "dis")
PICK_CHANNELS = 3  # neither, P, S
SCALAR_KERNEL, SCALAR_STRIDE = 16, 4
OUTPUTS = {"pmp": 2, "baz": 2, "emg": 1, "dis": 1}
TRUNK = "llm_blocks.llm.base_model.model."

DITING = {
    "window_samples": 8192,
    "sampling_rate": [50, 1],
    "in_channels": 3,
    "embed_channels": [16, 48, 96, 96],
    "embed_strides": [2, 2, 2, 1],
    "kernel_base": [16, 8, 6, 1],
    "kernel_step": [8, 6, 4, 2],
    "patch": 8,
    "blocks": 3,
    "heads": 12,
    "positions": 1024,
    "dropout": 0.1,
    "lora_rank": 16,
    "lora_alpha": 16.0,
    "lora_dropout": 0.1,
    "head_channels": [224, 192, 160],
}
STEAD = DITING | {"window_samples": 6000, "sampling_rate": [100, 1]}
PUBLISHED = {"seismollm-diting": DITING, "seismollm-stead": STEAD}


def gelu_new(x):
    """GPT-2's GELU, the tanh form."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def gelu_exact(x):
    """The GELU of everything outside the trunk, with the error function."""
    return 0.5 * x * (1.0 + torch.erf(x / math.sqrt(2.0)))


def auto_pad(x, kernel, stride):
    """Zeros on both sides so that a convolution returns ceil(T / stride) samples."""
    total = (stride - x.shape[-1] % stride) % stride + kernel - stride
    return F.pad(x, (total // 2, total - total // 2))


def to_tokens(features, patch):
    """[N, C, T] -> [N, T // patch, C * patch], channel major; samples that fill no token go."""
    parts = features.unfold(2, patch, patch).permute(0, 2, 1, 3)
    return parts.reshape(parts.shape[0], parts.shape[1], -1)


def from_tokens(tokens, patch):
    batch, count, width = tokens.shape
    parts = tokens.view(batch, count, width // patch, patch).permute(0, 2, 1, 3)
    return parts.reshape(batch, width // patch, count * patch)


def pick_sizes(window, columns):
    """Lengths after each of the four interpolations of the picking head."""
    factor = (window / columns) ** (1 / 4)
    sizes = [window]
    for _ in range(3):
        sizes.insert(0, int(sizes[0] / factor))
    return sizes


def may_attend(count):
    """[n, n], True where token i (row) may look at token j: not ahead of itself."""
    return torch.ones(count, count).tril().bool()


class Branch(nn.Module):
    def __init__(self, c_in, c_out, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.in_proj = nn.Conv1d(c_in, c_in, 1, bias=False)
        self.conv = nn.Conv1d(c_in, c_out, kernel, stride, bias=False)
        self.norm = nn.BatchNorm1d(c_out)

    def forward(self, x):
        x = auto_pad(self.in_proj(x), self.kernel, self.stride)
        return gelu_exact(self.norm(self.conv(x)))


class MultiScaleConv(nn.Module):
    def __init__(self, c_in, c_out, stride, base, step):
        super().__init__()
        self.convs = nn.ModuleList(Branch(c_in, c_out, base + j * step, stride) for j in range(4))
        self.out_proj = nn.Conv1d(4 * c_out, c_out, 1, bias=False)
        self.norm = nn.BatchNorm1d(c_out)

    def forward(self, x):
        return self.norm(self.out_proj(torch.cat([branch(x) for branch in self.convs], 1)))


class Conv1D(nn.Module):
    """GPT-2's linear layer: y = x W + b with W [in, out]."""

    def __init__(self, size_in, size_out):
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(size_in, size_out))
        self.bias = nn.Parameter(torch.zeros(size_out))

    def forward(self, x):
        return x @ self.weight + self.bias


class LoraConv1D(nn.Module):
    """y = x W + b + (alpha / rank) (x A^T) B^T; dropout is for training only."""

    def __init__(self, size_in, size_out, rank, alpha):
        super().__init__()
        self.scale = alpha / rank
        self.base_layer = Conv1D(size_in, size_out)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(size_in, rank, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(rank, size_out, bias=False)})

    def forward(self, x):
        return self.base_layer(x) + self.scale * self.lora_B["default"](self.lora_A["default"](x))


def linear(geometry, size_in, size_out):
    if geometry["lora_rank"] == 0:
        return Conv1D(size_in, size_out)
    return LoraConv1D(size_in, size_out, geometry["lora_rank"], geometry["lora_alpha"])


class Attention(nn.Module):
    def __init__(self, geometry, width):
        super().__init__()
        self.heads = geometry["heads"]
        self.c_attn = linear(geometry, width, 3 * width)
        self.c_proj = linear(geometry, width, width)

    def forward(self, x):
        batch, count, width = x.shape
        q, k, v = (
            part.view(batch, count, self.heads, width // self.heads).transpose(1, 2)
            for part in self.c_attn(x).split(width, dim=2)
        )
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        weights = scores.masked_fill(~may_attend(count), -math.inf).softmax(-1)
        return self.c_proj((weights @ v).transpose(1, 2).reshape(batch, count, width))


class Mlp(nn.Module):
    def __init__(self, geometry, width):
        super().__init__()
        self.c_fc = linear(geometry, width, 4 * width)
        self.c_proj = linear(geometry, 4 * width, width)

    def forward(self, x):
        return self.c_proj(gelu_new(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, geometry, width):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-5)
        self.attn = Attention(geometry, width)
        self.ln_2 = nn.LayerNorm(width, eps=1e-5)
        self.mlp = Mlp(geometry, width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt2(nn.Module):
    def __init__(self, geometry, width):
        super().__init__()
        self.wte = nn.Embedding(0, width)
        self.wpe = nn.Embedding(geometry["positions"], width)
        self.h = nn.ModuleList(Block(geometry, width) for _ in range(geometry["blocks"]))
        self.ln_f = nn.LayerNorm(width, eps=1e-5)

    def forward(self, tokens):
        x = tokens + self.wpe.weight[: tokens.shape[1]]
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class UpLayer(nn.Module):
    def __init__(self, c_in, c_out, kernel):
        super().__init__()
        self.kernel = kernel
        self.conv = nn.Conv1d(c_in, c_out, kernel)
        self.norm = nn.BatchNorm1d(c_out)

    def forward(self, x, size):
        x = F.interpolate(x, size=size, mode="linear", align_corners=False)
        return gelu_exact(self.norm(self.conv(auto_pad(x, self.kernel, 1))))


class PickHead(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        self.window = geometry["window_samples"]
        widths = [geometry["embed_channels"][3], *geometry["head_channels"], 2 * PICK_CHANNELS]
        kernels = geometry["kernel_base"][::-1]
        self.up_layers = nn.ModuleList(
            UpLayer(c_in, c_out, k) for c_in, c_out, k in zip(widths, widths[1:], kernels)
        )
        self.out_conv = nn.Conv1d(widths[-1], PICK_CHANNELS, 7, padding=3)

    def forward(self, x):
        for layer, size in zip(self.up_layers, pick_sizes(self.window, x.shape[2])):
            x = layer(x, size)
        return self.out_conv(x)


class ScalarHead(nn.Module):
    def __init__(self, geometry, outputs):
        super().__init__()
        width = geometry["embed_channels"][3]
        self.convs = nn.Sequential(
            *(nn.Conv1d(width, width, SCALAR_KERNEL, SCALAR_STRIDE) for _ in range(2))
        )
        self.lin = nn.Linear(width, outputs)

    def forward(self, x):
        return self.lin(self.convs(x).mean(-1))


class SeisMoLLM(nn.Module):
    """In evaluation mode; one network a task."""

    def __init__(self, geometry, task):
        super().__init__()
        self.geometry, self.task = geometry, task
        widths = [geometry["in_channels"], *geometry["embed_channels"]]
        self.convs = nn.Sequential(
            *(
                MultiScaleConv(*shape)
                for shape in zip(
                    widths,
                    widths[1:],
                    geometry["embed_strides"],
                    geometry["kernel_base"],
                    geometry["kernel_step"],
                )
            )
        )
        trunk = Gpt2(geometry, geometry["patch"] * widths[-1])
        for part in ("model", "base_model", "llm"):  # wrappers of PEFT and of the published code
            trunk = nn.ModuleDict({part: trunk})
        self.llm_blocks = trunk
        is_picker = task == "dpk"
        self.out_head = PickHead(geometry) if is_picker else ScalarHead(geometry, OUTPUTS[task])
        self.freeze()
        self.eval()

    @property
    def trunk(self):
        return self.llm_blocks["llm"]["base_model"]["model"]

    def freeze(self):
        """With LoRA only positions, LayerNorms and LoRA train inside the trunk."""
        if self.geometry["lora_rank"] > 0:
            for name, parameter in self.trunk.named_parameters():
                parameter.requires_grad_(any(part in name for part in ("ln", "wpe", "lora")))

    def features(self, x):
        """[N, C, 8 n] as the heads see them."""
        patch = self.geometry["patch"]
        return from_tokens(self.trunk(to_tokens(self.convs(x), patch)), patch)

    def logits(self, x):
        return self.out_head(self.features(x))

    def activate(self, logits):
        return {
            "dpk": torch.sigmoid,
            "pmp": lambda y: y.softmax(1),
            "baz": torch.tanh,
            "emg": lambda y: 8.0 * torch.sigmoid(y),
            "dis": lambda y: 500.0 * torch.sigmoid(y),
        }[self.task](logits)

    def forward(self, x):
        return self.activate(self.logits(x))


def randomise(network):
    """Moves every tensor off its initial value, so that nothing is an identity by chance."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.LayerNorm)):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0.0, 0.3)
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.normal_(0.0, 0.3)
                module.running_var.uniform_(0.3, 2.0)
                module.num_batches_tracked.fill_(1234)
            if isinstance(module, Conv1D):
                module.weight.normal_(0.0, 1.0 / math.sqrt(module.weight.shape[0]))
                module.bias.normal_(0.0, 0.3)
            if isinstance(module, LoraConv1D):
                b = module.lora_B["default"].weight
                b.normal_(0.0, 1.0 / math.sqrt(b.shape[1]) / module.scale)
            if isinstance(module, Gpt2):
                module.wpe.weight.normal_(0.0, 0.5)
    return network


def merged(network):
    """A copy without LoRA: W <- W + scale (B A)^T."""
    plain = SeisMoLLM(network.geometry | {"lora_rank": 0}, network.task)
    state = network.state_dict()
    for name, module in network.named_modules():
        if isinstance(module, LoraConv1D):
            b, a = (state.pop(f"{name}.lora_{x}.default.weight") for x in "BA")
            weight = state.pop(f"{name}.base_layer.weight")
            state[f"{name}.weight"] = weight + module.scale * (b @ a).T
            state[f"{name}.bias"] = state.pop(f"{name}.base_layer.bias")
    plain.load_state_dict(copy.deepcopy(state))
    return plain


def geod_tensors(network):
    """The tensors under the names of geod's model folders."""
    tensors = {}
    for name, tensor in network.state_dict().items():
        if name != TRUNK + "wte.weight" and not name.endswith("num_batches_tracked"):
            name = name.replace(TRUNK, "gpt2.").replace(".base_layer.", ".")
            tensors[name.replace(".default.", ".")] = tensor
    return tensors

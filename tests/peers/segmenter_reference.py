"""DINOv2 with LoRA, its decoders and the U-Net in plain PyTorch, written from the papers.

Attributes are called so that state_dict() gives geod's names. Everything is spelled out where geod
leaves it to a library: attention as a softmax of products, BatchNorm as means, resizing by
torch.nn.functional.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

DEFAULTS = {
    "width": 384,
    "blocks": 12,
    "heads": 6,
    "registers": 0,
    "patch": 14,
    "mlp_ratio": 4,
    "position_grid": 37,
    "position_rule": "offset",
    "taps": [3, 6, 9, 12],
    "lora_rank": 0,
    "lora_alpha": 1.0,
    "lora_dropout": 0.0,
    "decoder": "none",
    "classes": 2,
    "rows": 512,
    "columns": 512,
    "patch_rows": 0,
    "patch_columns": 0,
}


def positions(table, rule, rows, columns):
    """The position table for another grid."""
    grid = math.isqrt(table.shape[1] - 1)
    if (rows, columns) == (grid, grid):
        return table
    patches = table[:, 1:].reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
    how = {
        "offset": {"scale_factor": ((rows + 0.1) / grid, (columns + 0.1) / grid)},
        "size": {"size": (rows, columns)},
        "antialias": {"size": (rows, columns), "antialias": True},
    }[rule]
    patches = F.interpolate(patches, mode="bicubic", align_corners=False, **how)
    assert patches.shape[2:] == (rows, columns)
    return torch.cat([table[:, :1], patches.permute(0, 2, 3, 1).flatten(1, 2)], 1)


class Lora(nn.Module):
    def __init__(self, inputs, outputs, geometry):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        rank = geometry["lora_rank"]
        self.scale = geometry["lora_alpha"] / rank if rank else 0.0
        if rank:
            self.lora_A = nn.Linear(inputs, rank, bias=False)
            self.lora_B = nn.Linear(rank, outputs, bias=False)

    def forward(self, x):
        y = x @ self.weight.T + self.bias
        return y + self.scale * self.lora_B(self.lora_A(x)) if self.scale else y


class Attention(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        width = geometry["width"]
        self.heads = geometry["heads"]
        self.qkv = Lora(width, 3 * width, geometry)
        self.proj = Lora(width, width, geometry)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=2)
        mixed = []
        for a, b, c in zip(*(part.chunk(self.heads, dim=2) for part in (q, k, v))):
            weights = (a @ b.transpose(1, 2) / math.sqrt(a.shape[2])).softmax(2)
            mixed.append(weights @ c)
        return self.proj(torch.cat(mixed, 2))


class Scale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x):
        return self.gamma * x


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(0.5 * x * (1 + torch.erf(x / math.sqrt(2))))


class Block(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        width = geometry["width"]
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(geometry)
        self.ls1 = Scale(width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, geometry["mlp_ratio"] * width)
        self.ls2 = Scale(width)

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        patch = geometry["patch"]
        self.proj = nn.Conv2d(3, geometry["width"], patch, patch)


class Encoder(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        width = geometry["width"]
        self.rule = geometry["position_rule"]
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.mask_token = nn.Parameter(torch.empty(1, width))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + geometry["position_grid"] ** 2, width))
        if geometry["registers"]:
            self.register_tokens = nn.Parameter(torch.empty(1, geometry["registers"], width))
        self.patch_embed = PatchEmbed(geometry)
        self.blocks = nn.ModuleList(Block(geometry) for _ in range(geometry["blocks"]))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, image, taps):
        """Features [N, D, h, w] of the blocks `taps`, counted from 1."""
        patches = self.patch_embed.proj(image)
        rows, columns = patches.shape[2:]
        x = torch.cat([self.cls_token.expand(len(image), -1, -1), patches.flatten(2).mT], 1)
        x = x + positions(self.pos_embed, self.rule, rows, columns)
        if hasattr(self, "register_tokens"):
            registers = self.register_tokens.expand(len(image), -1, -1)
            x = torch.cat([x[:, :1], registers, x[:, 1:]], 1)
        features = []
        for number, block in enumerate(self.blocks, 1):
            x = block(x)
            if number in taps:
                tokens = self.norm(x)[:, -rows * columns :]
                features.append(tokens.mT.unflatten(2, (rows, columns)))
        return [features[sorted(set(taps)).index(tap)] for tap in taps]


class Norm(nn.Module):
    """BatchNorm, spelled out."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
            count = x.numel() // x.shape[1]
            self.running_mean += 0.1 * (mean - self.running_mean)
            self.running_var += 0.1 * (variance * count / (count - 1) - self.running_var)
        along = (None, slice(None), None, None)
        scaled = (x - mean[along]) / torch.sqrt(variance[along] + 1e-5)
        return scaled * self.weight[along] + self.bias[along]


def twice(inputs, outputs, middle=None, bias=True):
    middle = middle or outputs
    return nn.Sequential(
        nn.Conv2d(inputs, middle, 3, padding=1, bias=bias),
        Norm(middle),
        nn.ReLU(),
        nn.Conv2d(middle, outputs, 3, padding=1, bias=bias),
        Norm(outputs),
        nn.ReLU(),
    )


def bilinear(x, size, corners=False):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=corners)


def part(size, divisor):
    return (size[0] // divisor, size[1] // divisor)


class Linear(nn.Conv2d):
    def __init__(self, geometry):
        super().__init__(geometry["width"], geometry["classes"], 1)

    def forward(self, features, size):
        return F.interpolate(super().forward(features[-1]), size=size, mode="nearest")


class Pup(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        width, narrow = geometry["width"], geometry["width"] // 4
        self.decode_net = nn.ModuleDict({"0": twice(width, narrow)})
        for name in "246":
            self.decode_net[name] = twice(narrow, narrow)
        self.decode_net["8"] = nn.Conv2d(narrow, geometry["classes"], 1)

    def forward(self, features, size):
        x = features[-1]
        for name, divisor in zip("0246", (8, 4, 2, 1)):
            x = bilinear(self.decode_net[name](x), part(size, divisor))
        return self.decode_net["8"](x)


class Mla(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        width = geometry["width"]
        half, quarter = width // 2, width // 4
        for k in "1234":
            net = nn.ModuleDict({"layer_1": twice(width, half)})
            setattr(self, f"net{k}_in", net)
            setattr(self, f"net{k}_intmd", nn.ModuleDict({"layer_intmd": twice(half, half)}))
            out = {"layer_2": twice(half, half), "layer_3": twice(half, quarter)}
            out["layer_4"] = twice(quarter, quarter)
            setattr(self, f"net{k}_out", nn.ModuleDict(out))
        self.output_net = nn.ModuleDict({"conv_1": nn.Conv2d(width, geometry["classes"], 1)})

    def out(self, k, x):
        net = getattr(self, f"net{k}_out")
        x = net["layer_3"](net["layer_2"](x))
        x = F.interpolate(x, scale_factor=4, mode="bilinear", align_corners=False)
        return net["layer_4"](x)

    def forward(self, features, size):
        x3, x6, x9, x12 = features
        a12 = self.net1_in["layer_1"](x12)
        a9 = self.net2_in["layer_1"](x9) + a12
        a6 = self.net3_in["layer_1"](x6) + a9
        a3 = self.net4_in["layer_1"](x3) + a6
        o12 = self.out(1, a12)
        o9 = self.out(2, self.net2_intmd["layer_intmd"](a9))
        o6 = self.out(3, self.net3_intmd["layer_intmd"](a6))
        o3 = self.out(4, self.net4_intmd["layer_intmd"](a3))
        return bilinear(self.output_net["conv_1"](torch.cat([o12, o9, o6, o3], 1)), size)


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = Norm(channels)
        self.bn2 = Norm(channels)

    def forward(self, x):
        return x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(F.relu(x))))))


class Fusion(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.resConfUnit1 = Unit(channels)
        self.resConfUnit2 = Unit(channels)
        self.out_conv = nn.Conv2d(channels, channels, 1)

    def forward(self, size, a, b=None):
        if b is not None:
            a = a + bilinear(self.resConfUnit1(b), part(size, 2), corners=True)
        return self.out_conv(bilinear(self.resConfUnit2(a), size, corners=True))


class Dpt(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        channels = geometry["decoder_width"]
        self.scratch = nn.Module()
        for k in "1234":
            level = nn.Conv2d(geometry["width"], channels, 3, padding=1, bias=False)
            setattr(self.scratch, f"layer{k}_rn", level)
            setattr(self.scratch, f"refinenet{k}", Fusion(channels))
        self.scratch.single_conv = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.scratch.output_conv = nn.Sequential(
            nn.Conv2d(channels // 2, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, geometry["classes"], 1),
            nn.ReLU(),
        )

    def forward(self, features, size):
        s = self.scratch
        l1, l2, l3, l4 = (getattr(s, f"layer{k}_rn")(x) for k, x in zip("1234", features))
        path = s.refinenet4(part(size, 16), l4)
        path = s.refinenet3(part(size, 8), path, l3)
        path = s.refinenet2(part(size, 4), path, l2)
        path = s.refinenet1(part(size, 2), path, l1)
        return s.output_conv(F.interpolate(s.single_conv(path), size=size, mode="nearest"))


class Stage(nn.Module):
    def __init__(self, inputs, outputs, middle=None):
        super().__init__()
        self.double_conv = twice(inputs, outputs, middle, bias=False)


class Unet(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        c = geometry["decoder_width"]
        self.inc = Stage(1, c)
        downs = [(c, 2 * c), (2 * c, 4 * c), (4 * c, 8 * c), (8 * c, 8 * c)]
        ups = [(16 * c, 4 * c, 8 * c), (8 * c, 2 * c, 4 * c), (4 * c, c, 2 * c), (2 * c, c, c)]
        for k, (down, up) in enumerate(zip(downs, ups), 1):
            stage = nn.Module()
            stage.maxpool_conv = nn.ModuleList([nn.MaxPool2d(2), Stage(*down)])
            setattr(self, f"down{k}", stage)
            stage = nn.Module()
            stage.conv = Stage(*up)
            setattr(self, f"up{k}", stage)
        self.outc = nn.Module()
        self.outc.conv = nn.Conv2d(c, geometry["classes"], 1)

    def forward(self, image):
        size = image.shape[2:]
        skips = [self.inc.double_conv(image)]
        for k in "1234":
            pool, stage = getattr(self, f"down{k}").maxpool_conv
            skips.append(stage.double_conv(pool(skips[-1])))
        x = skips.pop()
        for k, divisor in zip("1234", (8, 4, 2, 1)):
            x = torch.cat([skips.pop(), bilinear(x, part(size, divisor), corners=True)], 1)
            x = getattr(self, f"up{k}").conv.double_conv(x)
        return self.outc.conv(x)


DECODERS = {"linear": Linear, "pup": Pup, "mla": Mla, "dpt": Dpt}


class Segmenter(nn.Module):
    """Raw tiles [N, rows, columns] to logits [N, K, rows, columns]."""

    def __init__(self, geometry):
        super().__init__()
        self.geometry = DEFAULTS | geometry
        if self.geometry["decoder"] == "unet":
            self.unet = Unet(self.geometry)
            return
        self.encoder = Encoder(self.geometry)
        if self.geometry["decoder"] != "none":
            self.decoder = DECODERS[self.geometry["decoder"]](self.geometry)

    def prepare(self, tiles):
        g = self.geometry
        if g["decoder"] == "unet":
            return tiles[:, None] / 255
        patch = g["patch"]
        size = (
            patch * (g["patch_rows"] or math.ceil(g["rows"] / patch)),
            patch * (g["patch_columns"] or math.ceil(g["columns"] / patch)),
        )
        cut = tiles.to(torch.uint8).float()[:, None]
        if cut.shape[2:] != size:
            cut = (bilinear(cut, (g["rows"], size[1])) + 0.5).floor()
            cut = (bilinear(cut, size) + 0.5).floor()
        return cut.div(255).repeat(1, 3, 1, 1)

    def forward(self, tiles):
        if self.geometry["decoder"] == "unet":
            return self.unet(self.prepare(tiles))
        features = self.encoder(self.prepare(tiles), self.geometry["taps"])
        return self.decoder(features, tiles.shape[1:])


def randomise(module):
    """Weights that keep the scale of what they see, so that every part matters."""
    for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif name.endswith(("running_mean", ".bias")):
            tensor.normal_(0.0, 0.1)
        elif tensor.dim() == 1:  # of norms, and LayerScale
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("weight"):
            tensor.normal_(0.0, tensor[0].numel() ** -0.5)
        else:  # tokens and positions
            tensor.normal_(0.0, 0.5)
    return module.eval()

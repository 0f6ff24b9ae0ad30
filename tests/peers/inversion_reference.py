"""InversionNet in plain PyTorch, from the published description, for geod's peers.

A straight chain of 25 blocks: convolution or transposed convolution, BatchNorm, LeakyReLU 0.2, at
the end tanh; what is left of 80 x 80 after cutting the borders is the map.
"""

import torch
from torch import nn

# name, transposed, width of what leaves (0: one channel), kernel, stride, padding; None: all that
# is left of a shot.
ALONG_TIME = ((3, 1), (1, 1), (1, 0))
HALF_TIME = ((3, 1), (2, 1), (1, 0))
SQUARE = ((3, 3), (1, 1), (1, 1))
HALF = ((3, 3), (2, 2), (1, 1))
DOUBLE = ((4, 4), (2, 2), (1, 1))
BLOCKS = [
    ("convblock1", False, 1, (7, 1), (2, 1), (3, 0)),
    ("convblock2_1", False, 2, *HALF_TIME), ("convblock2_2", False, 2, *ALONG_TIME),
    ("convblock3_1", False, 2, *HALF_TIME), ("convblock3_2", False, 2, *ALONG_TIME),
    ("convblock4_1", False, 4, *HALF_TIME), ("convblock4_2", False, 4, *ALONG_TIME),
    ("convblock5_1", False, 4, *HALF), ("convblock5_2", False, 4, *SQUARE),
    ("convblock6_1", False, 8, *HALF), ("convblock6_2", False, 8, *SQUARE),
    ("convblock7_1", False, 8, *HALF), ("convblock7_2", False, 8, *SQUARE),
    ("convblock8", False, 16, None, (1, 1), (0, 0)),
    ("deconv1_1", True, 16, (5, 5), (2, 2), (0, 0)), ("deconv1_2", False, 16, *SQUARE),
    ("deconv2_1", True, 8, *DOUBLE), ("deconv2_2", False, 8, *SQUARE),
    ("deconv3_1", True, 4, *DOUBLE), ("deconv3_2", False, 4, *SQUARE),
    ("deconv4_1", True, 2, *DOUBLE), ("deconv4_2", False, 2, *SQUARE),
    ("deconv5_1", True, 1, *DOUBLE), ("deconv5_2", False, 1, *SQUARE),
    ("deconv6", False, 0, *SQUARE),
]
TRANSPOSED = [name for name, transposed, *_ in BLOCKS if transposed]
CONVOLUTIONS = [name for name, transposed, *_ in BLOCKS if not transposed]


class Block(nn.Module):
    def __init__(self, transposed, channels, kernel, stride, padding, last):
        super().__init__()
        convolution = nn.ConvTranspose2d if transposed else nn.Conv2d
        self.layers = nn.Sequential(
            convolution(*channels, kernel, stride, padding),
            nn.BatchNorm2d(channels[1]),
            nn.Tanh() if last else nn.LeakyReLU(0.2),
        )

    def forward(self, x):
        return self.layers(x)


class LoraTransposed(nn.Module):
    """A transposed convolution with a low-rank pair beside: A has its kernel, B is 1 x 1."""

    def __init__(self, base, rank, scale):
        super().__init__()
        self.base, self.scale = base, scale
        self.lora_A = nn.ConvTranspose2d(
            base.in_channels, rank, base.kernel_size, base.stride, base.padding, bias=False)
        self.lora_B = nn.Conv2d(rank, base.out_channels, 1, bias=False)

    def forward(self, x):
        return self.base(x) + self.scale * self.lora_B(self.lora_A(x))


def length(n, kernel, stride, padding):
    return (n + 2 * padding - kernel) // stride + 1


class InversionNet(nn.Module):
    def __init__(self, geometry):
        super().__init__()
        self.depths, self.offsets = geometry["depths"], geometry["offsets"]
        width, channels = geometry["width"], geometry["sources"]
        size = geometry["times"], geometry["receivers"]
        for name, transposed, wide, kernel, stride, padding in BLOCKS:
            if not transposed and not name.startswith("deconv"):
                kernel = kernel or size
                size = tuple(length(*axis) for axis in zip(size, kernel, stride, padding))
            out = wide * width or 1
            last = name == "deconv6"
            self.add_module(name, Block(transposed, (channels, out), kernel, stride, padding, last))
            channels = out

    def forward(self, x):
        for name, block in self.named_children():
            if name == "deconv6":
                top, left = (80 - self.depths) // 2, (80 - self.offsets) // 2
                x = x[:, :, top:top + self.depths, left:left + self.offsets]
            x = block(x)
        return x


def randomise(network):
    """Weights that keep signals alive without batch statistics, norms with a history."""
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif name.endswith("layers.1.weight"):
            tensor.uniform_(0.7, 1.3)
        elif name.endswith((".bias", "running_mean")):
            tensor.normal_(0.0, 0.1)
        elif name.endswith("layers.0.weight"):
            tensor.mul_(6 ** 0.5)
    return network.eval()

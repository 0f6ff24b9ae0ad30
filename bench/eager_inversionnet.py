"""InversionNet in plain PyTorch: the baseline of B13."""
import torch
from torch import nn

# (channels in, out, kernel, stride, padding) in units of the first block's channels; 0 stands for the sources or the one map.
ENCODER = [(0, 1, (7, 1), (2, 1), (3, 0)), (1, 2, (3, 1), (2, 1), (1, 0)), (2, 2, (3, 1), (1, 1), (1, 0)),
           (2, 2, (3, 1), (2, 1), (1, 0)), (2, 2, (3, 1), (1, 1), (1, 0)), (2, 4, (3, 1), (2, 1), (1, 0)),
           (4, 4, (3, 1), (1, 1), (1, 0)), (4, 4, 3, 2, 1), (4, 4, 3, 1, 1), (4, 8, 3, 2, 1), (8, 8, 3, 1, 1), (8, 8, 3, 2, 1),
           (8, 8, 3, 1, 1), (8, 16, (8, 9), 1, 0)]
DECODER = [(16, 16, 5, True), (16, 16, 3, False), (16, 8, 4, True), (8, 8, 3, False), (8, 4, 4, True), (4, 4, 3, False),
           (4, 2, 4, True), (2, 2, 3, False), (2, 1, 4, True), (1, 1, 3, False)]


def block(convolution, channels, activation):
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), activation)


class InversionNet(nn.Module):
    def __init__(self, width=32, sources=5):
        super().__init__()
        layers = [block(nn.Conv2d(i * width or sources, o * width, k, s, p), o * width, nn.LeakyReLU(0.2))
                  for i, o, k, s, p in ENCODER]
        for i, o, k, up in DECODER:
            convolution = nn.ConvTranspose2d(i * width, o * width, k, 2, 0 if k == 5 else 1) if up else \
                nn.Conv2d(i * width, o * width, k, 1, 1)
            layers.append(block(convolution, o * width, nn.LeakyReLU(0.2)))
        self.chain = nn.Sequential(*layers)
        self.last = block(nn.Conv2d(width, 1, 3, 1, 1), 1, nn.Tanh())

    def forward(self, shots):
        return self.last(self.chain(shots)[:, :, 5:75, 5:75])

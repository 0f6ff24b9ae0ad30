"""Windows in counts through geod's engine, as the daemon opens it, against plain PyTorch."""

import torch

import peer_tools
from seismollm_reference import DITING, SeisMoLLM, geod_tensors, randomise

SMALL = DITING | {
    "window_samples": 1021,
    "sampling_rate": [100, 1],
    "embed_channels": [4, 6, 10, 8],
    "blocks": 2,
    "heads": 4,
    "positions": 32,
    "lora_rank": 4,
    "lora_alpha": 6.0,
    "head_channels": [12, 10, 8],
}
OFFSET_COUNTS = 20_000.0  # of a digitiser, against which the signal is small


def normalised(windows, missing):
    """Mean off, divided by the population deviation, over what is there; zeros elsewhere."""
    result = torch.zeros_like(windows)
    for n in range(windows.shape[0]):
        for c in range(windows.shape[1]):
            begin, end = missing[n, c].int().tolist()
            there = torch.ones(windows.shape[2], dtype=torch.bool)
            there[begin:end] = False
            samples = windows[n, c, there].double()
            if samples.numel() > 0:
                deviation = samples.var(correction=0).sqrt()
                scale = deviation if deviation > 0 else 1.0
                result[n, c, there] = ((samples - samples.mean()) / scale).float()
    return result


def spread_logits(network, inputs):
    """Scale the last layer: no draw of weights leaves the scores constant or enlarges rounding."""
    logits = network.logits(inputs)
    mean, gain = logits.mean((0, 2)), 0.2 / logits.std((0, 2))
    last = network.out_head.out_conv
    last.bias.copy_((last.bias - mean) * gain)
    last.weight.mul_(gain[:, None, None])


class EnginePeer(peer_tools.PeerTest):
    def compare(self, geometry, windows, missing):
        network = randomise(SeisMoLLM(geometry, "dpk"))
        inputs = normalised(windows, missing)
        spread_logits(network, inputs)
        folder = self.write_model(geod_tensors(network), geometry)
        actual = self.forward(folder, windows=windows, missing=missing)
        expected = network(inputs)[:, 1:]  # P and S
        self.assert_close("scores", actual["scores"], expected)
        self.assert_close("scores_alone", actual["scores_alone"], expected)
        self.assert_close("batches", actual["scores"], actual["scores_alone"], 1e-6)
        self.assertGreater(expected.std().item(), 0.01, "scores say nothing")

    def windows(self, geometry, count):
        """Noise of any strength with a burst, in counts about an offset."""
        samples = geometry["window_samples"]
        noise = torch.randn(count, 3, samples) * 10 ** (3 * torch.rand(count, 3, 1))
        onset = self.integer(samples // 8, samples // 2)
        after = torch.arange(samples) - onset
        envelope = torch.where(after < 0, 1.0, 1.0 + 20.0 * torch.exp(-after / 150.0))
        return noise * envelope + OFFSET_COUNTS * torch.randn(count, 3, 1)

    def test_small_geometry_with_gaps(self):
        windows = self.windows(SMALL, 7)
        missing = torch.zeros(7, 3, 2)
        for n in (1, 2):
            begin = self.integer(0, 900)
            missing[n, self.integer(0, 2)] = torch.tensor([begin, self.integer(begin, 1021)])
        missing[3, 1:] = torch.tensor([0, 1021])  # a vertical alone
        windows[4, 2] = 17.0  # a dead component
        missing[5, 0] = torch.tensor([0, 1])
        missing[6, 1] = torch.tensor([1020, 1021])
        for n, c in ((n, c) for n in range(7) for c in range(3)):
            begin, end = missing[n, c].int().tolist()
            windows[n, c, begin:end] = 0.0
        self.compare(SMALL, windows, missing)

    def test_published_geometry(self):
        self.compare(DITING, self.windows(DITING, 2), torch.zeros(2, 3, 2))


if __name__ == "__main__":
    peer_tools.main()

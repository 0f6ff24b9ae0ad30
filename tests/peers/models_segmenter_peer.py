"""geod's DINOv2 with its decoders and the U-Net against plain PyTorch ones, trained and not."""

import copy
from unittest import mock

import numpy
import torch
from PIL import Image

import peer_tools
import segmenter_reference as reference
from segmenter_reference import Segmenter, randomise

DECODERS = ("linear", "pup", "mla", "dpt", "unet")


def small_geometry(test, decoder):
    """Every dimension drawn; images that no patch divides, and that are wider or higher."""
    heads = test.choice([1, 2, 3])
    patch = test.choice([7, 14])
    rows, columns = test.integer(33, 90), test.integer(33, 90)
    taps = sorted(test.integer(1, 4) for _ in range(4))
    more = test.choice([0, 0, 2])  # the image seen larger than it is
    return {
        "width": 8 * heads,
        "blocks": test.integer(taps[3], 5),
        "heads": heads,
        "registers": test.choice([0, 0, 4]),
        "patch": patch,
        "mlp_ratio": test.choice([2, 4]),
        "position_grid": test.integer(3, 8),
        "position_rule": test.choice(["offset", "size", "antialias"]),
        "taps": taps,
        "lora_rank": 0 if decoder == "unet" else test.choice([0, 3]),
        "lora_alpha": test.choice([1.0, 4.5]),
        "decoder": decoder,
        "decoder_width": 2 * test.integer(3, 8),
        "classes": test.integer(2, 6),
        "rows": rows,
        "columns": columns,
        "patch_rows": more and -(-rows // patch) + more,
        "patch_columns": more and -(-columns // patch) + 1,
    }


def random_network(geometry, x):
    """A network whose DPT leaves logits above zero, where its ReLU cuts them, and cuts others."""
    network = randomise(Segmenter(geometry))
    if geometry["decoder"] == "dpt":
        bias = network.decoder.scratch.output_conv[2].bias
        bias.fill_(100.0)
        levels = []
        for training in (False, True):
            uncut = copy.deepcopy(network).train(training)(x) - 100.0
            levels.append(0.7 * uncut.amin((0, 2, 3)) + 0.3 * uncut.amax((0, 2, 3)))
        bias.copy_(0.1 - torch.minimum(*levels))
    return network


class SegmenterPeer(peer_tools.ImagePeerTest):
    def tiles(self, geometry, count):
        return torch.rand(count, geometry["rows"], geometry["columns"]) * 255.99

    def compare(self, geometry, count, name):
        x = self.tiles(geometry, count)
        network = random_network(geometry, x)
        folder = self.write_segmenter(network.state_dict(), geometry)
        actual = self.forward(folder, x=x)
        prepared = network.prepare(x)
        self.assertTrue(torch.equal(actual["prepared"], prepared), f"{name}: prepared")
        logits = network(x)
        self.assert_close(f"{name} logits", actual["logits"], logits)
        self.assert_close(f"{name} merged", actual["merged"], logits)
        network.train()
        # Batch statistics divide by deviations that may be small: what is compared with a bound
        # that tight is the network in service; here an error of method would be far larger.
        self.assert_close(f"{name} training", actual["training"], network(x), tolerance=1e-4)
        for buffer, values in network.named_buffers():
            after = actual[f"after.{buffer}"]
            self.assertLess(peer_tools.error_of(after, values, 0.1), 1e-4, buffer)

    def test_every_decoder(self):
        for decoder in DECODERS:
            for _ in range(2):
                geometry = small_geometry(self, decoder)
                with self.subTest(geometry=geometry):
                    self.compare(geometry, self.integer(1, 3), decoder)

    def test_published_widths_of_the_decoders(self):
        """One block of ViT-S, the decoders as published, on an image of 50 x 70."""
        for decoder in DECODERS:
            geometry = {
                "blocks": 1,
                "taps": [1, 1, 1, 1],
                "decoder": decoder,
                "decoder_width": 32 if decoder == "unet" else 256,
                "classes": 6,
                "rows": 50,
                "columns": 70,
            }
            with self.subTest(decoder=decoder):
                self.compare(geometry, 1, f"published {decoder}")

    def test_resizes_as_the_published_code_does(self):
        """PIL's bilinear resampling of 8-bit images, but where sums are at a half."""
        geometry = small_geometry(self, "linear")
        x = self.tiles(geometry, 1)
        network = randomise(Segmenter(geometry))
        prepared = self.forward(self.write_segmenter(network.state_dict(), geometry), x=x)
        prepared = prepared["prepared"][0, 0] * 255
        image = Image.fromarray(x[0].to(torch.uint8).numpy())
        image = image.resize(tuple(reversed(prepared.shape)), Image.Resampling.BILINEAR)
        resized = torch.from_numpy(numpy.array(image)).float()
        self.assertLessEqual((prepared - resized).abs().max().item(), 1.0 + 1e-4)
        self.assertGreater((prepared.round() == resized).float().mean().item(), 0.95)

    def test_small_mistakes_would_be_seen(self):
        """Each of these readings of the papers is wrong and must fail the comparison by far."""

        def nearest_exact(x, *, size=None, mode, **how):
            mode = "nearest-exact" if mode == "nearest" else mode
            return torch.nn.functional.interpolate(x, size=size, mode=mode, **how)

        def other_corners(x, size, corners=False):
            return torch.nn.functional.interpolate(
                x, size=size, mode="bilinear", align_corners=not corners
            )

        def by_size(table, rule, rows, columns, positions=reference.positions):
            return positions(table, "size", rows, columns)

        functional = mock.Mock(wraps=torch.nn.functional)
        functional.interpolate = nearest_exact
        mistakes = {
            "linear": {"positions": by_size, "F": functional},
            "pup": {"bilinear": other_corners},
            "mla": {"bilinear": other_corners},
            "dpt": {"bilinear": other_corners},
        }
        for decoder, wrong in mistakes.items():
            geometry = small_geometry(self, decoder) | {
                "patch": 7,
                "position_grid": 4,
                "position_rule": "offset",
                "rows": 50,
                "columns": 61,
                "patch_rows": 0,
                "patch_columns": 0,
            }
            x = self.tiles(geometry, 1)
            network = next(
                drawn
                for drawn in (random_network(geometry, x) for _ in range(50))
                if drawn(x).detach().std(dim=(-2, -1)).min() > 0.01  # not all of its units are dead
            )
            folder = self.write_segmenter(network.state_dict(), geometry)
            logits = self.forward(folder, x=x)["logits"]
            for name, mistake in wrong.items():
                with self.subTest(decoder=decoder, mistake=name):
                    with mock.patch.object(reference, name, mistake):
                        error = peer_tools.error_of(logits, network(x))
                    self.assertGreater(error, 5 * peer_tools.TOLERANCE)


if __name__ == "__main__":
    peer_tools.main()

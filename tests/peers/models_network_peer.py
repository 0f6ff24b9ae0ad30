"""geod's SeisMoLLM against a plain PyTorch one: parts, heads, folded form, parameter counts."""

import json
from unittest import mock

import torch

import peer_tools
import seismollm_reference as reference
from seismollm_reference import DITING, PUBLISHED, STEAD, TASKS, SeisMoLLM, geod_tensors, randomise

# Parameters, all and trained, as published; embedder and trunk are those of every task.
PARAMETERS = {
    "dpk": (23_743_863, 2_489_463),
    "pmp": (23_496_614, 2_242_214),
    "baz": (23_496_614, 2_242_214),
    "emg": (23_496_517, 2_242_117),
    "dis": (23_496_517, 2_242_117),
}
EMBEDDER_PARAMETERS, TRUNK_PARAMETERS, LORA_PARAMETERS = 559_908, 22_641_408, 589_824
HEAD_PARAMETERS = {"dpk": 542_547, "pmp": 295_298, "baz": 295_298, "emg": 295_201, "dis": 295_201}


def small_geometry(test):
    """Every dimension drawn; windows that neither strides nor patches divide are likely."""
    patch = test.choice([4, 8])
    heads = test.choice([2, 4])
    strides = test.choice([[2, 2, 2, 1], [2, 2, 1, 2], [3, 2, 1, 1]])
    tokens = test.integer(80 // patch, 130 // patch)
    window = tokens * patch * strides[0] * strides[1] * strides[2] * strides[3]
    return {
        "window_samples": window + test.integer(0, 63),
        "sampling_rate": [100, 1],
        "in_channels": 3,
        "embed_channels": [test.integer(3, 9) for _ in range(3)] + [2 * heads],
        "embed_strides": strides,
        "kernel_base": [test.integer(3, 12) for _ in range(4)],
        "kernel_step": [test.integer(1, 5) for _ in range(4)],
        "patch": patch,
        "blocks": test.integer(1, 3),
        "heads": heads,
        "positions": tokens + test.integer(20, 40),
        "dropout": 0.1,
        "lora_rank": test.choice([0, 2, 5]),
        "lora_alpha": test.choice([1.0, 6.0]),
        "lora_dropout": 0.1,
        "head_channels": [test.integer(5, 20) for _ in range(3)],
    }


def counted(modules):
    return sum(p.numel() for module in modules for p in module.parameters())


class NetworkPeer(peer_tools.PeerTest):
    def compare(self, geometry, task, batch, name):
        network = randomise(SeisMoLLM(geometry, task))
        x = torch.randn(batch, 3, geometry["window_samples"])
        x = (x - x.mean(2, keepdim=True)) / x.std(2, correction=0, keepdim=True)
        embedded = network.convs(x)
        tokens = torch.randn_like(reference.to_tokens(embedded, geometry["patch"]))
        features = torch.randn_like(network.features(x))
        folder = self.write_model(geod_tensors(network), geometry, task)
        actual = self.forward(folder, x=x, tokens=tokens, features=features)
        logits = network.logits(x)
        expected = {
            "embedder": embedded,
            "trunk": network.trunk(tokens),
            "head": network.out_head(features),
            "logits": logits,
            "output": network(x),
            "folded": logits[:, 1:] if task == "dpk" else logits,
        }
        for part, values in expected.items():
            few_logits = task != "dpk" and part in ("head", "logits", "folded")
            least_scale = 1.0 if few_logits else 0.0
            self.assert_close(
                f"{name} {task} {part}", actual[part], values, least_scale=least_scale
            )

    def test_small_geometries(self):
        for task in TASKS:
            geometry = small_geometry(self)
            with self.subTest(task=task, geometry=geometry):
                self.compare(geometry, task, batch=self.integer(1, 3), name="small")

    def test_published_geometry_of_8192_samples(self):
        for task in TASKS:
            with self.subTest(task=task):
                self.compare(DITING, task, batch=1, name="8192")

    def test_published_geometry_of_6000_samples_with_its_warp(self):
        for task in TASKS:
            with self.subTest(task=task):
                self.compare(STEAD, task, batch=1, name="6000")

    def test_merging_lora_changes_nothing(self):
        geometry = small_geometry(self) | {"lora_rank": 3, "lora_alpha": 4.5}
        network = randomise(SeisMoLLM(geometry, "dpk"))
        plain = reference.merged(network)
        x = torch.randn(2, 3, geometry["window_samples"])
        folder = self.write_model(geod_tensors(plain), plain.geometry)
        self.assert_close("merged", self.forward(folder, x=x)["logits"], network.logits(x))

    def test_small_mistakes_would_be_seen(self):
        """Each of these readings of the paper is wrong and must fail the comparison by far."""
        geometry = small_geometry(self) | {"lora_rank": 3}
        network = randomise(SeisMoLLM(geometry, "dpk"))
        x = torch.randn(2, 3, geometry["window_samples"])
        tokens = torch.randn_like(reference.to_tokens(network.convs(x), geometry["patch"]))
        folder = self.write_model(geod_tensors(network), geometry)
        actual = self.forward(folder, x=x, tokens=tokens)

        def pad_first(x, kernel, stride):
            total = (stride - x.shape[-1] % stride) % stride + kernel - stride
            return torch.nn.functional.pad(x, (total - total // 2, total // 2))

        def position_major(features, patch):
            parts = features.unfold(2, patch, patch).permute(0, 2, 3, 1)
            return parts.reshape(parts.shape[0], parts.shape[1], -1)

        mistakes = {
            "gelu_new": reference.gelu_exact,
            "gelu_exact": reference.gelu_new,
            "auto_pad": pad_first,
            "to_tokens": position_major,
            "may_attend": lambda n: torch.ones(n, n).bool(),
            "pick_sizes": lambda window, columns: [columns, columns, columns, window],
        }
        for name, mistake in mistakes.items():
            if name == "auto_pad" and all(
                base % 2 == 1 and step % 2 == 0
                for base, step in zip(geometry["kernel_base"], geometry["kernel_step"])
            ):
                continue
            with self.subTest(mistake=name), mock.patch.object(reference, name, mistake):
                wrong = {
                    "embedder": network.convs(x),
                    "trunk": network.trunk(tokens),
                    "logits": network.logits(x),
                }
                error = max(peer_tools.error_of(actual[part], wrong[part]) for part in wrong)
                self.assertGreater(error, 5 * peer_tools.TOLERANCE)


class PublishedNumbers(peer_tools.PeerTest):
    """The reference, and geod, against numbers stated for the published network."""

    def test_parameter_counts(self):
        for task, (total, trained) in PARAMETERS.items():
            network = SeisMoLLM(DITING, task)
            trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
            self.assertEqual((counted([network]), trainable), (total, trained), task)
            self.assertEqual(counted([network.convs]), EMBEDDER_PARAMETERS)
            self.assertEqual(counted([network.trunk]), TRUNK_PARAMETERS)
            self.assertEqual(counted([network.out_head]), HEAD_PARAMETERS[task])
            for name in PUBLISHED:
                shown = self.geod("model", "show", "--geometry", name, "--task", task, "--json")
                parameters = json.loads(shown)["parameters"]
                self.assertEqual(parameters["total"], total)
                self.assertEqual(parameters["trainable"], trained)
                self.assertEqual(parameters["embedder"]["total"], EMBEDDER_PARAMETERS)
                self.assertEqual(parameters["lora"]["total"], LORA_PARAMETERS)
                trunk = parameters["trunk"]["total"] + parameters["lora"]["total"]
                self.assertEqual(trunk, TRUNK_PARAMETERS)
                self.assertEqual(parameters["head"]["total"], HEAD_PARAMETERS[task])

    def test_model_show_counts_a_folder(self):
        geometry = small_geometry(self)
        network = SeisMoLLM(geometry, "baz")
        folder = self.write_model(geod_tensors(network), geometry, "baz")
        parameters = json.loads(self.geod("model", "show", folder, "--json"))["parameters"]
        trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
        self.assertEqual(parameters["total"], counted([network]))
        self.assertEqual(parameters["trainable"], trained)

    def test_sizes(self):
        self.assertEqual(reference.pick_sizes(8192, 1024), [1721, 2895, 4870, 8192])
        self.assertEqual(reference.pick_sizes(6000, 744), [1253, 2112, 3560, 6000])
        self.assertEqual(reference.pick_sizes(6016, 752), [1264, 2126, 3577, 6016])
        self.assertEqual(reference.pick_sizes(4096, 512), [860, 1447, 2435, 4096])
        for geometry, columns, tokens in ((DITING, 1024, 128), (STEAD, 750, 93)):
            network = SeisMoLLM(geometry, "emg")
            embedded = network.convs(torch.zeros(1, 3, geometry["window_samples"]))
            self.assertEqual(embedded.shape, (1, 96, columns))
            self.assertEqual(reference.to_tokens(embedded, 8).shape, (1, tokens, 768))
        for task, count in (("dpk", 230), ("emg", 206)):
            self.assertEqual(len(SeisMoLLM(DITING, task).state_dict()), count)


if __name__ == "__main__":
    peer_tools.main()

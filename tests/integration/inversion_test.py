"""Full-waveform inversion on request: a tiny InversionNet, alone and by the daemon, behind live data; adapters that
come, go and come back while it runs."""
import hashlib
import json
import unittest

import numpy as np
from safetensors.numpy import save_file

from harness import RECORDING, Daemon, geod

SOURCES, TIMES, RECEIVERS, DEPTHS, OFFSETS, WIDTH = 2, 60, 12, 20, 30, 2
ALONG_TIME, HALF_TIME = ((3, 1), (1, 1), (1, 0)), ((3, 1), (2, 1), (1, 0))
SQUARE, HALF = ((3, 3), (1, 1), (1, 1)), ((3, 3), (2, 2), (1, 1))
ENCODER = [("1", 1, (7, 1), (2, 1), (3, 0)), ("2_1", 2, *HALF_TIME), ("2_2", 2, *ALONG_TIME), ("3_1", 2, *HALF_TIME),
           ("3_2", 2, *ALONG_TIME), ("4_1", 4, *HALF_TIME), ("4_2", 4, *ALONG_TIME), ("5_1", 4, *HALF),
           ("5_2", 4, *SQUARE), ("6_1", 8, *HALF), ("6_2", 8, *SQUARE), ("7_1", 8, *HALF), ("7_2", 8, *SQUARE)]
DECODER = [(1, 16, 5), (2, 8, 4), (3, 4, 4), (4, 2, 4), (5, 1, 4)]
TRANSPOSED = [f"deconv{number}_1" for number, *_ in DECODER]
ADAPTED = "deconv5_2"  # the layer that the adapter of this test changes


def shapes():
    """Kernels of the 25 blocks by name, and the channels that leave each."""
    size, channels, kernels = (TIMES, RECEIVERS), SOURCES, {}
    for name, wide, kernel, stride, padding in ENCODER:
        kernels[f"convblock{name}"] = (wide * WIDTH, channels, *kernel), wide * WIDTH
        size = tuple((n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, kernel, stride, padding))
        channels = wide * WIDTH
    kernels["convblock8"] = (16 * WIDTH, channels, *size), 16 * WIDTH
    channels = 16 * WIDTH
    for number, wide, side in DECODER:
        out = wide * WIDTH
        kernels[f"deconv{number}_1"] = (channels, out, side, side), out
        kernels[f"deconv{number}_2"] = (out, out, 3, 3), out
        channels = out
    kernels["deconv6"] = (1, channels, 3, 3), 1
    return kernels


def write_inverter(folder):
    """A model folder for fwi with random weights."""
    random = np.random.default_rng(1)
    tensors = {}
    for name, (kernel, out) in shapes().items():
        # Signals stay alive through all blocks; of a transposed one each value sums over an eighth of these.
        fan_in = np.prod(kernel[1:]) / (8 if name in TRANSPOSED else 1)
        tensors[f"{name}.layers.0.weight"] = random.normal(0.0, (2.0 / fan_in) ** 0.5, kernel)
        for part, value in (("0.bias", 0.0), ("1.weight", 1.0), ("1.bias", 0.0), ("1.running_mean", 0.0),
                            ("1.running_var", 1.0)):
            tensors[f"{name}.layers.{part}"] = np.full(out, value)
    folder.mkdir(parents=True)
    save_file({name: value.astype(np.float32) for name, value in tensors.items()}, folder / "model.safetensors")
    manifest = {
        "name": "tiny", "version": "1", "family": "inversionnet", "task": "fwi",
        "geometry": {"sources": SOURCES, "times": TIMES, "receivers": RECEIVERS, "depths": DEPTHS, "offsets": OFFSETS,
                     "width": WIDTH},
        "weights_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(), "provenance": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def write_peft(folder, rank=2):
    """A LoRA adapter of one convolution as Python's peft saves it."""
    random = np.random.default_rng(2)
    kernel, out = shapes()[ADAPTED]
    module = f"{ADAPTED}.layers.0"
    folder.mkdir()
    save_file({f"base_model.model.{module}.lora_A.weight": random.normal(0, 1, (rank, *kernel[1:])).astype(np.float32),
               f"base_model.model.{module}.lora_B.weight": random.normal(0, 1, (out, rank, 1, 1)).astype(np.float32)},
              folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "target_modules": [module]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


class InversionTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon("", exit_when_sources_end=False)
        self.addCleanup(self.daemon.__exit__)
        self.folder = self.daemon.folder
        self.model = write_inverter(self.folder / "tiny")
        text = self.daemon.config.read_text().replace("precision: float32",
                                                      f"precision: float32, inverter: {self.model}")
        self.daemon.config.write_text(text)
        self.shots = self.folder / "shots.npy"
        np.save(self.shots, np.random.default_rng(3).normal(0, 5, (3, SOURCES, TIMES, RECEIVERS)).astype(np.float32))

    def invert(self, name, *options):
        """Answer and maps."""
        out = self.folder / f"{name}.npy"
        told = json.loads(geod("invert", self.shots, "--config", self.daemon.config, "--json", "--out", out,
                               *options).stdout)
        maps = np.load(out)
        self.assertEqual(maps.shape, (3, 1, DEPTHS, OFFSETS))
        self.assertAlmostEqual(told["least_m_s"], float(maps.min()), delta=0.1)
        return told, maps

    def pack(self):
        peft = write_peft(self.folder / "peft")
        printed = geod("adapters", "pack", peft, "--base", self.model, "--task", "fwi", "--name", "geology", "--version",
                       "1", "--out", self.folder / "packed").stdout.strip()
        return self.folder / "packed" / "geology-1" if "geology-1" in printed else None

    def test_alone_with_a_model_an_adapter_and_a_picture(self):
        picture = self.folder / "maps.png"
        told, plain = self.invert("plain", "--model", self.model, "--picture", picture)
        self.assertEqual(told["model"], "tiny-1")
        self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
        self.assertTrue((plain > 1500).all() and (plain < 4500).all())
        self.assertGreater(plain.std(), 1.0)
        told, adapted = self.invert("adapted", "--model", self.model, "--adapter", self.pack())
        self.assertEqual(told["adapter"], "geology-1")
        self.assertGreater(np.abs(adapted - plain).max(), 10.0)

    def test_wrong_shots_are_refused_with_what_is_wanted(self):
        np.save(self.shots, np.zeros((SOURCES, TIMES + 1, RECEIVERS), np.float32))
        refused = geod("invert", self.shots, "--model", self.model, "--config", self.daemon.config, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{SOURCES} x {TIMES} x {RECEIVERS}", refused.stderr)
        np.save(self.shots, np.zeros((TIMES, RECEIVERS), np.float32))
        refused = geod("invert", self.shots, "--model", self.model, "--config", self.daemon.config, check=False)
        self.assertIn("[sources, times, receivers]", refused.stderr)

    def test_the_daemon_answers_beside_live_data_and_takes_adapters_up_and_back(self):
        _, alone = self.invert("alone", "--alone")
        bundle = self.pack()
        _, adapted = self.invert("adapted", "--alone", "--model", self.model, "--adapter", bundle)
        self.daemon.start()
        self.daemon.replay(sorted(RECORDING.glob("*CLC*")))
        told, served = self.invert("served")
        self.assertEqual((told["model"], told["adapter_hash"]), ("tiny-1", ""))
        np.testing.assert_allclose(served, alone, atol=0.01)
        status = self.daemon.status()
        self.assertEqual(status["maps_inverted"], 3)

        geod("adapters", "install", bundle, "--config", self.daemon.config)
        geod("adapters", "activate", "geology-1", "--config", self.daemon.config)
        told, served = self.invert("new")
        self.assertEqual(told["adapter"], "geology-1")
        np.testing.assert_allclose(served, adapted, atol=0.01)
        geod("adapters", "rollback", "--task", "fwi", "--config", self.daemon.config)
        told, served = self.invert("back")
        self.assertEqual(told["model"], "tiny-1")
        np.testing.assert_allclose(served, alone, atol=0.01)
        self.daemon.wait_for(lambda status: status["windows_scored"] > 0)
        self.assertEqual(self.daemon.terminate(), 0)


if __name__ == "__main__":
    unittest.main()

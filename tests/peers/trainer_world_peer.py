"""Two processes of `geod train` against one: same weights, and a stop that reaches both."""

import json
import re
import signal
import socket
import subprocess

from safetensors.torch import load_file

import peer_tools

# Small enough that a step takes milliseconds; without dropouts, which cannot be the same.
GEOMETRY = {
    "window_samples": 1024,
    "sampling_rate": [100, 1],
    "embed_channels": [4, 8, 8, 8],
    "blocks": 1,
    "heads": 2,
    "positions": 16,
    "dropout": 0.0,
    "lora_rank": 0,
    "lora_dropout": 0.0,
    "head_channels": [12, 8, 8],
}
# Adam turns the rounding of small gradients into steps of its rate: with a small one the weights of
# two runs whose sums are added up in another order stay as close as their gradients.
RATE = "1e-4"
TOLERANCE = 1e-6
# A bias before a BatchNorm is taken out again by its mean: its gradient is rounding alone, Adam makes
# steps of it, and nothing but the running mean of that norm sees them.
WITHOUT_EFFECT = re.compile(r"out_head\.up_layers\.\d\.(conv\.bias|norm\.running_mean)")


class WorldPeer(peer_tools.PeerTest):
    def setUp(self):
        super().setUp()
        (self.folder / "geometry.json").write_text(json.dumps(GEOMETRY))
        self.geod("synth", "seismic", "--out", "data", "--count", "6", "--stations", "3")

    def command(self, out, *options):
        command = [peer_tools.EXECUTABLES[1], "train", "--data", "data", "--geometry"]
        command += ["geometry.json", "--batch", "4", "--lr", RATE, "--warmup", "1", "--out", out]
        return [*command, *options]

    def start_world(self, out, store, *options):
        return [
            subprocess.Popen(
                self.command(out, *options, "--world", "2", "--rank", str(r), "--store", store),
                stderr=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=self.folder,
            )
            for r in range(2)
        ]

    def finish(self, world):
        outputs = [process.communicate(timeout=120) for process in world]
        for process, (_, err) in zip(world, outputs):
            self.assertEqual(process.returncode, 0, err)
        return outputs

    def losses(self, run):
        lines = (self.folder / f"{run}.run" / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line)["loss"] for line in lines if "loss" in line]

    def assert_same_weights(self, one, other):
        first, second = (load_file(self.folder / x / "model.safetensors") for x in (one, other))
        self.assertEqual(first.keys(), second.keys())
        worst = max(
            (first[name] - second[name]).abs().max().item()
            for name in first
            if not WITHOUT_EFFECT.fullmatch(name)
        )
        print(f"  {one} against {other}: {worst:.1e}", flush=True)
        self.assertLess(worst, TOLERANCE)

    def test_two_processes_give_the_weights_of_one(self):
        """Norms are in training: their statistics are those of the whole batch."""
        for task in ("dpk", "emg"):
            options = ("--task", task, "--steps", "5", "--hold-out-fold", "0")
            alone = subprocess.run(
                self.command(f"{task}-1", *options), capture_output=True, text=True, cwd=self.folder
            )
            self.assertEqual(alone.returncode, 0, alone.stderr)
            self.finish(self.start_world(f"{task}-2", f"file:{self.folder}/{task}", *options))
            self.assert_same_weights(f"{task}-1", f"{task}-2")

    def test_two_processes_invert_as_one(self):
        self.geod("synth", "fwi", "--out", "shots", "--dataset", "FVA", "--count", "8")
        options = ["train", "--task", "fwi", "--method", "scratch", "--data", "shots", "--width", "4", "--batch", "4"]
        options += ["--steps", "4", "--warmup", "1", "--lr", RATE, "--threads", "1", "--report", "1"]
        self.geod(*options, "--out", "fwi-1")
        world = [
            subprocess.Popen(
                [peer_tools.EXECUTABLES[1], *options, "--out", "fwi-2", "--world", "2", "--rank", str(rank)]
                + ["--store", f"file:{self.folder}/fwi"],
                stderr=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=self.folder,
            )
            for rank in range(2)
        ]
        self.finish(world)
        # Its narrowest block normalises over the batch alone, which makes steps of rounding: losses.
        alone, together = (self.losses(name) for name in ("fwi-1", "fwi-2"))
        self.assertEqual(len(alone), 4)
        self.assertAlmostEqual(alone[0], together[0], delta=1e-6)
        for one, other in zip(alone, together):
            self.assertAlmostEqual(one, other, delta=1e-3)

    def test_a_stop_of_one_process_saves_and_ends_both_and_they_go_on(self):
        options = ("--steps", "40", "--report", "1")
        world = self.start_world("parts", f"file:{self.folder}/a", *options)
        for line in world[0].stderr:
            if line.startswith("step 3/"):
                world[1].send_signal(signal.SIGINT)
                break
        outputs = self.finish(world)
        self.assertIn("stopped at step", outputs[0][1])
        self.assertTrue((self.folder / "parts.run" / "checkpoint.safetensors").exists())
        self.assertFalse((self.folder / "parts").exists())
        outputs = self.finish(self.start_world("parts", f"file:{self.folder}/b", *options))
        self.assertIn("resumed at step", outputs[0][1])
        self.assertTrue((self.folder / "parts").exists())

    def test_over_tcp_and_refused_when_options_differ(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        world = self.start_world("tcp", f"tcp://127.0.0.1:{port}", "--steps", "2")
        self.finish(world)
        different = [
            subprocess.Popen(
                self.command("other", "--steps", "2", "--seed", str(rank), "--world", "2")
                + ["--rank", str(rank), "--store", f"file:{self.folder}/c"],
                stderr=subprocess.PIPE,
                text=True,
                cwd=self.folder,
            )
            for rank in range(2)
        ]
        for process in different:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 1)
            self.assertIn("different options or data", err)


if __name__ == "__main__":
    peer_tools.main()

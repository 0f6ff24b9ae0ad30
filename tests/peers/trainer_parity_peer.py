"""geod's training against a plain PyTorch loop: same weights, same batches, losses and gradients.

The loop is written from a description of the published one: Adam, CyclicLR, the losses; dropouts
are off on both sides, as they could not be the same.
"""

import os
import subprocess
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import peer_tools
from seismollm_reference import SeisMoLLM, geod_tensors, randomise

STEPS = 50
BATCH = 4
BASE_RATE, MAX_RATE, UP, DOWN = 2e-4, 5e-4, 20, 15
TOLERANCE = 1e-4  # relative, of every loss

GEOMETRY = {
    "window_samples": 1280,
    "sampling_rate": [50, 1],
    "in_channels": 3,
    "embed_channels": [4, 6, 8, 8],
    "embed_strides": [2, 2, 2, 1],
    "kernel_base": [16, 8, 6, 1],
    "kernel_step": [8, 6, 4, 2],
    "patch": 8,
    "blocks": 2,
    "heads": 4,
    "positions": 32,
    "dropout": 0.0,
    "lora_rank": 4,
    "lora_alpha": 8.0,
    "lora_dropout": 0.0,
    "head_channels": [12, 10, 8],
}


def published_loss(task, logits, target):
    """Losses of the published code on the network's outputs."""
    if task == "dpk":
        p = torch.sigmoid(logits)
        channels = torch.cat([torch.zeros_like(target[:, :1]), target], 1)
        bce = -(channels * (p + 1e-6).log() + (1 - channels) * (1 - p + 1e-6).log())
        return (bce * torch.tensor([0.0, 1.0, 1.0]).view(1, 3, 1)).mean()
    if task == "pmp":
        return -(target * (logits.softmax(1) + 1e-6).log()).sum(1).mean()
    if task == "baz":
        output = torch.tanh(logits)
        return F.huber_loss(output[:, 0], target[:, 0]) + F.huber_loss(output[:, 1], target[:, 1])
    scale = {"emg": 8.0, "dis": 500.0}[task]
    return F.huber_loss(scale * torch.sigmoid(logits[:, 0]), target[:, 0])


def targets(task, shape):
    """Random targets of [STEPS, BATCH] windows."""
    if task == "dpk":
        time = torch.arange(shape[-1])
        at = torch.randint(50, shape[-1] - 50, (STEPS, BATCH, 2, 1))
        return torch.exp(-((time - at) ** 2) / 200.0)
    if task == "pmp":
        up = torch.randint(0, 2, (STEPS, BATCH)).float()
        return torch.stack([up, 1 - up], -1)
    if task == "baz":
        angle = 6.2831853 * torch.rand(STEPS, BATCH)
        return torch.stack([angle.cos(), angle.sin()], -1)
    value = torch.rand(STEPS, BATCH) * {"emg": 6.0, "dis": 200.0}[task]
    return torch.stack([value, torch.zeros_like(value)], -1)


class ParityPeer(peer_tools.PeerTest):
    def setUp(self):
        super().setUp()
        torch.set_grad_enabled(True)
        torch.set_num_threads(1)  # tensors this small are slower on two

    def python_run(self, task, network, inputs, wanted):
        """Losses of the loop, the learning rates it used, the gradients of its first step."""
        network.train()
        parameters = [p for p in network.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(parameters, lr=BASE_RATE)
        schedule = torch.optim.lr_scheduler.CyclicLR(
            optimiser, BASE_RATE, MAX_RATE, UP, DOWN, mode="triangular", cycle_momentum=False
        )
        losses, rates, gradients = [], [], {}
        for x, target in zip(inputs, wanted):
            optimiser.zero_grad()
            loss = published_loss(task, network.logits(x), target)
            loss.backward()
            if not gradients:
                gradients = {
                    name: p.grad.clone()
                    for name, p in network.named_parameters()
                    if p.requires_grad and p.grad is not None
                }
            losses.append(loss.item())
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        return losses, rates, gradients

    def geod_run(self, task, folder, inputs, wanted, rates):
        weights = torch.ones_like(wanted) if task == "dpk" else torch.ones(STEPS, BATCH, 1)
        given, out = self.folder / "batches.safetensors", self.folder / "trained.safetensors"
        save_file(
            {
                "input": inputs.contiguous(),
                "target": wanted.contiguous(),
                "weight": weights,
                "rate": torch.tensor(rates),
            },
            given,
        )
        program = Path(peer_tools.EXECUTABLES[0]).with_name("geod_peer_training")
        done = subprocess.run(
            [program, folder, given, out, task, "seismollm"],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return load_file(out)

    def compare(self, task):
        network = randomise(SeisMoLLM(GEOMETRY, task))
        folder = self.write_model(geod_tensors(network), GEOMETRY, task)
        inputs = torch.randn(STEPS, BATCH, 3, GEOMETRY["window_samples"])
        wanted = targets(task, inputs.shape)
        losses, rates, gradients = self.python_run(task, network, inputs, wanted)
        actual = self.geod_run(task, folder, inputs, wanted, rates)
        worst = max(abs(a - e) / e for a, e in zip(actual["losses"].tolist(), losses))
        print(f"  {task}: loss {losses[0]:.5f} -> {losses[-1]:.5f}, worst {worst:.1e}", flush=True)
        self.assertLess(worst, TOLERANCE, f"GEOD_PEER_SEED={peer_tools.SEED}")
        self.assertGreater(abs(losses[0] - losses[-1]), 10 * TOLERANCE * losses[0])
        self.compare_gradients(task, actual, gradients)

    def compare_gradients(self, task, actual, gradients):
        """Of one batch: LoRA A and B, and the last layer."""
        compared = 0
        for name, expected in gradients.items():
            ours = name.split("base_model.model.")[-1].replace(".default.", ".")
            if "lora_" in name:
                ours = "gpt2." + ours
            elif not name.startswith("out_head.lin") and not name.startswith("out_head.out_conv"):
                continue
            scale = expected.abs().max().clamp(min=1e-12)
            error = (actual["gradient." + ours] - expected).abs().max() / scale
            self.assertLess(error.item(), 1e-4, f"{task} {ours} (GEOD_PEER_SEED={peer_tools.SEED})")
            compared += 1
        self.assertEqual(compared, 8 * GEOMETRY["blocks"] + 2)

    def test_picks(self):
        self.compare("dpk")

    def test_polarity(self):
        self.compare("pmp")

    def test_back_azimuth(self):
        self.compare("baz")

    def test_magnitude(self):
        self.compare("emg")

    def test_distance(self):
        self.compare("dis")


if __name__ == "__main__":
    peer_tools.main()

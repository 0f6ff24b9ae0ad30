"""geod's shots against those of deepwave, over the same velocity models.

    python acoustics_deepwave_peer.py geod_peer_acoustics

deepwave has another absorbing boundary (a perfectly matched layer) and records before its update:
its trace is geod's with the sign turned and one sample later. So shots at the top of the model, one
cell below the boundary, agree to what the boundaries send back; shots in its middle agree to
rounding until the first wave comes back from an edge.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import deepwave
except ImportError:
    print("skipped: Python has no deepwave (pip install deepwave)")
    sys.exit(77)

import numpy
import torch

SPACING_M = 10.0
STEP_S = 1e-3
PEAK_HZ = 15.0
SOURCES = [0, 17, 34, 52, 69]
# deepwave divides its time steps above this velocity, and its traces then are not comparable.
FASTEST_UNDIVIDED_M_PER_S = 4242.0


def ricker(times):
    """As geod's: 147 samples with the peak at sample 73, then zeros."""
    n = numpy.arange(times)
    b = (numpy.pi * PEAK_HZ * STEP_S * (73 - n)) ** 2
    return numpy.where(n < 147, (1 - 2 * b) * numpy.exp(-b), 0.0)


def by_deepwave(model, row, times, pml_width, dtype):
    """[source, time, receiver] in geod's sign and timing, and seconds of the processor."""
    wavelet = torch.from_numpy(ricker(times + 1)).to(dtype)
    begin = time.process_time()
    shots = deepwave.scalar(
        torch.from_numpy(model).to(dtype),
        SPACING_M,
        STEP_S,
        source_amplitudes=wavelet.repeat(len(SOURCES), 1, 1),
        source_locations=torch.tensor([[[row, x]] for x in SOURCES]),
        receiver_locations=torch.tensor([[row, x] for x in range(70)]).repeat(len(SOURCES), 1, 1),
        accuracy=4,
        pml_width=pml_width,
        pml_freq=PEAK_HZ,
        max_vel=min(float(model.max()), FASTEST_UNDIVIDED_M_PER_S),
    )[-1]
    seconds = time.process_time() - begin
    return -shots.numpy()[:, :, 1:].transpose(0, 2, 1), seconds


def by_geod(program, model, row, times):
    with tempfile.TemporaryDirectory() as folder:
        there, back = Path(folder, "model"), Path(folder, "record")
        model.astype("<f4").tofile(there)
        said = subprocess.run(
            [program, there, back, str(row), str(times)], check=True, capture_output=True, text=True
        )
        return numpy.fromfile(back, "<f4").reshape(len(SOURCES), times, 70), float(said.stdout)


def layers(velocities, rows):
    model = numpy.full((70, 70), velocities[0], numpy.float64)
    for velocity, row in zip(velocities[1:], rows):
        model[row:] = velocity
    return model


def misfit(ours, theirs):
    return float(numpy.linalg.norm(ours - theirs) / numpy.linalg.norm(theirs))


def main():
    program = sys.argv[1]
    torch.set_num_threads(1)
    failures = 0

    def hold(name, value, limit):
        nonlocal failures
        failures += not value < limit
        print(f"{'ok' if value < limit else 'FAILED'}: {name}: {value:.2e}, limit {limit:.0e}")

    for name, model, limit in (
        ("homogeneous 3000 m/s", layers([3000], []), 3e-2),
        ("2000 over 3500 m/s", layers([2000, 3500], [35]), 4e-3),
        ("four layers", layers([1600, 2100, 2700, 3600], [15, 30, 48]), 4e-3),
    ):
        ours, _ = by_geod(program, model, 1, 1000)
        for width in (20, 60):
            theirs, _ = by_deepwave(model, 1, 1000, width, torch.float32)
            hold(f"{name}, shots at the top, layer of {width} cells", misfit(ours, theirs), limit)

    # From row 35 the nearest edge is 340 m away. Its reflection, there and back at 4200 m/s, comes
    # after 162 steps; the first energy of the wavelet is nowhere before.
    random = numpy.random.default_rng(1)
    model = numpy.round(random.uniform(1500, 4200, (70, 70)))
    model[:, :] = numpy.sort(model, axis=0)
    ours, _ = by_geod(program, model, 35, 160)
    theirs, _ = by_deepwave(model, 35, 160, 20, torch.float64)
    middle = slice(20, 50)
    hold("random model, middle shot, before any edge", misfit(ours[2][:, middle], theirs[2][:, middle]), 1e-5)

    model = layers([2000, 3500], [35])
    _, ours_s = by_geod(program, model, 1, 1000)
    theirs_s = min(by_deepwave(model, 1, 1000, 20, torch.float32)[1] for _ in range(2))
    _, wide_s = by_deepwave(model, 1, 1000, 120, torch.float32)
    print(
        f"processor time of a sample: geod {ours_s:.3f} s (310 x 310 cells), deepwave "
        f"{deepwave.__version__} {theirs_s:.3f} s with a layer of 20 cells, {wide_s:.3f} s with 120"
    )
    sys.exit(failures > 0)


main()

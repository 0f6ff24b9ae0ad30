"""Travel times against ObsPy's TauP: the earliest P and S of 2,000 random pairs of distance and depth.

    catalog_times_peer.py GEOD_PEER_CATALOG [SEED]
"""
import math
import random
import subprocess
import sys

try:
    from obspy.taup import TauPyModel
except ImportError:
    print("ObsPy is not installed: skipped")
    sys.exit(77)

PAIRS_A_MODEL = 1000
TOLERANCE_S = 0.05
EARTH_RADIUS_KM = 6371.0


def taup_firsts(taup, distance_km, depth_km):
    degrees = math.degrees(distance_km / EARTH_RADIUS_KM)
    return [min(arrival.time for arrival in taup.get_travel_times(depth_km, degrees, [phases]))
            for phases in ("ttp", "tts")]


def compare(program, model, numbers):
    pairs = [(numbers.uniform(0.0, 1000.0), numbers.uniform(0.0, 100.0))
             for _ in range(PAIRS_A_MODEL)]
    # A tenth of them near the source, where the depth decides.
    pairs[::10] = [(numbers.uniform(0.0, 30.0), numbers.uniform(0.0, 40.0)) for _ in pairs[::10]]
    asked = "".join(f"{distance!r} {depth!r}\n" for distance, depth in pairs)
    answer = subprocess.run([program, "times", model], input=asked, capture_output=True,
                            text=True, check=True, timeout=60)
    ours = [[float(word) for word in line.split()] for line in answer.stdout.splitlines()]
    assert len(ours) == len(pairs), f"{len(ours)} answers to {len(pairs)} pairs"
    taup = TauPyModel(model)
    worst = 0.0
    for pair, times in zip(pairs, ours):
        for phase, mine, theirs in zip("PS", times, taup_firsts(taup, *pair)):
            worst = max(worst, abs(mine - theirs))
            assert abs(mine - theirs) <= TOLERANCE_S, (
                f"{model} {phase} at {pair[0]:.3f} km from {pair[1]:.3f} km: {mine} s, TauP {theirs} s")
    print(f"{model}: {len(pairs)} pairs, P and S within {worst:.4f} s of TauP")


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    for model in ("iasp91", "ak135"):
        compare(sys.argv[1], model, random.Random(f"{seed} {model}"))


if __name__ == "__main__":
    main()

"""Inventories that ObsPy has just written, of random stations, epochs and responses, as geod reads them.

    catalog_inventory_peer.py GEOD_PEER_CATALOG [SEED]
"""
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    from obspy import UTCDateTime
    from obspy.core.inventory import Channel, Inventory, Network, Site, Station
    from obspy.core.inventory.response import (
        CoefficientsTypeResponseStage,
        FIRResponseStage,
        InstrumentSensitivity,
        PolesZerosResponseStage,
        Response,
    )
except ImportError:
    print("ObsPy is not installed: skipped")
    sys.exit(77)


def random_response(numbers, rate):
    """A response of three to five stages, and the lines that geod must print of it."""
    pole = complex(-numbers.uniform(0.01, 5), numbers.uniform(0.01, 5))
    gain, factor = numbers.uniform(100, 3000), numbers.uniform(1, 1e8)
    stages = [PolesZerosResponseStage(
        1, gain, 1.0, "M/S", "V", "LAPLACE (RADIANS/SECOND)", 1.0, zeros=[0, 0],
        poles=[pole, pole.conjugate()], normalization_factor=factor)]
    lines = [("stage", 1, gain, 1.0, "poles_zeros", factor, 0, 0, 0, 0,
              pole.real, pole.imag, pole.real, -pole.imag)]
    counts = numbers.uniform(1e5, 1e6)
    decimation = dict(decimation_offset=0, decimation_delay=0.0, decimation_correction=0.0)
    stages.append(CoefficientsTypeResponseStage(
        2, counts, 1.0, "V", "COUNTS", "DIGITAL", numerator=[1.0], denominator=[],
        decimation_input_sample_rate=rate * 16, decimation_factor=1, **decimation))
    lines.append(("stage", 2, counts, 1.0, "decimation", rate * 16, 1, "coefficients", 1.0))
    for number in range(3, numbers.randint(3, 6)):
        half = [numbers.uniform(-0.2, 0.8) for _ in range(numbers.randint(1, 30))]
        symmetry = numbers.choice(["NONE", "EVEN", "ODD"])
        whole = {"NONE": half, "EVEN": half + half[::-1], "ODD": half + half[-2::-1]}[symmetry]
        if symmetry == "ODD" and len(half) == 1:
            whole = half
        stages.append(FIRResponseStage(
            number, 1.0, 1.0, "COUNTS", "COUNTS", symmetry=symmetry, coefficients=half,
            decimation_input_sample_rate=rate * 2, decimation_factor=2, **decimation))
        lines.append(("stage", number, 1.0, 1.0, "decimation", rate * 2, 2, "coefficients", *whole))
    sensitivity = InstrumentSensitivity(gain * counts, 1.0, "M/S", "COUNTS")
    return Response(instrument_sensitivity=sensitivity, response_stages=stages), lines


def random_station(numbers, code):
    place = dict(latitude=round(numbers.uniform(-90, 90), 5),
                 longitude=round(numbers.uniform(-180, 180), 5),
                 elevation=round(numbers.uniform(-6000, 6000), 1))
    channels, lines = [], []
    for name in ("HHE", "HHN", "HHZ"):
        start = UTCDateTime(numbers.randrange(10**9)) + numbers.randrange(10**6) * 1e-6
        for last in (False, True):
            end = None if last else start + numbers.randrange(1, 10**8)
            rate = float(numbers.choice([20, 40, 100, 200]))
            depth = round(numbers.uniform(0, 300), 1)
            response, stage_lines = random_response(numbers, rate)
            channels.append(Channel(name, "10", depth=depth, sample_rate=rate, start_date=start,
                                    end_date=end, response=response, **place))
            lines.append(("channel", f"XX.{code}.10.{name}", str(start), str(end) if end else "open",
                          place["latitude"], place["longitude"], place["elevation"], depth, rate))
            lines += stage_lines
            start = end
    numbers.shuffle(channels)
    return Station(code, channels=channels, site=Site("made up & <odd>"), **place), lines


def same(mine, theirs):
    return len(mine) == len(theirs) and all(
        a == b if isinstance(b, str) else float(a) == float(b) for a, b in zip(mine, theirs))


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    numbers = random.Random(seed)
    made = [random_station(numbers, f"ST{i:02}") for i in range(20)]
    inventory = Inventory([Network("XX", stations=[station for station, _ in made])], source="peer")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "inventory.xml"
        inventory.write(path, format="STATIONXML", validate=True)
        answer = subprocess.run([sys.argv[1], "inventory", path], capture_output=True, text=True,
                                check=True, timeout=60)
    mine = [line.split() for line in answer.stdout.splitlines()]
    theirs = [line for _, lines in made for line in lines]
    assert len(mine) == len(theirs), f"{len(mine)} lines, not {len(theirs)}"
    for a, b in zip(mine, theirs):
        assert same(a, b), f"geod reads {a}, ObsPy wrote {b}"
    print(f"{len(theirs)} epochs and stages are as ObsPy wrote them")


if __name__ == "__main__":
    main()

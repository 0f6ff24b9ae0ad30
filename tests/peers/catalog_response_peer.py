"""Frequency responses of random instruments against evalresp, as ObsPy calls it.

    catalog_response_peer.py GEOD_PEER_CATALOG [SEED]
"""
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy
    from obspy import UTCDateTime
    from obspy.core.inventory import Channel, Inventory, Network, Station
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

TOLERANCE = 1e-8
START = UTCDateTime(2020, 1, 1)


def decimation(rate, factor, delay=0.0):
    return dict(decimation_input_sample_rate=rate, decimation_factor=factor, decimation_offset=0,
                decimation_delay=delay, decimation_correction=delay)


def sensor(numbers):
    """Poles and zeros in either unit; its A0 holds at a frequency of its own."""
    hertz = numbers.random() < 0.5
    scale = 1.0 if hertz else 2 * numpy.pi
    low, high = numbers.uniform(0.01, 2.0), numbers.uniform(30.0, 200.0)
    poles = [low * scale * (-0.707 + 0.707j), low * scale * (-0.707 - 0.707j), -high * scale]
    frequency = numbers.choice([1.0, 2.0, 5.0])
    s = 1j * frequency * scale
    factor = 1 / abs(s * s / numpy.prod([s - pole for pole in poles]))
    return PolesZerosResponseStage(
        1, numbers.uniform(100, 3000), numbers.choice([1.0, 2.0]),
        numbers.choice(["M/S", "m/s", "M/S**2", "M"]), "V",
        "LAPLACE (HERTZ)" if hertz else "LAPLACE (RADIANS/SECOND)", frequency, zeros=[0, 0],
        poles=poles, normalization_factor=float(factor))


def digital_stage(numbers, number, rate, factor):
    """A filter that leaves low frequencies as they are, of one of the kinds there are."""
    kind = numbers.choice(["even", "odd", "none", "recursive", "poles", "all equal"])
    common = (number, 1.0, numbers.choice([0.0, 1.0]), "COUNTS", "COUNTS")
    half = numpy.array([numbers.uniform(0.1, 1.0) for _ in range(numbers.randint(2, 40))])
    if kind == "poles":
        return PolesZerosResponseStage(
            *common, "DIGITAL (Z-TRANSFORM)", 1.0, zeros=[-0.5], poles=[0.3 + 0.2j, 0.3 - 0.2j],
            normalization_factor=numbers.uniform(0.1, 1.0), **decimation(rate, factor))
    if kind == "recursive":
        return CoefficientsTypeResponseStage(
            *common, "DIGITAL", numerator=[0.5, 0.2], denominator=[1.0, -0.3],
            **decimation(rate, factor))
    if kind == "even":
        half *= 0.5 / half.sum()
    elif kind == "odd":
        half *= 1.0 / (2 * half[:-1].sum() + half[-1])
    else:
        half *= numbers.choice([1.0, 1.01, 1.5]) / half.sum()
    if kind == "all equal":
        half = numpy.full(len(half), 1.0 / len(half))
    symmetry = {"even": "EVEN", "odd": "ODD"}.get(kind, "NONE")
    return FIRResponseStage(*common, symmetry=symmetry, coefficients=list(map(float, half)),
                            **decimation(rate, factor, numbers.uniform(0.0, 20.0) / rate))


def random_response(numbers):
    stages = [sensor(numbers)]
    rate = 8000.0
    stages.append(CoefficientsTypeResponseStage(
        2, numbers.uniform(1e5, 1e6), 1.0, "V", "COUNTS", "DIGITAL", numerator=[1.0],
        denominator=[], **decimation(rate, 1)))
    for number in range(3, numbers.randint(3, 6)):
        factor = numbers.choice([2, 4])
        stages.append(digital_stage(numbers, number, rate, factor))
        rate /= factor
    response = Response(
        instrument_sensitivity=InstrumentSensitivity(1.0, 1.0, stages[0].input_units, "COUNTS"),
        response_stages=stages)
    value = response.get_evalresp_response_for_frequencies(
        [1.0], output={"S": "VEL", "2": "ACC", "M": "DISP"}[stages[0].input_units.upper()[-1]])
    response.instrument_sensitivity.value = float(abs(value[0]))
    return response


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    numbers = random.Random(seed)
    channels = [Channel("HHZ", f"{i:02}", latitude=0, longitude=0, elevation=0, depth=0,
                        sample_rate=100.0, start_date=START, response=random_response(numbers))
                for i in range(60)]
    station = Station("RND", latitude=0, longitude=0, elevation=0, channels=channels)
    inventory = Inventory([Network("XX", stations=[station])], source="peer")
    rates = [0.02, 0.1, 1.0, 7.0, 30.0, 45.0]
    lines = [f"XX.RND.{channel.location_code}.HHZ {START} {rate}"
             for channel in channels for rate in rates]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "inventory.xml"
        inventory.write(path, format="STATIONXML")
        answer = subprocess.run([sys.argv[1], "response", path], input="\n".join(lines),
                                capture_output=True, text=True, check=True, timeout=60)
    mine = iter(answer.stdout.splitlines())
    worst = 0.0
    for channel in channels:
        theirs = channel.response.get_evalresp_response_for_frequencies(rates, output="DISP")
        for rate, expected in zip(rates, theirs):
            line = next(mine)
            assert not line.startswith("- "), f"{channel.location_code}: {line}"
            value = complex(*map(float, line.split()))
            error = abs(value / expected - 1)
            stages = [type(stage).__name__ for stage in channel.response.response_stages]
            assert error < TOLERANCE, f"{rate} Hz: geod {value}, evalresp {expected}: {stages}"
            worst = max(worst, error)
    print(f"{len(lines)} values are evalresp's, the worst by {worst:.1e}")


if __name__ == "__main__":
    main()

"""Inventories that ObsPy wrote, as geod writes them again: valid against the schema of StationXML 1.2 at every level,
and the same responses to ObsPy.

    catalog_stationxml_peer.py GEOD_PEER_EVENTS [SEED]
"""
import io
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy
    import obspy
    from lxml import etree

    from catalog_inventory_peer import random_station
    from obspy.core.inventory import Inventory, Network
except ImportError:
    print("ObsPy is not installed: skipped")
    sys.exit(77)

SCHEMA = pathlib.Path(obspy.__file__).parent / "io" / "stationxml" / "data" / "fdsn-station-1.2.xsd"
LEVELS = ("network", "station", "channel", "response")


def geod(*arguments):
    return subprocess.run([sys.argv[1], *map(str, arguments)], capture_output=True, check=True, timeout=60).stdout


def stages_of(channel):
    """The stages with symmetric filters written whole, as numbers."""
    rows = []
    for stage in channel.response.response_stages:
        row = [stage.stage_sequence_number, stage.stage_gain, stage.stage_gain_frequency, stage.input_units,
               stage.output_units, stage.decimation_input_sample_rate, stage.decimation_factor]
        if hasattr(stage, "poles"):
            row += [stage.normalization_factor, *map(complex, stage.zeros), *map(complex, stage.poles)]
        elif hasattr(stage, "coefficients"):
            half = list(map(float, stage.coefficients))
            row += {"NONE": half, "EVEN": half + half[::-1],
                    "ODD": half + half[:-1][::-1]}[stage.symmetry or "NONE"]
        else:
            row += [*map(float, stage.numerator), *map(float, stage.denominator)]
        rows.append(row)
    return rows


def check_channels(mine, theirs):
    """Every epoch of every channel."""
    def channels(inventory):
        found = [(n.code, s.code, c.location_code, c.code, c.start_date, c) for n in inventory for s in n for c in s]
        return sorted(found, key=lambda row: (row[:4], row[4]))
    assert len(channels(mine)) == len(channels(theirs))
    for a, b in zip(channels(mine), channels(theirs)):
        assert a[:5] == b[:5], f"{a[:5]} is not {b[:5]}"
        a, b = a[-1], b[-1]
        assert (a.end_date, a.latitude, a.longitude, a.elevation, a.depth, a.sample_rate) == \
            (b.end_date, b.latitude, b.longitude, b.elevation, b.depth, b.sample_rate)
        assert stages_of(a) == stages_of(b)
        assert a.response.instrument_sensitivity.value == b.response.instrument_sensitivity.value


def check_evaluation(mine, theirs):
    """The response that ObsPy computes of one channel from both files."""
    for network in theirs:
        channel = network[0][0]
        frequencies = numpy.array([0.1, 1.0, 5.0])
        ours = mine.select(network.code, network[0].code, channel.location_code, channel.code,
                           time=channel.start_date + 1)[0][0][0]
        values = [c.response.get_evalresp_response_for_frequencies(frequencies, "VEL") for c in (ours, channel)]
        assert numpy.allclose(values[0], values[1], rtol=1e-6)


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    numbers = random.Random(seed)
    networks = [Network(code, stations=[random_station(numbers, f"ST{i:02}")[0] for i in range(10)])
                for code in ("XX", "YY")]
    theirs = Inventory(networks, source="peer")
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "inventory.xml"
        theirs.write(path, format="STATIONXML", validate=True)
        for level in LEVELS:
            written = geod("stationxml", level, path)
            schema.assertValid(etree.fromstring(written))
            mine = obspy.read_inventory(io.BytesIO(written), format="STATIONXML")
            assert [n.code for n in mine] == ["XX", "YY"] and mine[0].total_number_of_stations == 10
        check_channels(mine, theirs)
        check_evaluation(mine, theirs)
        for level in LEVELS[:3]:
            text = obspy.read_inventory(io.BytesIO(geod("stationtext", level, path)), format="STATIONTXT")
            assert [n.code for n in text] == ["XX", "YY"]
            if level == "channel":
                assert len(text.get_contents()["channels"]) == 120
    print("all levels are valid, channels and responses the same")


if __name__ == "__main__":
    main()

"""Events that geod writes, random ones with hostile texts: valid against the schema of QuakeML 1.2, and read by ObsPy
with every value that geod was given.

    catalog_quakeml_peer.py GEOD_PEER_EVENTS [SEED]
"""
import io
import json
import pathlib
import random
import subprocess
import sys

try:
    import obspy
    from lxml import etree
    from obspy import UTCDateTime
except ImportError:
    print("ObsPy is not installed: skipped")
    sys.exit(77)

SCHEMA = pathlib.Path(obspy.__file__).parent / "io" / "quakeml" / "data" / "QuakeML-1.2.xsd"
KM_PER_DEGREE = 6371 * 3.14159265358979 / 180
ODD_TEXTS = ["", "plain", "<&>\"'", "\x00\x01\x1f", "a|b\nc\td", "caf\u00e9 \U0001f30d", "\ufffe", "]]>", "x" * 300]
PROGRAM = None


def hexes(numbers, digits=16):
    return f"{numbers.getrandbits(4 * digits):0{digits}x}"


def nanoseconds(numbers):
    return numbers.randrange(10**9, 2 * 10**9) * 10**9 + numbers.randrange(10**6) * 1000


def random_arrival(numbers):
    time = nanoseconds(numbers)
    arrival = dict(
        pick_id=hexes(numbers), phase=numbers.choice("PS"), residual_s=numbers.gauss(0, 1),
        distance_km=numbers.uniform(0, 500), azimuth_deg=numbers.uniform(0, 360),
        back_azimuth_residual_deg=numbers.gauss(0, 20), weight=numbers.random(), time=time,
        uncertainty_s=numbers.uniform(0.01, 0.5), probability=numbers.random())
    if numbers.random() < 0.2:
        channel = numbers.randrange(10000)
        arrival.update(fibre_id=numbers.choice(["XX.FORGE", "XX.ALONGCABLE01", "NODOT"]), channel=channel,
                       pick_id=f"{hexes(numbers)}:{arrival['phase']}:{channel}")
        return arrival
    arrival.update(network="XX", station=f"S{numbers.randrange(100):02}", location=numbers.choice(["", "00"]),
                   components=numbers.choice(["ZNE", "Z12", "Z", "NE"]),
                   model_id=numbers.choice(ODD_TEXTS[:5]), adapter_id=numbers.choice(["", "regional-1", "a b/c"]))
    if arrival["phase"] == "P" and numbers.random() < 0.7:
        arrival.update(up_probability=numbers.random(), back_azimuth_deg=numbers.uniform(0, 360),
                       back_azimuth_uncertainty_deg=numbers.uniform(1, 90))
    return arrival


def random_magnitude(numbers):
    stations = [dict(network="XX", station=f"S{i:02}", location="", value=numbers.uniform(-1, 7),
                     residual=numbers.gauss(0, 0.3), weight=numbers.random(), amplitude_nm=numbers.uniform(1, 1e7),
                     period_s=numbers.uniform(0.1, 2), time=nanoseconds(numbers))
                for i in range(numbers.randrange(5))]
    return dict(value=numbers.uniform(-1, 7), uncertainty=0.1, stations=len(stations), contributions=stations)


def random_review(numbers):
    return dict(
        public_id=numbers.choice(["quakeml:a.example/Event/" + hexes(numbers), *ODD_TEXTS]),
        origin_public_id=numbers.choice(["smi:org.example/origin/" + hexes(numbers), *ODD_TEXTS]) + hexes(numbers),
        text=numbers.choice(ODD_TEXTS), type=numbers.choice(["earthquake", "quarry blast", *ODD_TEXTS]),
        mode=numbers.choice(["manual", "automatic", *ODD_TEXTS]), status=numbers.choice(["final", *ODD_TEXTS]),
        time=nanoseconds(numbers), latitude=numbers.uniform(-90, 90), longitude=numbers.uniform(-180, 180),
        magnitude_id=numbers.choice(ODD_TEXTS) + hexes(numbers), magnitude=numbers.uniform(-1, 8))


def random_event(numbers):
    reviews = [random_review(numbers) for _ in range(numbers.choice([0, 0, 1, 2]))]
    is_ours = not reviews or numbers.random() < 0.7
    return dict(
        event_id=hexes(numbers), version=numbers.randrange(1, 30) if is_ours else 0,
        withdrawn=numbers.random() < 0.2, time=nanoseconds(numbers), latitude=numbers.uniform(-90, 90),
        longitude=numbers.uniform(-180, 180), depth_km=numbers.uniform(-3, 700),
        velocity_model=numbers.choice(ODD_TEXTS), major_km=numbers.uniform(0, 100),
        arrivals=[random_arrival(numbers) for _ in range(numbers.randrange(8))] if is_ours else [],
        magnitudes=[random_magnitude(numbers)] if is_ours and numbers.random() < 0.7 else [], reviews=reviews)


def geod(command, events):
    lines = "\n".join(json.dumps(event) for event in events)
    return subprocess.run([PROGRAM, command, "org.example"], input=lines.encode(), capture_output=True, check=True,
                          timeout=60).stdout


def close(a, b):
    return abs(a - b) <= 1e-8 * max(1.0, abs(a), abs(b))


def same_time(time, nanoseconds_since_1970):
    return abs(time - UTCDateTime(ns=nanoseconds_since_1970)) < 2e-6


def check_pick(arrival, made, picks):
    pick = picks[made.pick_id.id]
    assert same_time(pick.time, arrival["time"]) and close(pick.time_errors.uncertainty, arrival["uncertainty_s"])
    codes = pick.waveform_id
    assert len(codes.channel_code) == 3 and codes.location_code is not None
    if "fibre_id" in arrival:
        assert f"fibre: {arrival['fibre_id']}; channel: {arrival['channel']}" in pick.comments[0].text
        return
    assert (codes.network_code, codes.station_code) == (arrival["network"], arrival["station"])
    component = "Z" if arrival["phase"] == "P" and "Z" in arrival["components"] else None
    assert component is None or codes.channel_code == "HHZ"
    if "up_probability" not in arrival:
        assert pick.polarity == "undecidable" and pick.backazimuth is None
        return
    up = arrival["up_probability"]
    expected = "undecidable" if max(up, 1 - up) < 2 / 3 else "positive" if up > 0.5 else "negative"
    assert pick.polarity == expected, f"{pick.polarity} for {up}"
    assert close(pick.backazimuth, arrival["back_azimuth_deg"])
    assert close(pick.backazimuth_errors.uncertainty, arrival["back_azimuth_uncertainty_deg"])
    assert close(made.backazimuth_residual, arrival["back_azimuth_residual_deg"])


def check_magnitude(given, read, event):
    magnitude = next(m for m in event.magnitudes if m.resource_id.id.startswith("smi:org.example/magnitude/")
                     and "/given/" not in m.resource_id.id)
    assert close(magnitude.mag, given["value"]) and magnitude.magnitude_type == "ML"
    assert len(magnitude.station_magnitude_contributions) == len(given["contributions"])
    stations = {s.resource_id.id: s for s in event.station_magnitudes}
    amplitudes = {a.resource_id.id: a for a in event.amplitudes}
    for want, contribution in zip(given["contributions"], magnitude.station_magnitude_contributions):
        station = stations[contribution.station_magnitude_id.id]
        assert close(station.mag, want["value"]) and close(contribution.residual, want["residual"])
        assert close(contribution.weight, want["weight"]) and station.waveform_id.station_code == want["station"]
        amplitude = amplitudes[station.amplitude_id.id]
        assert amplitude.unit == "m" and abs(amplitude.generic_amplitude / 1e-9 / want["amplitude_nm"] - 1) < 1e-8
        assert close(amplitude.period, want["period_s"]) and same_time(amplitude.scaling_time, want["time"])


def check_event(given, event):
    origins = {o.resource_id.id: o for o in event.origins}
    preferred = origins[event.preferred_origin_id.id]
    picks = {p.resource_id.id: p for p in event.picks}
    assert len(picks) == len(event.picks), "two picks of one id"
    if given["reviews"]:
        review = given["reviews"][0]
        assert same_time(preferred.time, review["time"]) and close(preferred.latitude, review["latitude"])
        assert close(event.preferred_magnitude().mag, review["magnitude"])
    if given["version"] == 0:
        return
    assert event.resource_id.id == "smi:org.example/event/" + given["event_id"]
    ours = origins[f"smi:org.example/origin/{given['event_id']}/{given['version']}"]
    assert same_time(ours.time, given["time"]) and close(ours.depth, 1000 * given["depth_km"])
    assert close(ours.latitude, given["latitude"]) and close(ours.longitude, given["longitude"])
    assert ours.evaluation_status == ("rejected" if given["withdrawn"] else "preliminary")
    if given["withdrawn"] and not given["reviews"]:
        assert event.event_type == "not existing"
    assert len(ours.arrivals) == len(given["arrivals"])
    for arrival, made in zip(given["arrivals"], ours.arrivals):
        assert close(made.time_residual, arrival["residual_s"]) and close(made.time_weight, arrival["weight"])
        assert close(made.distance * KM_PER_DEGREE, arrival["distance_km"]) and made.phase == arrival["phase"]
        check_pick(arrival, made, picks)
    for magnitude in given["magnitudes"]:
        check_magnitude(magnitude, event, event)


def main():
    global PROGRAM
    PROGRAM = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    numbers = random.Random(seed)
    events = [random_event(numbers) for _ in range(200)]
    quakeml = geod("quakeml", events)
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.fromstring(quakeml))
    schema.assertValid(etree.fromstring(geod("quakeml", [])))
    read = obspy.read_events(io.BytesIO(quakeml), format="QUAKEML")
    assert len(read) == len(events)
    for given, event in zip(events, read):
        check_event(given, event)
    collection = json.loads(geod("geojson", events))
    assert len(collection["features"]) == len(events)
    lines = geod("text", events).decode().splitlines()
    assert len(lines) == len(events) + 1 and {line.count("|") for line in lines} == {13}
    print(f"{len(events)} events are valid and as given")


if __name__ == "__main__":
    main()

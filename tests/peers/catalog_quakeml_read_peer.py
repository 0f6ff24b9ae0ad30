"""QuakeML as ObsPy writes it of random reviews, and the real files that ObsPy carries (USGS, IRIS, NERIES and others),
read by geod as ObsPy reads them.

    catalog_quakeml_read_peer.py GEOD_PEER_EVENTS [SEED]
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

try:
    import obspy
    from obspy import UTCDateTime
    from obspy.core.event import (
        Arrival,
        Catalog,
        Comment,
        CreationInfo,
        Event,
        EventDescription,
        Magnitude,
        Origin,
        OriginQuality,
        Pick,
        QuantityError,
        WaveformStreamID,
    )
except ImportError:
    print("ObsPy is not installed: skipped")
    sys.exit(77)

REAL = pathlib.Path(obspy.__file__).parent / "io" / "quakeml" / "tests" / "data"
KM_PER_DEGREE = 6371 * 3.14159265358979 / 180
PROGRAM = None


def maybe(numbers, value):
    return value if numbers.random() < 0.7 else None


def random_event(numbers):
    time = UTCDateTime(numbers.randrange(2 * 10**9)) + numbers.randrange(10**6) * 1e-6
    picks = [Pick(time=time + numbers.uniform(1, 60),
                  time_errors=QuantityError(uncertainty=maybe(numbers, numbers.uniform(0.01, 1))),
                  waveform_id=WaveformStreamID("XX", f"S{i}", maybe(numbers, "00"), maybe(numbers, "HHZ")),
                  phase_hint=maybe(numbers, "P"), evaluation_mode=maybe(numbers, "manual"),
                  polarity=maybe(numbers, numbers.choice(["positive", "negative", "undecidable"])))
             for i in range(numbers.randrange(6))]
    arrivals = [Arrival(pick_id=pick.resource_id, phase=numbers.choice(["P", "Pn", "Sg"]),
                        time_residual=maybe(numbers, numbers.gauss(0, 1)), azimuth=maybe(numbers, numbers.uniform(0, 360)),
                        distance=maybe(numbers, numbers.uniform(0, 90)), time_weight=maybe(numbers, numbers.random()))
                for pick in picks if numbers.random() < 0.8]
    origins = [Origin(time=time, latitude=numbers.uniform(-90, 90), longitude=numbers.uniform(-180, 180),
                      depth=maybe(numbers, numbers.uniform(-3000, 7e5)),
                      quality=maybe(numbers, OriginQuality(standard_error=numbers.random(), azimuthal_gap=90.0)),
                      evaluation_mode=maybe(numbers, numbers.choice(["manual", "automatic"])),
                      evaluation_status=maybe(numbers, "reviewed"), arrivals=arrivals,
                      creation_info=maybe(numbers, CreationInfo(agency_id="AG", author="caf\u00e9 <x>")))
               for _ in range(numbers.randrange(1, 4))]
    magnitudes = [Magnitude(mag=numbers.uniform(-2, 9), magnitude_type=maybe(numbers, "ML"),
                            station_count=maybe(numbers, numbers.randrange(50)))
                  for _ in range(numbers.randrange(4))]
    event = Event(origins=origins, magnitudes=magnitudes, picks=picks, event_type=maybe(numbers, "quarry blast"),
                  event_descriptions=[EventDescription(text="a & b")] if numbers.random() < 0.5 else [],
                  comments=[Comment(text="not of interest")])
    if numbers.random() < 0.5:
        event.preferred_origin_id = numbers.choice(origins).resource_id
    if magnitudes and numbers.random() < 0.5:
        event.preferred_magnitude_id = numbers.choice(magnitudes).resource_id
    return event


def read_by_geod(path):
    done = subprocess.run([PROGRAM, "read", path], capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def same_number(mine, theirs):
    if theirs is None or mine is None:
        return mine is None and theirs is None
    return abs(mine - theirs) <= 1e-9 * max(1.0, abs(theirs))


def same_time(nanoseconds, time):
    return abs(UTCDateTime(ns=nanoseconds) - time) < 2e-6


def chosen(preferred, all_of_them):
    return preferred or (all_of_them[0] if all_of_them else None)


def check_arrivals(mine, event, origin):
    picks = {pick.resource_id.id: pick for pick in event.picks}
    theirs = [(arrival, picks[arrival.pick_id.id]) for arrival in origin.arrivals if arrival.pick_id.id in picks]
    assert len(mine) == len(theirs)
    for a, (arrival, pick) in zip(mine, theirs):
        codes = pick.waveform_id
        assert a["pick"] == pick.resource_id.id and same_time(a["time"], pick.time)
        assert a["channel"].split(".")[:2] == [codes.network_code or "", codes.station_code or ""]
        assert a["phase"] == (arrival.phase or pick.phase_hint or "")
        assert a["polarity"] == (pick.polarity or "") and a["mode"] == (pick.evaluation_mode or "")
        assert same_number(a["residual_s"], arrival.time_residual) and same_number(a["weight"], arrival.time_weight)
        assert same_number(a["azimuth_deg"], arrival.azimuth)
        distance = None if arrival.distance is None else arrival.distance * KM_PER_DEGREE
        assert same_number(a["distance_km"], distance)
        if pick.time_errors.uncertainty is not None:
            assert same_number(a["uncertainty_s"], pick.time_errors.uncertainty)


def check_event(mine, event):
    origin = chosen(event.preferred_origin(), event.origins)
    assert mine["id"] == event.resource_id.id and mine["origin"] == origin.resource_id.id
    # ObsPy drops words that are not of the schema, geod keeps these two.
    assert same_time(mine["time"], origin.time) and event.event_type in (mine["type"] or "not reported", None)
    assert origin.evaluation_status in (mine["status"] or None, None)
    assert same_number(mine["latitude"], origin.latitude)
    assert abs((mine["longitude"] - origin.longitude + 180) % 360 - 180) < 1e-9
    assert same_number(mine["depth_km"], None if origin.depth is None else origin.depth / 1000)
    assert mine["mode"] == (origin.evaluation_mode or "")
    quality = origin.quality
    assert same_number(mine["standard_error_s"], quality.standard_error if quality else None)
    assert same_number(mine["gap_deg"], quality.azimuthal_gap if quality else None)
    text = event.event_descriptions[0].text if event.event_descriptions else ""
    assert mine["description"] == (text or "").strip()
    if origin.creation_info and origin.creation_info.agency_id:
        assert mine["agency"] == origin.creation_info.agency_id.strip()
    check_arrivals(mine["arrivals"], event, origin)
    magnitude = chosen(event.preferred_magnitude(), event.magnitudes)
    assert len(mine["magnitudes"]) == len(event.magnitudes)
    if magnitude:
        first = mine["magnitudes"][0]
        assert first["id"] == magnitude.resource_id.id and same_number(first["value"], magnitude.mag)
        assert first["type"] == (magnitude.magnitude_type or "") and first["stations"] == magnitude.station_count


def check_random(numbers):
    catalog = Catalog([random_event(numbers) for _ in range(100)])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "events.xml"
        catalog.write(path, format="QUAKEML", validate=True)
        mine, complaints = read_by_geod(path)
    assert len(mine) == len(catalog) and not complaints, complaints
    for a, b in zip(mine, catalog):
        check_event(a, b)
    return len(mine)


def check_real():
    """Events without an origin, or of one without time or place, are complained of, and no others."""
    count = 0
    for path in sorted(REAL.glob("*.xml")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            catalog = obspy.read_events(path, format="QUAKEML")
        mine, complaints = read_by_geod(path)
        by_id = {event["id"]: event for event in mine}
        for event in catalog:
            origin = chosen(event.preferred_origin(), event.origins)
            whole = origin is not None and None not in (origin.time, origin.latitude, origin.longitude)
            if event.resource_id.id in by_id:
                check_event(by_id[event.resource_id.id], event)
                count += 1
            else:
                assert not whole or event.resource_id.id in complaints, f"{path.name}: {event.resource_id.id} is lost"
                assert event.resource_id.id in complaints, f"{path.name}: {complaints}"
    return count


def main():
    global PROGRAM
    PROGRAM = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print("seed", seed, flush=True)
    written = check_random(random.Random(seed))
    real = check_real() if REAL.exists() else 0
    print(f"{written} events that ObsPy wrote and {real} of real files are as ObsPy reads them")


if __name__ == "__main__":
    main()

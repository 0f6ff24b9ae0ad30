"""Events exported by geod, read and corrected with ObsPy as an analyst would, imported again and compared."""
import csv
import io
import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

from harness import ROOT, geod

try:
    import obspy
    from lxml import etree
    from obspy import UTCDateTime
except ImportError:
    obspy = None

PEER = os.environ.get("GEOD_PEER_EVENTS")
SCSN = ROOT / "tests" / "data" / "ridgecrest_20190704_1700" / "catalog_scsn.csv"
STATIONS = ["CLC", "SRT", "TOW2", "WRC2"]


def scsn_events(count):
    """The largest of the reference catalogue, as (time, latitude, longitude, depth in km, magnitude)."""
    with open(SCSN, encoding="utf8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    rows.sort(key=lambda row: -float(row["magnitude"]))
    return [(UTCDateTime(row["time"]), float(row["latitude"]), float(row["longitude"]), float(row["depth(m)"]) / 1000,
             float(row["magnitude"])) for row in rows[:count]]


def as_json(number, event, numbers):
    """An event for geod_peer_events: P and S at each station, ML from one of them."""
    time, latitude, longitude, depth_km, magnitude = event
    arrivals = []
    for i, station in enumerate(STATIONS):
        for phase, delay in (("P", 2.0 + i), ("S", 3.5 + 1.7 * i)):
            arrival = dict(
                pick_id=f"{numbers.getrandbits(64):016x}", phase=phase, residual_s=numbers.gauss(0, 0.05),
                distance_km=10.0 + 5 * i, azimuth_deg=90.0 * i, back_azimuth_residual_deg=3.5, weight=1.0,
                time=(time + delay).ns, uncertainty_s=0.03, probability=0.9, network="CI", station=station, location="",
                components="ZNE", model_id="starter-1", adapter_id="local-2")
            if phase == "P":
                arrival.update(up_probability=0.9 if i % 2 else 0.2, back_azimuth_deg=100.0 + i,
                               back_azimuth_uncertainty_deg=8.0)
            arrivals.append(arrival)
    station = dict(network="CI", station="CLC", location="", value=magnitude + 0.1, residual=0.1, weight=1.0,
                   amplitude_nm=1234.5, period_s=0.5, time=(time + 5).ns)
    return dict(event_id=f"{number:016x}", version=1, withdrawn=False, time=time.ns, latitude=latitude,
                longitude=longitude, depth_km=depth_km, velocity_model="iasp91", major_km=0.8, arrivals=arrivals,
                magnitudes=[dict(value=magnitude, uncertainty=0.1, stations=1, contributions=[station])], reviews=[])


@unittest.skipUnless(obspy and PEER, "needs ObsPy and geod_peer_events")
class EventsExchangeTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="geod-events-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.database = self.folder / "geod.sqlite"
        self.events = scsn_events(3)
        seed = random.SystemRandom().randrange(2**32)
        print("seed", seed, flush=True)
        numbers = random.Random(seed)
        lines = "\n".join(json.dumps(as_json(i + 1, event, numbers)) for i, event in enumerate(self.events))
        done = subprocess.run([PEER, "store", self.database], input=lines, text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def catalog(self, *arguments, **options):
        return geod("catalog", *arguments, "--database", self.database, **options)

    def export(self, *arguments):
        """What ObsPy reads of an export, once the schema has found nothing wrong with it."""
        path = self.folder / "export.xml"
        self.catalog("export", "-o", path, *arguments)
        schema = pathlib.Path(obspy.__file__).parent / "io" / "quakeml" / "data" / "QuakeML-1.2.xsd"
        etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.parse(str(path)))
        return obspy.read_events(path, format="QUAKEML")

    def review(self, events):
        """Imports what an analyst saved from ObsPy."""
        path = self.folder / "reviewed.xml"
        events.write(path, format="QUAKEML", validate=True)
        return self.catalog("import", path).stdout

    def test_an_export_tells_obspy_all(self):
        events = self.export()
        self.assertEqual(len(events), 3)
        for event, (time, latitude, longitude, depth_km, magnitude) in zip(
                sorted(events, key=lambda each: -each.preferred_magnitude().mag), self.events):
            origin = event.preferred_origin()
            self.assertAlmostEqual(origin.time - time, 0, places=5)
            self.assertAlmostEqual(origin.latitude, latitude, places=6)
            self.assertAlmostEqual(origin.longitude, longitude, places=6)
            self.assertAlmostEqual(origin.depth, 1000 * depth_km, places=3)
            self.assertAlmostEqual(event.preferred_magnitude().mag, magnitude, places=6)
            self.assertEqual(len(origin.arrivals), 8)
            picks = {pick.resource_id: pick for pick in event.picks}
            first = picks[min(origin.arrivals, key=lambda each: picks[each.pick_id].time).pick_id]
            self.assertEqual(first.waveform_id.get_seed_string(), "CI.CLC..HHZ")
            self.assertEqual(first.polarity, "negative")
            self.assertEqual((first.backazimuth, first.backazimuth_errors.uncertainty), (100.0, 8.0))
            self.assertAlmostEqual(event.station_magnitudes[0].mag, magnitude + 0.1, places=6)
            self.assertEqual({a.generic_amplitude for a in event.amplitudes}, {1.2345e-6})

    def test_what_an_analyst_corrects_comes_first_and_ours_stays(self):
        events = self.export()
        before = {event.resource_id.id: event.preferred_origin() for event in events}
        for event in events:
            origin = event.preferred_origin()
            origin.evaluation_mode, origin.evaluation_status = "manual", "reviewed"
            origin.latitude += 0.1
            event.picks[0].polarity = "positive"
        told = self.review(events)
        self.assertIn("3 reviewed events stored", told)
        self.assertIn("3 are of events of ours", told)
        self.assertIn("0 reviewed events stored, 3 known before", self.review(events))
        again = self.export()
        self.assertEqual({event.resource_id.id for event in again}, set(before))
        for event in again:
            ours = before[event.resource_id.id]
            preferred = event.preferred_origin()
            self.assertEqual((preferred.evaluation_mode, preferred.evaluation_status), ("manual", "reviewed"))
            self.assertAlmostEqual(preferred.latitude, ours.latitude, places=6)  # `ours` was corrected in place
            self.assertEqual(len(event.origins), 2)
            automatic = next(origin for origin in event.origins if origin.evaluation_mode == "automatic")
            self.assertEqual(automatic.resource_id.id, ours.resource_id.id)
            self.assertAlmostEqual(automatic.latitude, ours.latitude - 0.1, places=6)
            self.assertEqual(len(automatic.arrivals), 8)
            self.assertEqual(len(preferred.arrivals), 8)
            picks = {pick.resource_id: pick for pick in event.picks}
            corrected = [picks[arrival.pick_id].polarity for arrival in preferred.arrivals]
            kept = [picks[arrival.pick_id].polarity for arrival in automatic.arrivals]
            self.assertEqual(corrected.count("positive"), kept.count("positive") + 1)
        comparison = json.loads(self.catalog("compare", "--json").stdout)
        self.assertEqual(comparison["matched"], 3)
        self.assertAlmostEqual(comparison["differences"]["epicentre_km"]["median"], 11.1, delta=0.1)

    def test_the_reference_catalogue_is_read_as_it_is(self):
        comparison = json.loads(self.catalog("compare", SCSN, "--json").stdout)
        self.assertEqual((comparison["reference_events"], comparison["matched"]), (27, 3))
        self.assertEqual(comparison["recall_by_magnitude"][-1], {"from": 6, "reference": 1, "matched": 1})
        for difference in ("epicentre_km", "time_s", "depth_km", "magnitude"):
            self.assertAlmostEqual(comparison["differences"][difference]["median"], 0.0, places=5)
        text = self.catalog("compare", SCSN, "--list").stdout
        self.assertIn("matched 3, missed 24, extra 0", text)

    def test_the_other_formats_tell_the_same(self):
        collection = json.loads(self.catalog("export", "--format", "geojson").stdout)
        text = self.catalog("export", "--format", "text").stdout.splitlines()
        table = list(csv.DictReader(io.StringIO(self.catalog("export", "--format", "csv").stdout)))
        self.assertEqual([len(collection["features"]), len(text) - 1, len(table)], [3, 3, 3])
        for feature, line, row in zip(collection["features"], text[1:], table):
            fields = line.split("|")
            self.assertEqual({feature["id"], fields[0]}, {row["event_id"]})
            self.assertAlmostEqual(feature["properties"]["time"] / 1000, UTCDateTime(fields[1]).timestamp, places=3)
            self.assertAlmostEqual(feature["geometry"]["coordinates"][1], float(row["latitude"]), places=5)
            self.assertAlmostEqual(float(fields[10]), float(row["magnitude"]), places=2)

    def test_an_export_is_a_table_and_a_catalogue_to_compare_with(self):
        for kind in ("quakeml", "text", "csv"):
            path = self.folder / f"events.{kind}"
            self.catalog("export", "--format", kind, "-o", path)
            with self.subTest(kind):
                comparison = json.loads(self.catalog("compare", path, "--json").stdout)
                self.assertEqual((comparison["matched"], comparison["missed"], comparison["extra"]), (3, [], []))


if __name__ == "__main__":
    unittest.main()

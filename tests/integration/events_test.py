"""Events: recordings in over ZeroMQ, picks of the starter model, origins out of SQLite."""
import csv
import random
import sqlite3
import unittest

from obspy.core.inventory import Channel, Network, Station
from obspy.core.inventory import Inventory as StationInventory
from obspy.core.inventory.response import InstrumentSensitivity, PolesZerosResponseStage, Response

import harness
from harness import Daemon, geod

FILES = sorted(harness.RECORDING.glob("*.mseed"))
HEADER = "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"


def inventory(without=()):
    """The stations of the recording as an inventory."""
    with open(harness.RECORDING.parent / "stations.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["station"] not in without]
    return HEADER + "".join(
        f"{r['network']},{r['station']},,,{r['latitude']},{r['longitude']},{r['elevation_m']},,,\n" for r in rows)


def daemon(**options):
    made = Daemon(settings="catalog: {inventory: [stations.csv]}\n", models="precision: float32, tasks: []", **options)
    (made.folder / "stations.csv").write_text(inventory())
    return made


def events(of):
    """The newest version of each event that was not withdrawn: id -> what must be the same in two runs."""
    rows = {}
    with sqlite3.connect(f"file:{of.folder}/geod.sqlite?mode=ro", uri=True) as database:
        for event_id, version_key, *content in database.execute(
                "SELECT e.event_id, v.version_key, v.time_ns, v.latitude_deg, v.longitude_deg, v.depth_km, v.status, "
                "v.kind, v.phases FROM events e JOIN event_versions v USING (version_key) WHERE NOT is_withdrawn"):
            picks = database.execute(
                "SELECT s.code, a.phase, p.time_ns FROM origin_arrivals a JOIN picks p USING (pick_key) "
                "JOIN sites s USING (site_key) WHERE a.version_key = ? ORDER BY a.number", (version_key,)).fetchall()
            rows[event_id] = (*content, tuple(picks))
    return rows


def comparable(found):
    """To a millisecond and a hundred metres: the size of a batch may change the last bit of a score, and so of a pick."""
    return sorted((round(time_ns * 1e-9, 2), round(latitude, 3), round(longitude, 3), status, kind, phases,
                   tuple((site, phase, round(pick_ns * 1e-9, 2)) for site, phase, pick_ns in picks))
                  for time_ns, latitude, longitude, _, status, kind, phases, picks in found.values())


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with daemon() as whole:
            whole.start().replay(FILES)
            whole.wait()
            cls.reference = events(whole)
            cls.doctor = geod("doctor", "--config", whole.config, check=False).stdout

    def near(self, time, tolerance_s=2.0):
        origin_s = time
        return [e for e in self.reference.values() if abs(e[0] * 1e-9 - origin_s) < tolerance_s]

    def test_finds_the_foreshock_and_the_main_shock_where_they_were(self):
        for name, time_s in (("M 4.0 of 17:02:55", 1562259775.34), ("M 6.4 of 17:33:49", 1562261629.0)):
            found = self.near(time_s)
            self.assertEqual(len(found), 1, name)
            self.assertAlmostEqual(found[0][1], 35.706, delta=0.1, msg=name)
            self.assertAlmostEqual(found[0][2], -117.504, delta=0.1, msg=name)

    def test_all_events_are_final_when_the_sources_have_ended(self):
        self.assertGreater(len(self.reference), 20)
        self.assertEqual({e[4] for e in self.reference.values()}, {"final"})

    def test_doctor_finds_all_stations_in_the_inventory(self):
        self.assertIn("all that was heard has them", " ".join(self.doctor.split()))

    def test_kill_at_any_moment_ends_in_the_same_catalogue(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        with daemon() as killed:
            told = set()
            for _ in range(3):
                killed.start()
                sender = killed.replay(FILES, wait=False)
                wanted = rng.randrange(1, 2000)
                try:
                    killed.wait_for(lambda s: s["windows_scored"] >= wanted, timeout=60)
                except AssertionError:
                    pass  # it ended before: as good a moment as any
                killed.kill()
                sender.kill()
                sender.communicate()
                now = events(killed)
                told |= now.keys()
            killed.start().replay(FILES)
            killed.wait()
            self.assertEqual(comparable(events(killed)), comparable(self.reference), f"seed {seed}")
            with sqlite3.connect(f"file:{killed.folder}/geod.sqlite?mode=ro", uri=True) as database:
                kept = {row[0] for row in database.execute("SELECT event_id FROM events")}
            self.assertLessEqual(told, kept, f"seed {seed}")


class Magnitudes(unittest.TestCase):
    """Amplitudes need responses, which the recording has none of: here all stations count metres a second alike."""

    @staticmethod
    def station_xml(path):
        with open(harness.RECORDING.parent / "stations.csv", newline="") as file:
            stations = {row["station"]: row for row in csv.DictReader(file)}
        response = Response(
            instrument_sensitivity=InstrumentSensitivity(6e8, 1.0, "m/s", "count"),
            response_stages=[PolesZerosResponseStage(1, 6e8, 1.0, "m/s", "count", "LAPLACE (RADIANS/SECOND)", 1.0,
                                                     [], [], normalization_factor=1.0)])
        networks = {}
        for path_of_channel in FILES:
            network, code, location, channel = path_of_channel.name.split(".")[:4]
            place = {key: float(stations[code][name]) for key, name in
                     (("latitude", "latitude"), ("longitude", "longitude"), ("elevation", "elevation_m"))}
            station = networks.setdefault(network, {}).setdefault(code, Station(code, **place, channels=[]))
            # Horizontals are found by their dip.
            station.channels.append(Channel(channel, location, **place, depth=0.0, sample_rate=100.0, azimuth=0.0,
                                            dip=-90.0 if channel.endswith("Z") else 0.0, response=response))
        StationInventory([Network(code, stations=list(of.values())) for code, of in networks.items()],
                         source="test").write(path, format="STATIONXML")

    def magnitudes(self, ring, *options):
        """Of the final events by their time: ML and how many stations say it."""
        with Daemon(f"catalog: {{inventory: [stations.xml]}}\nstorage: {{waveforms: {{ring: {ring}}}}}\n",
                    models="precision: float32, tasks: []") as run:
            self.station_xml(run.folder / "stations.xml")
            run.start().replay(FILES, *options)
            run.wait()
            with sqlite3.connect(f"file:{run.folder}/geod.sqlite?mode=ro", uri=True) as database:
                return sorted((round(time_ns * 1e-9, 1), round(value, 2), stations) for time_ns, value, stations in
                              database.execute(
                                  "SELECT v.time_ns, m.value, m.stations FROM events e "
                                  "JOIN event_versions v USING (version_key) JOIN magnitudes m USING (version_key) "
                                  "WHERE m.type = 'ML' AND NOT is_withdrawn"))

    def test_do_not_depend_on_the_speed_of_a_replay(self):
        # At full speed geod-io is through with all forty minutes before the first of them is looked at.
        fast = self.magnitudes("5min")
        self.assertGreater(len(fast), 20)
        self.assertGreater(min(stations for _, _, stations in fast), 0)
        self.assertEqual(fast, self.magnitudes("5min", "--speed", "100"))


class Inventory(unittest.TestCase):
    def test_changes_are_taken_up_and_a_broken_file_changes_nothing(self):
        with daemon(exit_when_sources_end=False) as changing:
            (changing.folder / "stations.csv").write_text(inventory(without=("CLC",)))
            changing.start().replay([f for f in FILES if "CI.CLC" in f.name or "PB.B9" in f.name])
            status = lambda s: s["association"]
            changing.wait_for(lambda s: status(s).get("stations_without_coordinates") == ["CI.CLC"]
                              and status(s)["picks_without_coordinates"] > 0)
            (changing.folder / "stations.csv").write_text("no inventory\n")
            changing.wait_for(lambda s: status(s)["inventory_errors"] == 1)
            self.assertEqual(status(changing.status())["sites"], 2)
            (changing.folder / "stations.csv").write_text(inventory())
            changing.wait_for(lambda s: status(s)["inventory_reloads"] == 1 and status(s)["sites"] == 3)
            changing.wait_for(lambda s: status(s)["stations_without_coordinates"] == [])
            self.assertEqual(changing.terminate(), 0, changing.log)


if __name__ == "__main__":
    unittest.main()

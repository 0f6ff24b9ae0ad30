"""Polarity, back-azimuth, magnitude and distance beside the picks: the whole process, with heads of random weights."""
import json
import os
import random
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import harness
from harness import Daemon, comparable, geod

sys.path.insert(0, str(harness.ROOT / "tests" / "support"))
import scalar_bundles  # noqa: E402

FILES = sorted([*harness.RECORDING.glob("CI.CLC*"), *harness.RECORDING.glob("PB.B921*")])
VALUES = ("polarity_probability", "back_azimuth_deg", "back_azimuth_uncertainty_deg", "magnitude", "magnitude_uncertainty",
          "distance_km", "distance_uncertainty_km")
LOCATION_VALUES = ("distance_km", "distance_uncertainty_km", "back_azimuth_deg", "back_azimuth_uncertainty_deg", "s_minus_p_s")


TOLERANCE = 0.05  # a batch of another size may change the last bits of an output


def numbers(row, names):
    return [None if row[name] in ("", None) else float(row[name]) for name in names]


def told(daemon):
    """What the tasks say of each pick, and the locations: what must be equal, then what may differ by the tolerance."""
    picks = [((p["station"], p["phase"], p["time"][:23], p["polarity"]), numbers(p, VALUES)) for p in daemon.picks()]
    locations = json.loads(geod("catalog", "locations", "--config", daemon.config, "--json").stdout)
    return sorted(picks), sorted(((x["station"], x["time"][:23]), numbers(x, LOCATION_VALUES)) for x in locations)


class ScalarTasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = Path(tempfile.mkdtemp(prefix="geod-models-"))
        scalar_bundles.write_models(cls.models)
        os.environ["GEOD_MODELS"] = str(cls.models)
        with Daemon() as daemon:
            daemon.start().replay(FILES)
            daemon.wait()
            cls.picks = daemon.picks()
            cls.reference = told(daemon)
            cls.summary = json.loads(json.loads(
                geod("catalog", "runs", "--config", daemon.config, "--json", "--limit", "1").stdout)[0]["summary"])

    @classmethod
    def tearDownClass(cls):
        del os.environ["GEOD_MODELS"]
        shutil.rmtree(cls.models)

    def assert_same(self, found, note=""):
        for found_rows, expected_rows in zip(found, self.reference):
            self.assertEqual([key for key, _ in found_rows], [key for key, _ in expected_rows], note)
            for (key, values), (_, expected) in zip(found_rows, expected_rows):
                for value, other in zip(values, expected):
                    self.assertEqual(value is None, other is None, f"{key} {note}")
                    self.assertAlmostEqual(value or 0.0, other or 0.0, delta=TOLERANCE, msg=f"{key} {note}")

    def told_with(self, *replay_options, models="precision: float32"):
        with Daemon(models=models) as daemon:
            daemon.start().replay(FILES, *replay_options)
            daemon.wait()
            return told(daemon)

    def test_every_p_pick_of_an_oriented_station_is_told_of_by_every_task(self):
        p_picks = [p for p in self.picks if p["phase"] == "P" and p["components"] == "ZNE"]
        complete = [p for p in p_picks if all(p[name] for name in VALUES) and p["polarity"] in ("up", "down")]
        self.assertGreater(len(p_picks), 20)
        self.assertGreaterEqual(len(complete), len(p_picks) - 2, "but at the very beginning of the recording")
        for pick in complete:
            for name in ("polarity", "back_azimuth", "magnitude", "distance"):
                self.assertEqual(len(pick[f"{name}_adapter_hash"]), 64)
            self.assertEqual(pick["distance_adapter_id"], "starter-dis-1")
            self.assertTrue(0 <= float(pick["back_azimuth_deg"]) < 360)
        self.assertFalse(any(p["polarity"] or p["distance_km"] for p in self.picks if p["phase"] == "S"))

    def test_nothing_is_told_of_where_components_that_are_not_oriented_point(self):
        unoriented = [p for p in self.picks if p["phase"] == "P" and p["components"] == "Z12"]
        self.assertTrue(unoriented, "PB.B921 is a borehole instrument")
        self.assertFalse(any(p["back_azimuth_deg"] for p in unoriented))
        self.assertTrue(any(p["distance_km"] for p in unoriented))

    def test_locations_use_the_s_pick_where_there_is_one(self):
        _, locations = self.reference
        self.assertTrue(locations)
        self.assertEqual({key[0] for key, _ in locations}, {"CLC"}, "the other station has no back-azimuth")
        self.assertTrue(any(values[-1] for _, values in locations))

    def test_the_status_counts_what_was_told(self):
        estimates = self.summary["estimates"]
        stored = sum(1 for p in self.picks if p["distance_km"])
        self.assertEqual(estimates["dis"], {"made": stored, "stored": stored, "refused": 0})
        self.assertEqual(estimates["locations_stored"], len(self.reference[1]))
        self.assertEqual(estimates["unusable"], 0)
        self.assertEqual(self.summary["decoders"]["windows"], self.summary["windows_scored"])

    def test_the_picks_are_those_of_a_daemon_without_these_tasks(self):
        with Daemon(models="precision: float32, tasks: []") as daemon:
            daemon.start().replay(FILES)
            daemon.wait()
            self.assertEqual(comparable(daemon.picks()), comparable(self.picks))
            self.assertFalse(any(p["polarity"] for p in daemon.picks()))

    def test_the_same_for_any_cut_into_messages_and_any_batch(self):
        self.assert_same(self.told_with("--bundle", "7"))
        self.assert_same(self.told_with(models="precision: float32, max_batch: 1"))
        self.assert_same(self.told_with(models="precision: float32, max_batch: 5"))

    def test_a_second_replay_doubles_nothing(self):
        with Daemon() as daemon:
            for _ in range(2):
                daemon.start().replay(FILES)
                daemon.wait()
                self.assert_same(told(daemon))

    def test_kill_at_any_moment_loses_and_doubles_nothing(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        with Daemon() as daemon:
            for _ in range(3):
                daemon.start()
                sender = daemon.replay(FILES, wait=False)
                wanted = rng.randrange(1, 60)
                try:
                    daemon.wait_for(lambda s: s["estimates"]["dis"]["made"] >= wanted, timeout=60)
                except AssertionError:
                    pass  # it ended before: as good a moment as any
                daemon.kill()
                sender.kill()
                sender.communicate()
            daemon.start().replay(FILES)
            daemon.wait()
            self.assert_same(told(daemon), f"seed {seed}")


if __name__ == "__main__":
    unittest.main()

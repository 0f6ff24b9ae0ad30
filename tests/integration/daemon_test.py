"""The daemon as a process: real recording in over ZeroMQ, picks out of SQLite."""
import random
import unittest

import harness
from harness import Daemon, comparable, geod

STATION = sorted(harness.RECORDING.glob("CI.CLC*"))
TWO_STATIONS = sorted([*harness.RECORDING.glob("CI.CLC*"), *harness.RECORDING.glob("PB.B921*")])


def picks_of(files, *replay_options, models="precision: float32"):
    with Daemon(models=models) as daemon:
        daemon.start().replay(files, *replay_options)
        daemon.wait()
        return daemon.picks()


class WholePath(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reference = picks_of(TWO_STATIONS)

    def test_picks_the_foreshock_and_the_main_shock(self):
        times = [p["time"] for p in self.reference if p["station"] == "CLC" and p["phase"] == "P"]
        self.assertTrue(any("2019-07-04T17:02:5" in t for t in times), times)
        self.assertTrue(any("2019-07-04T17:33:5" in t for t in times), times)

    def test_every_pick_says_which_model_made_it(self):
        for pick in self.reference:
            self.assertEqual(len(pick["model_hash"]), 64)
            self.assertTrue(0.0 < float(pick["probability"]) <= 1.0)

    def test_same_picks_for_any_cut_into_messages(self):
        for bundle in ("1", "7", "64"):
            self.assertEqual(comparable(picks_of(TWO_STATIONS, "--bundle", bundle)), comparable(self.reference))

    def test_same_picks_for_any_batching(self):
        for batch in (1, 5):
            self.assertEqual(comparable(picks_of(TWO_STATIONS, models=f"precision: float32, max_batch: {batch}")),
                             comparable(self.reference))

    def test_same_picks_when_the_data_come_as_they_were_recorded(self):
        self.assertEqual(comparable(picks_of(TWO_STATIONS, "--speed", "400")), comparable(self.reference))

    def test_a_second_replay_doubles_nothing(self):
        def completeness(daemon):
            rows = geod("catalog", "completeness", "--config", daemon.config, "--format", "csv").stdout.splitlines()
            return sorted(row.rsplit(",", 2)[0] for row in rows)

        with Daemon() as daemon:
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            once = completeness(daemon)
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            self.assertEqual(comparable(daemon.picks()), comparable(self.reference))
            self.assertEqual(completeness(daemon), once)

    def test_kill_at_any_moment_loses_and_doubles_nothing(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        with Daemon(exit_when_sources_end=True) as daemon:
            acknowledged = set()
            for _ in range(4):
                daemon.start()
                sender = daemon.replay(TWO_STATIONS, wait=False)
                wanted = rng.randrange(1, 400)
                try:
                    daemon.wait_for(lambda s: s["windows_scored"] >= wanted, timeout=60)
                except AssertionError:
                    pass  # it ended before: as good a moment as any
                daemon.kill()
                sender.kill()
                sender.communicate()
                now = set(comparable(daemon.picks()))
                self.assertLessEqual(acknowledged, now, f"seed {seed}")
                acknowledged = now
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            found = comparable(daemon.picks())
            self.assertEqual(len(found), len(set(found)), f"seed {seed}")
            self.assertEqual(found, comparable(self.reference), f"seed {seed}")

    def test_thresholds_of_one_station_change_only_its_picks(self):
        picks = picks_of(TWO_STATIONS, models="precision: float32, station_thresholds: {CI.CLC: {p: 0.9, s: 0.9}}")
        other = [p for p in comparable(self.reference) if p[1] == "B921"]
        self.assertEqual([p for p in comparable(picks) if p[1] == "B921"], other)
        self.assertLess(len(picks), len(self.reference))


class Shutdown(unittest.TestCase):
    def test_sigterm_under_load_drains_and_exits_0(self):
        with Daemon(exit_when_sources_end=False) as daemon:
            daemon.start()
            sender = daemon.replay(TWO_STATIONS, wait=False)
            daemon.wait_for(lambda s: s["windows_scored"] > 0)
            self.assertEqual(daemon.terminate(timeout=60), 0, daemon.log)
            sender.kill()
            sender.communicate()
            run = geod("catalog", "runs", "--config", daemon.config, "--json", "--limit", "1").stdout
            self.assertIn("signal", run)

    def test_status_answers_while_it_works(self):
        with Daemon(exit_when_sources_end=False) as daemon:
            daemon.start().replay(STATION)
            daemon.wait_for(lambda s: s["picks_stored"] > 0 and s["sources"] and s["sources"][0]["records"] > 0)
            status = daemon.status()
            self.assertEqual(status["state"], "running")
            self.assertGreater(status["sources"][0]["records"], 0)
            self.assertEqual(daemon.terminate(), 0)


if __name__ == "__main__":
    unittest.main()

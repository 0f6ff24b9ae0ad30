"""Waveforms kept around picks: what ObsPy reads of the tree is what was streamed."""
import random
import unittest
from datetime import datetime, timedelta

try:
    import numpy
    from obspy import UTCDateTime, read
    from obspy.clients.filesystem.sds import Client
except ImportError:
    numpy = None

import harness
from harness import Daemon

TWO_STATIONS = sorted([*harness.RECORDING.glob("CI.CLC*"), *harness.RECORDING.glob("PB.B921*")])
BEFORE_S, AFTER_S = 20, 40
EDGE_S = 0.02
SETTINGS = (f"storage: {{waveforms: {{folder: waveforms, before_pick: {BEFORE_S}s, after_pick: {AFTER_S}s, "
            "ring: 1h}}\n")


def spans_of(picks, station):
    """Of a station, joined: where something must have been kept."""
    times = sorted(datetime.fromisoformat(p["time"].rstrip("Z")[:26]) for p in picks if p["station"] == station)
    spans = []
    for time in times:
        begin, end = time - timedelta(seconds=BEFORE_S), time + timedelta(seconds=AFTER_S)
        if spans and begin <= spans[-1][1]:
            spans[-1][1] = end
        else:
            spans.append([begin, end])
    return spans


@unittest.skipIf(numpy is None, "ObsPy is not installed")
class KeptWaveforms(unittest.TestCase):
    def expect_as_streamed(self, daemon, seed=None):
        """Every sample around the picks is in the tree, once, and equal to the recording."""
        picks = daemon.picks()
        root = daemon.folder / "waveforms"
        client = Client(str(root))
        for path in TWO_STATIONS:
            original, = read(path)
            network, station, location, channel = original.id.split(".")
            spans = spans_of(picks, station)
            self.assertGreater(len(spans), 0, original.id)
            kept = 0
            for begin, end in spans:
                # Which of the samples at the very ends are in is a matter of rounding.
                begin = max(UTCDateTime(begin), original.stats.starttime) + EDGE_S
                end = min(UTCDateTime(end), original.stats.endtime) - EDGE_S
                found = client.get_waveforms(network, station, location or "", channel, begin, end)
                expected = original.slice(begin, end)
                self.assertEqual(len(found), 1, f"{original.id} {begin} {end}: {found}, seed {seed}")
                self.assertEqual(found[0].stats.starttime, expected.stats.starttime)
                numpy.testing.assert_array_equal(found[0].data, expected.data)
                kept += len(expected.data)
            # Read by the record: a sample that was written twice would be counted twice.
            file, = root.rglob(f"{original.id}.D.*")
            samples = sum(len(trace.data) for trace in read(file))
            at_edges = 2 * len(spans) * (EDGE_S * original.stats.sampling_rate + 1)
            self.assertLessEqual(abs(samples - kept), at_edges, f"{original.id}, seed {seed}")
            self.assertEqual(file.stat().st_size % 512, 0, f"seed {seed}")

    def test_obspy_reads_what_was_streamed_around_the_picks(self):
        with Daemon(SETTINGS) as daemon:
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            self.expect_as_streamed(daemon)
            size = sum(f.stat().st_size for f in (daemon.folder / "waveforms").rglob("*.D.*"))
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            self.assertEqual(size, sum(f.stat().st_size for f in (daemon.folder / "waveforms").rglob("*.D.*")))

    def test_kill_at_any_moment_leaves_a_tree_that_is_made_whole(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        with Daemon(SETTINGS) as daemon:
            for _ in range(3):
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
            for file in (daemon.folder / "waveforms").rglob("*.D.*"):
                with open(file, "r+b") as tail:
                    tail.truncate(max(0, file.stat().st_size - rng.randrange(512)))
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            self.expect_as_streamed(daemon, seed)

    def test_a_tree_that_cannot_be_written_costs_no_pick(self):
        with Daemon(SETTINGS) as daemon:
            (daemon.folder / "waveforms").write_text("a file where a folder should be")
            daemon.start().replay(TWO_STATIONS)
            daemon.wait()
            self.assertGreater(len(daemon.picks()), 10)
            self.assertIn("waveforms are not kept until this is mended", daemon.log)
            self.assertEqual(daemon.log.count("waveforms are not kept until"), 1, daemon.log)


if __name__ == "__main__":
    unittest.main()

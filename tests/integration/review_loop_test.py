"""Review, train, shadow, promote: what a person corrected becomes the network that picks."""
import csv
import json
import shutil
import unittest
from pathlib import Path
from xml.etree import ElementTree

import obspy
from obspy import UTCDateTime
from obspy.core.event import (Arrival, Catalog, CreationInfo, Event, Magnitude, Origin, Pick, QuantityError,
                              ResourceIdentifier, WaveformStreamID)

import harness
from harness import Daemon, geod

START, END = UTCDateTime("2019-07-04T17:00:00"), UTCDateTime("2019-07-04T17:11:00")
STATIONS = harness.RECORDING.parent / "stations.csv"
#: Of the regional catalogue: time, magnitude, latitude, longitude, depth in m.
EVENTS = [("2019-07-04T17:02:55.34", 3.98, 35.708, -117.504, 10600.0), ("2019-07-04T17:09:20.09", 2.49, 35.708, -117.501, 10970.0)]


def cut_recording(folder):
    """Eleven minutes of the six stations as they are, with two catalogued earthquakes."""
    folder.mkdir()
    for path in sorted(harness.RECORDING.glob("*.mseed")):
        obspy.read(str(path), starttime=START, endtime=END).write(str(folder / path.name), format="MSEED")
    return sorted(folder.iterdir())


def review(picks, path):
    """What an analyst would have saved: the automatic picks of both earthquakes, 0.02 s later, as manual ones.

    One of each was left as it came, and one was given no weight.
    """
    catalog = Catalog()
    for number, (time, magnitude, latitude, longitude, depth) in enumerate(EVENTS):
        time = UTCDateTime(time)
        event = Event(resource_id=ResourceIdentifier(f"smi:local/event/{number}"), event_type="earthquake")
        origin = Origin(time=time, latitude=latitude, longitude=longitude, depth=depth, evaluation_mode="manual",
                        evaluation_status="reviewed", creation_info=CreationInfo(agency_id="TEST"))
        seen = set()
        for row in picks:
            at = UTCDateTime(row["time"])
            key = (row["station"], row["phase"])
            if not 0 < at - time < 15 or key in seen:
                continue
            seen.add(key)
            is_automatic = row["station"] == "SRT" and row["phase"] == "S"
            pick = Pick(time=at + 0.02, time_errors=QuantityError(uncertainty=0.02), phase_hint=row["phase"],
                        evaluation_mode="automatic" if is_automatic else "manual",
                        polarity="positive" if row["phase"] == "P" else "undecidable",
                        waveform_id=WaveformStreamID(row["network"], row["station"], "", row["channel"] + "Z"))
            event.picks.append(pick)
            origin.arrivals.append(Arrival(pick_id=pick.resource_id, phase=row["phase"], time_weight=1.0))
        event.origins.append(origin)
        event.magnitudes.append(Magnitude(mag=magnitude, magnitude_type="ML", origin_id=origin.resource_id))
        event.preferred_origin_id = origin.resource_id
        event.preferred_magnitude_id = event.magnitudes[0].resource_id
        catalog.append(event)
    catalog.write(str(path), format="QUAKEML")
    return sum(pick.evaluation_mode == "manual" for event in catalog for pick in event.picks)


def rows(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class ReviewLoop(unittest.TestCase):
    def train(self, daemon, *options, **how):
        return geod("train", "--from-catalog", "--config", daemon.config, "--init", harness.ROOT / "models" / "starter",
                    "--lora-rank", "2", "--steps", "2", "--batch", "2", "--name", "reviewed", "--out", daemon.folder / "bundles",
                    *options, **how)

    def test_review_train_shadow_promote_are_four_commands(self):
        with Daemon() as daemon:
            files = cut_recording(daemon.folder / "mseed")
            daemon.start()
            daemon.replay(files)
            daemon.wait()
            geod("catalog", "stations", "--import", STATIONS, "--config", daemon.config)
            picks = daemon.picks()

            unreviewed = self.train(daemon, "--waveforms", daemon.folder / "mseed", check=False)
            self.assertEqual(unreviewed.returncode, 1)
            self.assertIn("no reviewed picks", unreviewed.stderr)

            manual = review(picks, daemon.folder / "reviewed.xml")
            self.assertGreaterEqual(manual, 8)
            geod("catalog", "import", daemon.folder / "reviewed.xml", "--config", daemon.config)
            trained = self.train(daemon, "--waveforms", daemon.folder / "mseed")
            # The daemon goes on, as it would in an observatory.
            daemon.config.write_text(daemon.config.read_text().replace("exit_when_sources_end: true", "exit_when_sources_end: false"))
            daemon.start()
            geod("adapters", "install", daemon.folder / "bundles" / "reviewed-1", "--config", daemon.config)
            listing = json.loads(geod("adapters", "list", "--json", "--config", daemon.config).stdout)
            self.assertIn("reviewed-1", json.dumps(listing))
            geod("adapters", "activate", "reviewed-1", "--config", daemon.config)
            self.assertEqual(daemon.status()["adapters"]["tasks"]["dpk"]["active"]["bundle"], "reviewed-1")

            self.check_data_set(daemon, picks, manual, trained.stderr)
            self.check_pictures(daemon)

    def check_data_set(self, daemon, picks, manual, told):
        data = daemon.folder / "bundles.run" / "reviewed-1" / "data"
        labels = rows(data / "events" / "labels.csv")
        self.assertEqual(len(labels), manual)
        self.assertIn("of 2 reviewed and 0 automatic events", told)
        # The corrected times, not the automatic ones.
        automatic = {(row["station"], row["phase"], row["time"][:23]) for row in picks}
        for label in labels:
            corrected = UTCDateTime(label["time"]) - 0.02
            self.assertIn((label["station"], label["phase"], str(corrected)[:23]), automatic)
        # One earthquake to train on, one to be validated on; no station and time is in both.
        self.assertEqual({label["fold"] for label in labels if label["time"] < "2019-07-04T17:06"}, {"4"})
        self.assertEqual({label["fold"] for label in labels if label["time"] > "2019-07-04T17:06"}, {"9"})
        for label in labels:
            if label["phase"] == "P":
                self.assertIn(label["magnitude"], ("3.98", "2.49"))
                self.assertEqual(label["polarity"], "positive")
                self.assertTrue(10.0 < float(label["distance_km"]) < 40.0)
        # Pick that no human made, and where S was not read.
        doubtful = rows(data / "events" / "uncertain.csv")
        self.assertTrue(doubtful)
        for row in doubtful:
            near = [label for label in labels if (label["station"], label["phase"]) == (row["station"], row["phase"])
                    and abs(UTCDateTime(label["time"]) - UTCDateTime(row["time"])) <= 1.0]
            self.assertEqual(near, [])
        # Noise holds no pick.
        for folder in ("events", "noise"):
            for row in rows(data / folder / "noise.csv"):
                inside = [pick for pick in picks if pick["station"] == row["station"]
                          and row["start"] < pick["time"] < row["end"]]
                self.assertEqual(inside, [])
        scores = json.loads(geod("eval", "--model", harness.ROOT / "models" / "starter", "--data", data, "--fold", "9",
                                 "--json").stdout)
        self.assertIn("P", json.dumps(scores))

    def check_pictures(self, daemon):
        for arguments in (("map",), ("section", "smi:local/event/0", "--waveforms", daemon.folder / "mseed")):
            picture = daemon.folder / "picture.svg"
            geod("catalog", *arguments, "-o", picture, "--config", daemon.config)
            ElementTree.parse(picture)  # well-formed, or it raises
            self.assertIn("TOW2", picture.read_text())

    def test_says_when_no_waveforms_were_kept(self):
        with Daemon() as daemon:
            files = cut_recording(daemon.folder / "mseed")
            daemon.start()
            daemon.replay(files)
            daemon.wait()
            review(daemon.picks(), daemon.folder / "reviewed.xml")
            geod("catalog", "import", daemon.folder / "reviewed.xml", "--config", daemon.config)
            shutil.rmtree(daemon.folder / "mseed")
            other = daemon.folder / "other"
            other.mkdir()
            shutil.copy(Path(harness.ROOT) / "tests" / "data" / "formats" / "quakeml" / self.any_waveform(), other)
            done = self.train(daemon, "--waveforms", other, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"none of the \d+ reviewed picks has waveforms")

    @staticmethod
    def any_waveform():
        folder = harness.ROOT / "tests" / "data" / "formats" / "quakeml"
        return next(str(path.relative_to(folder)) for path in sorted(folder.rglob("*.mseed")))


if __name__ == "__main__":
    unittest.main()

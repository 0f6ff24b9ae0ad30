"""The network that is shipped for fibres, through the whole daemon, which loads it by itself.

A real earthquake is found with its arrivals, noise is not; a kill changes no detection; a bundle takes over while it runs.
"""
import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import harness
from harness import Daemon, geod

EARTHQUAKE = harness.ROOT / "tests" / "data" / "das_forge"
REPORT = harness.ROOT / "scripts" / "demo_das_report.py"
STARTER = harness.ROOT / "models" / "starter-das"
FORGE = "FORGE.7832"
FIBRE = "SY.TEST"


def detections(daemon):
    text = geod("catalog", "detections", "--config", daemon.config, "--format", "csv").stdout
    return list(csv.DictReader(io.StringIO(text)))


def comparable(rows):
    """All that does not say when and by which run a row was written."""
    return sorted(tuple((key, value) for key, value in row.items() if key != "inserted") for row in rows)


class StarterDasTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = Path(tempfile.mkdtemp(prefix="geod-"))
        cls.recording = cls.synthetic("earthquakes", 60, "--seed", "3")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.scratch)

    @classmethod
    def synthetic(cls, name, seconds, *options):
        folder = cls.scratch / name
        geod("synth", "das", "--out", folder, "--recording", seconds, "--channels", "300", *options)
        return folder / "recording.h5"

    def daemon(self, settings="", **options):
        daemon = Daemon(settings, **options)
        self.addCleanup(daemon.__exit__)
        return daemon.start()

    def seen(self, recording, fibre=FIBRE, settings=""):
        """The daemon that saw the recording to its end."""
        daemon = self.daemon(settings)
        daemon.replay([recording], "--id", fibre)
        daemon.wait()
        return daemon

    def test_the_earthquake_of_forge_is_found_with_its_arrivals(self):
        grid = "{sampling_rate_hz: 250, channel_spacing_m: 4.08}"
        daemon = self.seen(EARTHQUAKE / "eq3.h5", FORGE, f"fibres: {{each: {{{FORGE}: {grid}}}}}\n")
        arrivals = daemon.folder / "arrivals.csv"
        arrivals.write_text("".join(
            geod("catalog", "arrivals", row["detection_id"], "--config", daemon.config, "--format", "csv").stdout
            for row in detections(daemon)))
        done = subprocess.run([sys.executable, REPORT, "compare", arrivals, EARTHQUAKE / "hand_picks.csv",
                               "2020-01-01T00:00:00", "--json"], capture_output=True, text=True, check=True)
        report = json.loads(done.stdout)
        # What it reaches is in docs/starter-das.md; these are the promise.
        self.assertGreater(report["P"]["within_0.1_s"], 0.8 * report["P"]["read_by_hand"], done.stdout)
        self.assertGreater(report["S"]["within_0.1_s"], 0.5 * report["S"]["read_by_hand"], done.stdout)

    def test_noise_gives_no_detection(self):
        for seed in (1, 2):
            with self.subTest(seed=seed):
                noise = self.synthetic(f"noise-{seed}", 60, "--noise-share", "1", "--seed", seed)
                self.assertEqual(detections(self.seen(noise)), [])

    def test_a_kill_changes_no_detection(self):
        whole = detections(self.seen(self.recording))
        self.assertGreater(len(whole), 3)
        daemon = self.daemon()
        sender = daemon.replay([self.recording], "--id", FIBRE, "--speed", "20", wait=False)
        daemon.wait_for(lambda status: status["detections"]["stored"] >= 2)
        daemon.kill()
        sender.kill()
        sender.communicate()
        before = detections(daemon)
        daemon.start()
        daemon.replay([self.recording], "--id", FIBRE)
        daemon.wait()
        after = detections(daemon)
        self.assertGreaterEqual(len(before), 1)
        self.assertLess(len(before), len(after))
        self.assertEqual(comparable(after), comparable(whole))

    def test_a_burst_is_shed_and_every_second_of_it_is_accounted_for(self):
        daemon = self.seen(self.recording, settings="fibres: {queue_bytes: 2MiB}\n")  # a third of the recording
        with sqlite3.connect(daemon.folder / "geod.sqlite") as database:
            seen_s, = database.execute("SELECT coalesce(sum(scored_s), 0) FROM fibre_completeness").fetchone()
            gaps = database.execute("SELECT kind, from_ns, to_ns FROM fibre_gaps").fetchall()
        self.assertGreater(len(gaps), 0)
        self.assertEqual({kind for kind, _, _ in gaps}, {"shed"})
        shed_s = sum(to_ns - from_ns for _, from_ns, to_ns in gaps) / 1e9
        self.assertGreater(shed_s, 1.0)
        self.assertAlmostEqual(seen_s + shed_s, 60.0, places=6)

    def test_a_bundle_takes_over_while_the_daemon_runs_and_leaves_again(self):
        tiles = self.scratch / "tiles"
        geod("synth", "das", "--out", tiles, "--count", "8", "--held-out-share", "0")
        geod("train", "--task", "das", "--data", tiles, "--init", STARTER, "--method", "lora", "--lora-rank", "2",
             "--steps", "2", "--batch", "2", "--name", "valley", "--out", self.scratch / "bundles")
        bundle = self.scratch / "bundles" / "valley-1"
        self.assertIn("valley-1: whole, made for starter-das-1", geod("adapters", "check", bundle).stdout)
        daemon = self.daemon("adapters: {on_new: activate, settle: 20ms}\n", exit_when_sources_end=False)

        def answers():
            return daemon.status()["adapters"]["tasks"]["das"]["active"]["bundle"]

        def fibres_of(name):
            return {row["fibre"] for row in detections(daemon) if row["adapter_id"] == name}

        self.assertEqual(answers(), "")
        daemon.replay([self.recording], "--id", "SY.FIRST")
        daemon.wait_for(lambda status: status["detections"]["stored"] > 3)
        (daemon.folder / "adapters").mkdir(exist_ok=True)
        shutil.copytree(bundle, daemon.folder / "coming")
        os.rename(daemon.folder / "coming", daemon.folder / "adapters" / "valley-1")
        daemon.wait_for(lambda status: status["adapters"]["tasks"]["das"]["active"]["bundle"] == "valley-1")
        daemon.replay([self.recording], "--id", "SY.SECOND")
        daemon.wait_for(lambda _: "SY.SECOND" in fibres_of("valley-1"))
        self.assertEqual(fibres_of(""), {"SY.FIRST"})
        geod("adapters", "rollback", "--task", "das", "--config", daemon.config)
        self.assertEqual(answers(), "")
        self.assertEqual(daemon.terminate(), 0)


if __name__ == "__main__":
    unittest.main()

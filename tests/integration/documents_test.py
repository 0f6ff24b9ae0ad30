"""Runs the commands that the documents print, in the order in which they stand there."""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "support"))
import phase_bundles  # noqa: E402


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (harness.ROOT / document).read_text(), re.S | re.M)


def run(script, folder):
    """Runs shell commands of a document with the tested executable and the interpreter of the tests."""
    script = script.replace("build/release/bin/geod", str(harness.GEOD)).replace(".venv/bin/python", sys.executable)
    path = f"{harness.GEOD.parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-euo", "pipefail", "-m", "-c", script], cwd=folder, capture_output=True, text=True,
                          timeout=600, env={**os.environ, "PATH": path})
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}\n{script}\n{done.stdout}{done.stderr}")
    return done.stdout


class Readme(unittest.TestCase):
    def test_first_steps_feed_the_daemon_and_find_the_main_shock(self):
        feed, = blocks("README.md", "python")
        self.assertLessEqual(len(feed.strip().splitlines()), 10)
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            os.symlink(harness.ROOT / "tests", Path(folder) / "tests")
            os.symlink(harness.ROOT / "models", Path(folder) / "models")
            first = Path(folder) / "build" / "first"
            first.mkdir(parents=True)
            (first / "feed.py").write_text(feed)
            output = run("\n".join(blocks("README.md", "sh")), folder)
        self.assertRegex(output, r"CLC.*\bP\b.*2019-07-04T17:33:5")

    def test_the_two_commands_are_what_ci_runs(self):
        ci = (harness.ROOT / ".ci" / "run").read_text().splitlines()
        for command in blocks("README.md", "console")[0].split():
            self.assertIn(command, ci)


class Training(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            os.symlink(harness.ROOT / "tests", Path(folder) / "tests")
            run("\n".join(blocks("docs/training.md", "sh")), folder)
            self.assertTrue((Path(folder) / "demo-model" / "model.safetensors").exists())
            for page in ("demo-report.html", "demo-model.run/report.html", "demo-few/report.html"):
                ElementTree.parse(Path(folder) / page)  # well-formed, or it raises


def write_tiles(folder):
    """Five tiles with a slanted band, PNG images and NPY labels."""
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    rows, columns = np.mgrid[0:28, 0:28]
    for i, name in enumerate("abcde"):
        band = ((rows - 2 * i - columns // 2) // 7 == 0)
        values = np.where(band, 190, 60) + (7 * rows + 13 * columns + i) % 31
        scanlines = b"".join(b"\0" + row.tobytes() for row in values.astype(np.uint8))
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(scanlines)), (b"IEND", b"")]
        (folder / "images" / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks))
        np.save(folder / "labels" / f"{name}.npy", band.astype(np.int8))


class ImageTasks(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            write_tiles(Path(folder) / "tiles")
            output = run("\n".join(blocks("docs/image-tasks.md", "sh")), folder)
            self.assertIn("table S2", output)
            self.assertEqual(len(list((Path(folder) / "pictures").glob("*.png"))), 1)
            self.assertTrue((Path(folder) / "features.png").read_bytes().startswith(b"\x89PNG"))
            for page in ("tiny.html", "tiny-1.run/report.html", "image-bundles.run/mine-1/report.html"):
                ElementTree.parse(Path(folder) / page)


class FwiSynthetics(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            output = run("\n".join(blocks("docs/fwi-synthetics.md", "sh")), folder)
            self.assertIn("6 samples of FVA (1 held out) in 3 shards", output)
            self.assertEqual(json.loads(output.splitlines()[-1])["held_out"], 3)
            shots = np.load(Path(folder) / "openfwi" / "FVA" / "data" / "data1.npy")
            models = np.load(Path(folder) / "openfwi" / "CFB" / "vel6_1_0.npy")
            self.assertEqual((shots.dtype, shots.shape), (np.float32, (4, 5, 1000, 70)))
            self.assertEqual((models.dtype, models.shape), (np.float32, (1, 1, 70, 70)))
            lines = (Path(folder) / "openfwi" / "CFB" / "curvefault_b_val.txt").read_text().splitlines()
            self.assertEqual(lines[0], "seis6_1_1.npy\tvel6_1_1.npy")


class Inversion(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            output = run("\n".join(blocks("docs/fwi.md", "sh")), folder)
            self.assertIn("trained on", output)
            self.assertTrue((Path(folder) / "bundles" / "sta-1").is_dir())
            self.assertTrue(list((Path(folder) / "maps").glob("STA-*.png")))
            for page in ("pfm.html", "pfm-1.run/report.html", "ood/report.html"):
                ElementTree.parse(Path(folder) / page)


class Adapters(unittest.TestCase):
    def test_the_session_promotes_and_rolls_back(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            os.symlink(harness.ROOT / "tests", Path(folder) / "tests")
            phase_bundles.write_bundle(Path(folder) / "runs", "ridgecrest", shift=-0.5)
            output = run("\n".join(blocks("docs/adapters.md", "sh")), folder)
            log = (Path(folder) / "trial" / "geod.log").read_text()
        self.assertRegex(output, r"ridgecrest-1 .* for dpk: shadow")
        self.assertRegex(output, r"dpk active: ridgecrest-1 \(\w{12}\), before shipped")
        self.assertRegex(output, r"dpk active: shipped, before ridgecrest-1")
        for action in ("shadow on", "activated", "rolled back"):
            self.assertIn(f"adapter {action}", log)


class Catalogue(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            os.symlink(harness.ROOT / "tests", Path(folder) / "tests")
            os.symlink(harness.ROOT / "models", Path(folder) / "models")
            output = run("\n".join(blocks("docs/catalogue.md", "sh")), folder)
            for picture in ("map.svg", "section.svg"):
                ElementTree.parse(Path(folder) / "observatory" / picture)
            self.assertTrue((Path(folder) / "observatory" / "bundles" / "reviewed-1").is_dir())
            self.assertTrue(json.loads((Path(folder) / "observatory" / "events.geojson").read_text())["features"])
        self.assertRegex(output, r"dpk active: reviewed-1")


class Service(unittest.TestCase):
    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="geod-") as folder:
            os.symlink(harness.ROOT / "tests", Path(folder) / "tests")
            scripts = re.findall(r"^```(sh|python)\n(.*?)^```", (harness.ROOT / "docs" / "service.md").read_text(), re.S | re.M)
            output = run("\n".join(text if language == "sh" else f".venv/bin/python - <<'PYTHON'\n{text}PYTHON" for language, text in scripts),
                         folder)
            self.assertRegex(output, r"[1-9]\d* events; 4 stations of CI\n")
            self.assertRegex(output, r"(?:heartbeat|event) at \d+-0-\d+-\d+\n[0-9a-f]{16} 1 2019-07-04T")
            self.assertIn("geod_event_versions_total", output)
            self.assertGreater(int(re.search(r"^(\d+)$", output, re.M)[1]), 0)
            self.assertTrue(json.loads((Path(folder) / "trial" / "events.geojson").read_text())["features"])


class Links(unittest.TestCase):
    def test_every_relative_link_leads_somewhere(self):
        for document in [*harness.ROOT.glob("*.md"), *harness.ROOT.glob("[a-z]*/README.md"), *harness.ROOT.glob("docs/*.md"),
                         *harness.ROOT.glob("bench/**/*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
                self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")


if __name__ == "__main__":
    unittest.main()

"""An installed tree runs from wherever it is moved to."""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness

BUILD = harness.GEOD.parent.parent


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="geod-"))
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.folder / "first"], check=True, capture_output=True)
        (cls.folder / "first").rename(cls.folder / "moved")
        cls.tree = cls.folder / "moved"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_geod(self, *arguments):
        # An empty environment and another working folder: nothing of the build tree may help.
        return subprocess.run([self.tree / "bin" / "geod", *arguments], cwd="/", env={"PATH": "/usr/bin:/bin"},
                              capture_output=True, text=True, timeout=60)

    def test_the_executable_needs_no_libtorch(self):
        needed = subprocess.run(["ldd", self.tree / "bin" / "geod"], capture_output=True, text=True, check=True).stdout
        self.assertNotRegex(needed, r"lib(torch|c10|cuda)|not found")

    def test_computes_with_the_installed_model(self):
        done = self.run_geod("doctor", "--json")
        self.assertIn(str(self.tree / "share" / "geod" / "models" / "starter"), done.stdout)
        self.assertRegex(done.stdout, r"windows/s")

    def test_unit_names_the_prefix_it_was_installed_to(self):
        unit = (self.tree / "lib" / "systemd" / "system" / "geod.service").read_text()
        self.assertIn(f"ExecStart={self.folder / 'first' / 'bin' / 'geod'} run", re.sub(r"\s+", " ", unit))

    def test_the_example_configuration_is_accepted(self):
        done = self.run_geod("check-config", str(self.tree / "etc" / "geod" / "geod.yaml"))
        self.assertIn(done.returncode, (0, 78))
        # The only fault it may have here: files of an observatory that this host does not have.
        for line in done.stderr.splitlines():
            self.assertRegex(line, "does not exist|not a folder|cannot be read")


if __name__ == "__main__":
    unittest.main()

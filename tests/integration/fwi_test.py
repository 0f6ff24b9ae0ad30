"""Inversion the whole way at reduced size: synthesise two families, pretrain, tune, tables, adapters on their base."""
import hashlib
import json
import shutil
import tempfile
import unittest
from pathlib import Path

import harness

SMALL = ["--width", 4, "--batch", 4, "--threads", 1, "--report", 0, "--checkpoint", 0, "--warmup", 2]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def folder_bytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Inversion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="geod-fwi-"))
        for name, seed in (("FVA", 1), ("STA", 2)):
            harness.geod("synth", "fwi", "--out", cls.folder / name, "--dataset", name, "--count", 10, "--seed", seed)
        cls.command = ["experiment", "fwi", "ood", "--pretrain", cls.folder / "FVA", "--pretrain", cls.folder / "STA",
                       "--target", cls.folder / "FVA", "--target", cls.folder / "STA", "--out", cls.folder / "ood",
                       "--epochs", 2, "--pretrain-epochs", 3, *SMALL, "--json"]
        cls.result = json.loads(harness.geod(*cls.command, timeout=600).stdout)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def row(self, method, trained_on, tested_on):
        found, = [row for row in self.result["rows"] if (row["method"], row["trained_on"], row["tested_on"]) ==
                  (method, trained_on, tested_on)]
        return found

    def bundle(self, name):
        found, = (self.folder / "ood" / f"lora-{name}-100-r16-a16-1").iterdir()
        return found

    def test_every_network_is_tested_on_every_family(self):
        self.assertEqual(len(self.result["rows"]), 2 + 3 * 2 * 2)
        for method in ("baseline", "full", "lora"):
            for trained_on in ("FVA", "STA"):
                for tested_on in ("FVA", "STA"):
                    row = self.row(method, trained_on, tested_on)
                    self.assertTrue(0 < row["mae"]["mean"] <= row["rmse"]["mean"] < 2, row)
                    self.assertLess(row["ssim"]["mean"], 1)
        self.assertEqual(self.row("full", "FVA", "FVA")["trainable"], self.row("baseline", "STA", "FVA")["trainable"])
        page = (self.folder / "ood" / "report.html").read_text()
        self.assertIn("Tables III and IV are pictures", page)

    def test_a_finished_experiment_is_not_run_again(self):
        before = sha256(self.folder / "ood" / "pretrained-1" / "model.safetensors")
        again = json.loads(harness.geod(*self.command).stdout)
        self.assertEqual(again, self.result)
        self.assertEqual(sha256(self.folder / "ood" / "pretrained-1" / "model.safetensors"), before)
        changed = harness.geod(*self.command, "--lr", "1e-3", check=False)
        self.assertEqual(changed.returncode, 1)
        self.assertIn("other options", changed.stderr)

    def test_an_adapter_gives_the_scores_of_its_training_on_its_base_in_a_fresh_process(self):
        base = self.folder / "ood" / "pretrained-1"
        scores = json.loads(harness.geod("eval", "--model", base, "--adapter", self.bundle("STA"), "--data", self.folder / "FVA",
                                         "--threads", 1, "--overlays", self.folder / "maps", "--report",
                                         self.folder / "eval.html", "--json").stdout)
        trained = self.row("lora", "STA", "FVA")
        self.assertAlmostEqual(scores["mae"], trained["mae"]["mean"], delta=1e-5)
        self.assertAlmostEqual(scores["ssim"], trained["ssim"]["mean"], delta=1e-5)
        self.assertEqual(len(list((self.folder / "maps").glob("FVA-*.png"))), scores["maps"])
        self.assertIn("data:image/png", (self.folder / "eval.html").read_text())

    def test_a_bundle_is_at_most_a_twentieth_of_its_base_which_stays_as_it_is(self):
        base = self.folder / "ood" / "pretrained-1"
        before = sha256(base / "model.safetensors")
        # Rank 1 of 4 channels, half of the published rank 16 of 32: the names of tensors weigh as much as their values here.
        harness.geod("train", "--task", "fwi", "--data", self.folder / "STA", "--init", base, "--method", "lora", "--lora-rank", 1,
                     "--out", self.folder / "adapters", "--name", "sta", "--epochs", 1, *SMALL[2:])
        self.assertLessEqual(folder_bytes(self.folder / "adapters" / "sta-1"), 0.05 * folder_bytes(base))
        self.assertEqual(sha256(base / "model.safetensors"), before)

    def test_shares_and_ranks_have_their_tables(self):
        base = self.folder / "ood" / "pretrained-1"
        common = ["--base", base, "--target", self.folder / "STA", "--epochs", 1, *SMALL[2:]]
        low = harness.geod("experiment", "fwi", "low-data", *common, "--percents", "50,100", "--out", self.folder / "low").stdout
        self.assertRegex(low, r"STA +50 % +lora r 16 a 16")
        ranks = harness.geod("experiment", "fwi", "rank-alpha", *common, "--ranks", "1,2", "--alphas", "2,16", "--out",
                             self.folder / "ranks").stdout
        self.assertEqual(len([line for line in ranks.splitlines() if line.startswith("STA")]), 4)


if __name__ == "__main__":
    unittest.main()

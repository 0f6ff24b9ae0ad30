"""Adapters in a running daemon: dropped in, refused, exchanged under load, compared, rolled back."""
import collections
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import unittest
from pathlib import Path

import zmq

import harness
from harness import Daemon, geod

sys.path.insert(0, str(harness.ROOT / "tests" / "support"))
import phase_bundles  # noqa: E402

STATION = sorted(harness.RECORDING.glob("CI.CLC*"))
TWO_STATIONS = sorted([*harness.RECORDING.glob("CI.CLC*"), *harness.RECORDING.glob("PB.B921*")])


Row = collections.namedtuple("Row", "network station phase time_ns adapter_id adapter_hash")


class Control:
    """The control socket without a process a request."""

    def __init__(self, daemon):
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, 60_000)
        self.socket.connect(f"ipc://{daemon.folder}/control")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close(linger=0)

    def send(self, action, **members):
        self.socket.send_json({"command": "adapters", "action": action, **members})

    def ask(self, action, **members):
        self.send(action, **members)
        return self.socket.recv_json()


class AdapterDaemon(Daemon):
    def __init__(self, on_new="shadow", **options):
        super().__init__(settings=f"adapters: {{on_new: {on_new}, settle: 20ms}}\n", **options)
        self.adapters = self.folder / "adapters"

    def drop(self, bundle):
        """Renames a copy of a bundle into the watched folder."""
        beside = self.folder / f"coming-{bundle.name}"
        shutil.copytree(bundle, beside, symlinks=True)
        self.adapters.mkdir(exist_ok=True)
        os.rename(beside, self.adapters / bundle.name)

    def geod(self, *arguments, **options):
        return geod("adapters", *arguments, "--config", self.config, **options)

    def listing(self):
        return json.loads(self.geod("list", "--json").stdout)

    def wait_for_bundle(self, name, **expected):
        """Until the daemon has looked at a bundle and its entry holds `expected`."""
        def is_there(status):
            entry = next((b for b in status["adapters"]["bundles"] if b["bundle"] == name), None)
            return entry is not None and all(entry[key] == value for key, value in expected.items())
        self.wait_for(is_there)

    def rows(self):
        """The stored picks with the adapter that made each, straight from the database."""
        connection = sqlite3.connect(f"file:{self.folder}/geod.sqlite?mode=ro", uri=True)
        try:
            found = connection.execute(
                "SELECT network, station, phase, time_ns, adapter_id, adapter_hash FROM picks JOIN instruments USING "
                "(instrument_key) JOIN stations USING (station_key) LEFT JOIN adapters USING (adapter_key)").fetchall()
        finally:
            connection.close()
        return [Row(*values) for values in found]

    def active(self):
        return self.status()["adapters"]["tasks"]["dpk"]["active"]

    def events(self):
        return [(e["action"], e["bundle"]) for e in self.status()["adapters"]["events"]]


class WithBundles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bundles = Path(tempfile.mkdtemp(prefix="geod-"))
        cls.p_only = phase_bundles.write_bundle(cls.bundles, "p-only", mute="S")
        cls.s_only = phase_bundles.write_bundle(cls.bundles, "s-only", mute="P")
        cls.hashes = {"P": phase_bundles.hash_of(cls.p_only), "S": phase_bundles.hash_of(cls.s_only)}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.bundles)

    def assert_rows_are_unmixed(self, picks):
        """Each pick was made by the bundle that can make its phase, and none is there twice."""
        for pick in picks:
            self.assertEqual(pick.adapter_hash, self.hashes[pick.phase], pick)
        for a, b in zip(sorted(picks), sorted(picks)[1:]):
            if a[:3] == b[:3]:
                self.assertGreaterEqual(b.time_ns - a.time_ns, 0.99e9, (a, b))


class Exchange(WithBundles):
    def test_a_bundle_that_is_dropped_in_goes_live_by_itself(self):
        with AdapterDaemon(on_new="activate") as daemon:
            daemon.start()
            daemon.drop(self.p_only)
            daemon.wait_for(lambda s: s["adapters"]["tasks"]["dpk"]["active"]["hash"] == self.hashes["P"])
            daemon.replay(STATION)
            daemon.wait()
            picks = daemon.rows()
            self.assertGreater(len(picks), 10)
            self.assertEqual({(p.phase, p.adapter_id, p.adapter_hash) for p in picks}, {("P", "p-only-1", self.hashes["P"])})

    def test_fifty_exchanges_under_load_lose_double_and_mix_nothing(self):
        exchanges = 50
        with AdapterDaemon(on_new="check", exit_when_sources_end=False) as daemon, Control(daemon) as control:
            daemon.start()
            for bundle in (self.p_only, self.s_only):
                daemon.drop(bundle)
                daemon.wait_for_bundle(bundle.name, problem="")
            control.ask("activate", bundle="p-only-1")
            sender = daemon.replay(TWO_STATIONS, "--speed", "500", wait=False)
            for exchange in range(exchanges):
                answer = control.ask("activate", bundle=("s-only-1", "p-only-1")[exchange % 2])
                self.assertNotIn("error", answer)
            sender.communicate()
            self.assertEqual(daemon.terminate(), 0, daemon.log)
            run = json.loads(geod("catalog", "runs", "--config", daemon.config, "--json", "--limit", "1").stdout)[0]
            summary = run["summary"] if isinstance(run["summary"], dict) else json.loads(run["summary"])
            self.assertEqual(summary["adapters"]["network_changes"], exchanges + 1)
            self.assertEqual(summary["windows_cut"], summary["windows_scored"])
            self.assertEqual(summary["windows_shed"], 0)
            picks = daemon.rows()
            self.assertEqual({p.phase for p in picks}, {"P", "S"})
            self.assert_rows_are_unmixed(picks)

    def test_drop_in_shadow_compare_promote_roll_back(self):
        with AdapterDaemon(exit_when_sources_end=True) as daemon:
            daemon.start()
            installed = json.loads(daemon.geod("install", self.p_only, "--json").stdout)
            self.assertEqual((installed["role"], installed["hash"]), ("shadow", self.hashes["P"]))
            daemon.replay(STATION)
            daemon.wait()
            compared = json.loads(daemon.geod("diff", "--json").stdout)
            self.assertEqual((compared["active"], compared["candidate"]), ("", "p-only-1"))
            p, s = compared["phases"]["P"], compared["phases"]["S"]
            self.assertGreater(p["matched"], 10)
            self.assertEqual((p["only_active"], p["only_candidate"]), (0, 0))
            self.assertEqual(p["time_median_s"], 0.0)
            self.assertEqual(s["candidate"], 0)
            self.assertGreater(s["only_active"], 0)
            self.assertEqual({pick.adapter_hash for pick in daemon.rows()}, {None})
            daemon.start()
            self.assertIn("p-only-1", daemon.geod("activate", "p-only-1").stdout)
            self.assertNotIn("shadow", daemon.status()["adapters"]["tasks"]["dpk"])
            self.assertEqual(daemon.active()["bundle"], "p-only-1")
            daemon.geod("rollback")
            self.assertEqual(daemon.active()["bundle"], "")
            self.assertEqual(daemon.events()[-2:], [("activated", "p-only-1"), ("rolled back", "")])
            self.assertEqual(daemon.terminate(), 0)

    def test_what_was_decided_holds_after_a_restart_also_without_a_daemon(self):
        with AdapterDaemon(exit_when_sources_end=False) as daemon:
            done = daemon.geod("install", self.p_only)
            self.assertIn("p-only-1", done.stdout)
            done = daemon.geod("activate", "p-only-1")
            self.assertIn("next start", done.stdout)
            self.assertFalse(daemon.listing()["running"])
            daemon.start()
            self.assertEqual(daemon.active()["hash"], self.hashes["P"])
            self.assertEqual(daemon.terminate(), 0)
            daemon.geod("rollback")
            daemon.start()
            self.assertEqual(daemon.active()["bundle"], "")
            self.assertEqual(daemon.terminate(), 0)

    def test_the_control_socket_answers_while_an_adapter_loads(self):
        with AdapterDaemon(on_new="check", exit_when_sources_end=False) as daemon, Control(daemon) as first, \
                Control(daemon) as second:
            daemon.start()
            daemon.drop(self.p_only)
            daemon.wait_for_bundle("p-only-1")
            for _ in range(5):
                first.send("activate", bundle="p-only-1")
                second.send("list")
                self.assertIn("tasks", second.socket.recv_json())
                self.assertEqual(first.socket.recv_json()["active"]["bundle"], "p-only-1")
            self.assertEqual(daemon.terminate(), 0)

    def test_what_cannot_be_done_says_why(self):
        with AdapterDaemon(exit_when_sources_end=False) as daemon:
            for running in (False, True):
                if running:
                    daemon.start()
                for arguments, words in ((["activate", "none-1"], "none-1"), (["rollback"], "return to"),
                                         (["shadow", "--off", "--task", "dpk"], "no bundle runs in shadow"),
                                         (["install", daemon.folder / "nowhere"], "nowhere")):
                    done = daemon.geod(*arguments, check=False)
                    self.assertEqual(done.returncode, 1, done)
                    self.assertIn(words, done.stderr)
                self.assertEqual(daemon.geod("activate", check=False).returncode, 2)
                self.assertEqual(daemon.geod("activate", "../etc-1", check=False).returncode, 2)
            self.assertEqual(daemon.terminate(), 0)


class Refusals(WithBundles):
    """Each is refused with a reason, and the bundle that is active goes on serving."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = AdapterDaemon(on_new="activate", exit_when_sources_end=False)
        cls.daemon.start()
        cls.daemon.drop(cls.p_only)
        cls.daemon.wait_for(lambda s: s["adapters"]["tasks"]["dpk"]["active"]["bundle"] == "p-only-1")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.daemon.replay(STATION)
            cls.daemon.wait_for(lambda s: s["picks_stored"] > 10)
            assert {p.adapter_hash for p in cls.daemon.rows()} == {cls.hashes["P"]}, "another bundle made picks"
            assert cls.daemon.terminate() == 0, cls.daemon.log
        finally:
            cls.daemon.__exit__()
            super().tearDownClass()

    def refused(self, bundle, *words):
        self.daemon.drop(bundle)
        self.daemon.wait_for_bundle(bundle.name)
        entry = next(b for b in self.daemon.status()["adapters"]["bundles"] if b["bundle"] == bundle.name)
        for word in words:
            self.assertIn(word, entry["problem"])
        self.assertTrue(entry["problem"])
        self.assertEqual(self.daemon.active()["bundle"], "p-only-1")
        self.assertIn(("refused", bundle.name), self.daemon.events())
        done = self.daemon.geod("activate", bundle.name, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.daemon.active()["bundle"], "p-only-1")

    def spoiled(self, name, spoil):
        bundle = phase_bundles.write_bundle(self.bundles, name, mute="P")
        spoil(bundle)
        return bundle

    def test_a_truncated_file(self):
        def cut(bundle):
            head = bundle / "head.safetensors"
            head.write_bytes(head.read_bytes()[:-3])
        self.refused(self.spoiled("truncated", cut), "head.safetensors")

    def test_a_flipped_bit(self):
        def flip(bundle):
            head = bytearray((bundle / "head.safetensors").read_bytes())
            head[-2] ^= 1
            (bundle / "head.safetensors").write_bytes(head)
        self.refused(self.spoiled("flipped", flip), "head.safetensors")

    def test_another_base(self):
        def change(manifest):
            manifest["base"]["weights_sha256"] = "0" * 64
        self.refused(phase_bundles.write_bundle(self.bundles, "stranger", mute="P", edit=change), "base")

    def test_a_value_that_is_no_number(self):
        def spoil(tensors):
            tensors[phase_bundles.BIAS][1] = float("nan")
        self.refused(phase_bundles.write_bundle(self.bundles, "nan", mute="P", edit_head=spoil), "head.safetensors")

    def test_a_wrong_shape(self):
        def spoil(tensors):
            tensors[phase_bundles.BIAS] = tensors[phase_bundles.BIAS][:2]
        self.refused(phase_bundles.write_bundle(self.bundles, "shape", mute="P", edit_head=spoil), phase_bundles.BIAS)

    def test_outputs_that_are_not_the_golden_ones(self):
        def spoil(tensors):
            tensors[phase_bundles.BIAS] = tensors[phase_bundles.BIAS] + 1.0
        self.refused(phase_bundles.write_bundle(self.bundles, "golden", mute="S", edit_head=spoil), "golden")

    def test_a_grid_that_the_daemon_does_not_cut(self):
        def change(manifest):
            manifest["picks"]["hop_samples"] = 512
        self.refused(phase_bundles.write_bundle(self.bundles, "grid", mute="P", edit=change), "hop_samples")

    def test_a_linked_file(self):
        def link(bundle):
            (bundle / "head.safetensors").rename(self.bundles / "elsewhere.safetensors")
            (bundle / "head.safetensors").symlink_to(self.bundles / "elsewhere.safetensors")
        self.refused(self.spoiled("linked", link))

    def test_a_linked_folder(self):
        bundle = phase_bundles.write_bundle(self.bundles, "folderlink", mute="P")
        os.symlink(bundle, self.daemon.adapters / bundle.name)
        self.daemon.wait_for_bundle(bundle.name)
        self.assertIn(("refused", bundle.name), self.daemon.events())
        self.assertEqual(self.daemon.active()["bundle"], "p-only-1")

    def test_a_stranger_in_the_folder(self):
        self.refused(self.spoiled("guest", lambda bundle: (bundle / "run.sh").write_text("exit 1\n")), "run.sh")

    def test_a_folder_of_another_name(self):
        bundle = phase_bundles.write_bundle(self.bundles, "right", mute="P")
        bundle.rename(self.bundles / "wrong-1")
        self.refused(self.bundles / "wrong-1", "right-1")

    def test_a_header_that_is_huge(self):
        def grow(bundle):
            (bundle / "head.safetensors").write_bytes((1 << 40).to_bytes(8, "little") + b"{}")
        self.refused(self.spoiled("huge", grow), "head.safetensors")

    def test_a_manifest_that_is_none(self):
        self.refused(self.spoiled("nothing", lambda bundle: (bundle / "manifest.json").write_text("[" * 100_000)),
                     "manifest.json")

    def test_a_bundle_that_is_exchanged_while_it_is_read(self):
        """Whatever moment the daemon reads at: the bundle whole, or a refusal; never parts of two."""
        whole = phase_bundles.write_bundle(self.bundles, "race", mute="S", shift=0.01)
        other = phase_bundles.write_bundle(self.bundles / "other", "race", mute="P")
        place = self.daemon.adapters / "race-1"
        self.daemon.drop(whole)
        deadline = time.monotonic() + 3.0
        while time.monotonic() < deadline:
            for source in (other, whole):
                shutil.copy(source / "head.safetensors", self.daemon.adapters / ".coming")
                os.rename(self.daemon.adapters / ".coming", place / "head.safetensors")
        self.daemon.wait_for_bundle("race-1", hash=phase_bundles.hash_of(whole), problem="")
        self.daemon.geod("activate", "p-only-1")
        log = self.daemon.log
        self.assertNotIn(phase_bundles.hash_of(other)[:12], log)


if __name__ == "__main__":
    unittest.main()

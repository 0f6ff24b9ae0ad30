"""What goes wrong in the field: one clear error each, with the documented exit code."""
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from harness import Daemon, geod

STATION = sorted(harness.RECORDING.glob("CI.CLC*"))


class Faults(unittest.TestCase):
    def fails(self, daemon, code, *words):
        daemon.start(wait_ready=False)
        self.assertEqual(daemon.process.wait(timeout=60), code, daemon.log)
        for word in words:
            self.assertIn(word, daemon.log)

    def test_wrong_configuration_exits_78_with_every_fault_at_once(self):
        with Daemon(models="max_batch: none, no_such_key: 1") as daemon:
            self.fails(daemon, 78, "max_batch", "no_such_key", "geod.yaml:3")

    def test_missing_weights(self):
        with Daemon(models="picker: /nonexistent") as daemon:
            self.fails(daemon, 78, "/nonexistent", "models.picker")

    def test_damaged_weights(self):
        with Daemon(models="") as daemon:
            model = daemon.folder / "model"
            starter = harness.GEOD.parent.parent / "share" / "geod" / "models" / "starter"
            shutil.copytree(starter, model)
            weights = model / "model.safetensors"
            damaged = bytearray(weights.read_bytes())
            damaged[len(damaged) // 2] ^= 0x40
            weights.write_bytes(damaged)
            daemon.config.write_text(daemon.config.read_text().replace("models: {}", f"models: {{picker: {model}}}"))
            self.fails(daemon, 1, "model.safetensors", "SHA-256")

    def test_busy_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with Daemon(endpoint=f"tcp://127.0.0.1:{port}") as daemon:
                self.fails(daemon, 1, f"127.0.0.1:{port}")

    def test_second_daemon_of_one_runtime_directory(self):
        with Daemon(exit_when_sources_end=False) as daemon:
            daemon.start()
            second = subprocess.run([harness.GEOD, "run", "--config", daemon.config], capture_output=True, text=True, timeout=60)
            self.assertEqual(second.returncode, 1)
            self.assertIn("another geod", second.stderr)
            self.assertEqual(daemon.terminate(), 0)

    def test_database_that_is_none(self):
        with Daemon() as daemon:
            (daemon.folder / "geod.sqlite").write_text("this is not a database, it is a shopping list\n" * 100)
            self.fails(daemon, 1, "geod.sqlite")

    def test_unwritable_database(self):
        with Daemon() as daemon:
            (daemon.folder / "geod.sqlite").mkdir()
            self.fails(daemon, 1, "geod.sqlite")

    def test_remote_bind_without_curve_is_refused(self):
        with Daemon(endpoint="tcp://0.0.0.0:15999") as daemon:
            self.fails(daemon, 78, "curve")

    def test_garbage_costs_nothing_but_a_count(self):
        import zmq
        with Daemon(exit_when_sources_end=False) as daemon:
            daemon.start()
            push = zmq.Context.instance().socket(zmq.PUSH)
            push.connect(daemon.endpoint)
            for frames in ([b"ms/1/x", os.urandom(512)], [b"ms/9/x", b""], [b""], [b"ms/1/x", b"{", b"x"],
                           [b"ms/1/x", b"0" * 64], [b"ms/1/x"] + [b"a"] * 20):
                push.send_multipart(frames)
            daemon.wait_for(lambda s: s["sources"][0]["rejected"] >= 6)
            daemon.replay(STATION)
            daemon.wait_for(lambda s: s["picks_stored"] > 10)
            push.close(linger=0)
            self.assertEqual(daemon.terminate(), 0)

    def test_replay_of_a_file_that_is_no_miniseed(self):
        with tempfile.NamedTemporaryFile(suffix=".mseed") as file:
            file.write(b"\0" * 4096)
            file.flush()
            done = geod("replay", file.name, "--to", "tcp://127.0.0.1:1", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(Path(file.name).name, done.stderr)

    def test_query_without_database(self):
        with Daemon() as daemon:
            done = geod("catalog", "picks", "--config", daemon.config, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("geod.sqlite", done.stderr)

    def test_status_without_daemon(self):
        with Daemon() as daemon:
            done = geod("status", "--config", daemon.config, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("geod run", done.stderr)

    def test_unknown_command_is_a_usage_error(self):
        self.assertEqual(geod("pickle", check=False).returncode, 2)
        self.assertEqual(geod("catalog", "picks", "--phase", "X", check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()

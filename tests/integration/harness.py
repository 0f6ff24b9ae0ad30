"""Starts real geod processes for the integration tests: one temporary folder a daemon."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GEOD = Path(os.environ.get("GEOD_BINARY", ROOT / "build" / "release" / "bin" / "geod"))
RECORDING = ROOT / "tests" / "data" / "ridgecrest_20190704_1700" / "mseed"


def geod(*arguments, check=True, timeout=120, env=None):
    """Runs one geod command, returns the finished process with text output."""
    done = subprocess.run([GEOD, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"geod {' '.join(map(str, arguments))} -> {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Daemon:
    """A daemon of its own folder. `with Daemon() as d: d.start(); d.replay(...); d.wait()`"""

    def __init__(self, settings="", exit_when_sources_end=True, endpoint=None, models="precision: float32"):
        # Short, because a Unix socket path may not be longer than about 100 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="geod-"))
        self.endpoint = endpoint or f"ipc://{self.folder}/ingest"
        self.config = self.folder / "geod.yaml"
        self.config.write_text(
            f"streams: {{endpoints: [{{name: test, endpoint: '{self.endpoint}', mode: pull_bind}}]}}\n"
            f"daemon: {{state_directory: {self.folder}, runtime_directory: {self.folder}, "
            f"exit_when_sources_end: {str(exit_when_sources_end).lower()}}}\n"
            f"models: {{{models}}}\n" + settings)
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self):
        return (self.folder / "geod.log").read_text()

    def start(self, wait_ready=True):
        with open(self.folder / "geod.log", "ab") as log:
            self.process = subprocess.Popen([GEOD, "run", "--config", self.config], stderr=log)
        if wait_ready:
            done = geod("status", "--config", self.config, "--wait", "60", check=False)
            if done.returncode != 0:
                raise AssertionError(f"the daemon did not get ready: {self.log}")
        return self

    def replay(self, files, *options, wait=True):
        speed = () if "--speed" in options else ("--speed", "max")
        process = subprocess.Popen([GEOD, "replay", *map(str, files), "--to", self.endpoint, *speed, *options],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if not wait:
            return process
        _, errors = process.communicate(timeout=300)
        if process.returncode != 0:
            raise AssertionError(f"geod replay -> {process.returncode}\n{errors}\n{self.log}")
        return process

    def wait(self, timeout=300):
        code = self.process.wait(timeout=timeout)
        if code != 0:
            raise AssertionError(f"geod run -> {code}\n{self.log}")

    def terminate(self, timeout=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=timeout)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def status(self):
        return json.loads(geod("status", "--config", self.config, "--json").stdout)

    def wait_for(self, condition, timeout=60):
        """Polls the status until `condition(status)`; a bounded wait for another process, not a fixed sleep."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the daemon ended: {self.log}")
            if condition(self.status()):
                return
            time.sleep(0.02)
        raise AssertionError(f"waited {timeout} s in vain: {self.status()}")

    def picks(self):
        text = geod("catalog", "picks", "--config", self.config, "--format", "csv").stdout
        return list(csv.DictReader(io.StringIO(text)))


def comparable(picks):
    """What must be equal between two runs of the same data: everything but when and by which run.

    Times to a millisecond: a batch of another size may change the last bit of a score.
    """
    return sorted((p["network"], p["station"], p["phase"], p["time"][:23], round(float(p["probability"]), 3)) for p in picks)

"""Runs the publishers printed in docs/wire.md against geod's receiver, with a real recording.

feed_wire_test.py LISTENER DOCUMENT MINISEED...   exit 77: pyzmq is not installed (skipped)
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import zmq  # noqa: F401  the publisher needs it
except ImportError:
    print("pyzmq is not installed")
    sys.exit(77)


def feed(listener: str, script: Path, recording: Path) -> None:
    data = recording.read_bytes()
    size = 1 << data[54]
    with subprocess.Popen([listener], stdout=subprocess.PIPE, text=True) as receiver:
        endpoint = receiver.stdout.readline().split()[1]
        subprocess.run([sys.executable, script, recording, endpoint], check=True, timeout=60)
        lines = receiver.stdout.read().splitlines()
        assert receiver.wait() == 0, lines
    received = [line.split() for line in lines if line.startswith("record ")]
    expected = len(data) // size
    assert len(received) == expected, f"{recording.name}: {len(received)} of {expected} records"
    starts = [words[2] for words in received]
    assert starts == sorted(starts), f"{recording.name}: not in order of time"
    assert f"records={expected} rejected=0 missing=0 duplicates=0" in lines[-1], lines[-1]
    print(f"{recording.name}: {expected} records")


def feed_fibre(listener: str, script: Path, blocks: int = 25) -> None:
    with subprocess.Popen([listener], stdout=subprocess.PIPE, text=True) as receiver:
        endpoint = receiver.stdout.readline().split()[1]
        subprocess.run([sys.executable, script, endpoint, str(blocks)], check=True, timeout=60)
        lines = receiver.stdout.read().splitlines()
        assert receiver.wait() == 0, lines
    received = [line.split() for line in lines if line.startswith("block ")]
    assert [words[3:] for words in received] == [["40", "1000", "m/m/s"]] * blocks, lines
    assert f"rejected=0 missing=0 duplicates=0 blocks={blocks}" in lines[-1], lines[-1]
    assert "time_holes=0 time_overlaps=0 time_steps=0" in lines[-1], lines[-1]
    print(f"fibre: {blocks} blocks")


def main() -> None:
    listener, document, *recordings = sys.argv[1:]
    scripts = re.findall(r"```python\n(.*?)```", Path(document).read_text(), re.S)
    assert len(scripts) == 2, "one publisher of records, one of blocks"
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "feed.py", Path(folder) / "feed_fibre.py"]
        for script, path in zip(scripts, paths):
            lines = script.strip().splitlines()
            assert len(lines) <= 10, f"the shortest publisher has {len(lines)} lines"
            path.write_text(script)
        for recording in recordings:
            feed(listener, paths[0], Path(recording))
        feed_fibre(listener, paths[1])


main()

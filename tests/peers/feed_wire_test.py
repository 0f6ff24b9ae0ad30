"""Runs the publisher printed in docs/wire.md against geod's receiver, with a real recording.

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


def main() -> None:
    listener, document, *recordings = sys.argv[1:]
    script = re.search(r"```python\n(.*?)```", Path(document).read_text(), re.S).group(1)
    lines = script.strip().splitlines()
    assert len(lines) <= 10, f"the shortest publisher has {len(lines)} lines"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.py"
        path.write_text(script)
        for recording in recordings:
            feed(listener, path, Path(recording))


main()

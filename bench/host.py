"""What the Python benchmarks share: facts of the machine, and ratios with their spread."""
import json
import os
import platform
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"


def first_line(path, prefix="", otherwise="not readable"):
    try:
        for line in Path(path).read_text().splitlines():
            if line.startswith(prefix):
                return line[len(prefix):]
    except OSError:
        pass
    return otherwise


def window_samples(model):
    """Length of a model folder's windows."""
    return json.loads((Path(model) / "manifest.json").read_text())["geometry"]["window_samples"]


def describe():
    processor = first_line("/proc/cpuinfo", "model name\t: ")
    return (f"host: {processor}, {os.cpu_count()} cores, "
            f"governor {first_line('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')}, "
            f"Linux {platform.release()}, load {os.getloadavg()[0]:.2f}")


def quartiles(values):
    """Lower quartile, median, upper quartile."""
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3


def ratio_text(ratios):
    low, middle, high = quartiles(ratios)
    return f"{middle:.3f} ({low:.3f}..{high:.3f})"


def verdict(ratios, goal):
    """`no verdict` when the quartiles lie farther apart than half the distance of the median from the goal, or of two rounds."""
    low, middle, high = quartiles(ratios)
    if len(ratios) < 3 or high - low > abs(middle - goal) / 2:
        return "no verdict"
    return "reached" if middle >= goal else "missed"

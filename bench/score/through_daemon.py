#!/usr/bin/env python3
"""Replay labelled recordings through a real daemon and score the picks that it stored.

    GEOD_DATA=DIR python bench/score/through_daemon.py [--geod build/release/bin/geod] [--out DIR] [--model DIR]
                                                      [--folds WORK] [--only windows|continuous] [--json]

DIR holds the window sets (see windows.py) and ridgecrest_20190704_1700. With GEOD_DATA unset, the recording of tests/data is
used and only `continuous` is scored. With --folds, the output folder of scripts/train_starter, every window is picked by the network
that never saw it (fold-0 ... fold-4 there), and the windows' scores are cross-validated. Thresholds are those of the model's manifest: what the daemon stored is what is scored.
"""
import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HAS_WINDOWS = "GEOD_DATA" in os.environ
DATA = Path(os.environ.setdefault("GEOD_DATA", str(ROOT / "tests" / "data")))


def pick_through_daemon(geod, files, folder, model):
    """Runs a daemon in `folder`, replays `files` to it, returns the path of the picks it stored."""
    folder.mkdir(parents=True, exist_ok=True)
    # Unix socket paths are limited to about 100 characters, so sockets live in a short folder.
    runtime = Path(tempfile.mkdtemp(prefix="geod-"))
    config = folder / "geod.yaml"
    config.write_text(
        f"streams:\n  endpoints:\n    - {{name: bench, endpoint: 'ipc://{runtime}/ingest', mode: pull_bind}}\n"
        f"daemon: {{state_directory: {folder}, runtime_directory: {runtime}, exit_when_sources_end: true}}\n"
        + (f"models: {{picker: {model}}}\n" if model else ""))
    with open(folder / "geod.log", "wb") as log:
        daemon = subprocess.Popen([geod, "run", "--config", config], stderr=log)
        try:
            subprocess.run([geod, "status", "--config", config, "--wait", "120"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([geod, "replay", *files, "--to", f"ipc://{runtime}/ingest", "--speed", "max"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if daemon.wait(timeout=1800) != 0:
                sys.exit(f"the daemon failed: {(folder / 'geod.log').read_text()}")
        finally:
            daemon.kill()
            shutil.rmtree(runtime, ignore_errors=True)
    picks = folder / "picks.csv"
    with open(picks, "wb") as out:
        subprocess.run([geod, "catalog", "picks", "--config", config, "--format", "csv"], check=True, stdout=out)
    return picks


def pick_by_folds(geod, exported, folder, work):
    """As pick_through_daemon, each window by the network of its own fold."""
    fold_of = {}
    for table in work.glob("data/*/records.csv"):
        with open(table, newline="", encoding="utf-8") as file:
            fold_of.update((f"{r['network']}.{r['station']}", r["fold"]) for r in csv.DictReader(file))
    lines = []
    for fold in sorted(set(fold_of.values())):
        files = [path for path in exported if fold_of[".".join(path.name.split(".")[:2])] == fold]
        picks = pick_through_daemon(geod, files, folder / f"fold-{fold}", work / f"fold-{fold}")
        lines += picks.read_text(encoding="utf-8").splitlines()[1 if lines else 0:]
    merged = folder / "picks.csv"
    merged.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return merged


def score(mode, picks, as_json):
    subprocess.run([sys.executable, HERE / "score_picks.py", mode, picks, "--threshold", "0"] + (["--json"] if as_json else []), check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geod", type=Path, default=ROOT / "build" / "release" / "bin" / "geod")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "score")
    parser.add_argument("--model", type=Path, help="model folder (default: the starter model)")
    parser.add_argument("--folds", type=Path, metavar="WORK", help="cross-validate the windows with the networks of this folder")
    parser.add_argument("--only", choices=("windows", "continuous"))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    geod, out = args.geod.resolve(), args.out.resolve()
    model = args.model.resolve() if args.model else None
    shutil.rmtree(out, ignore_errors=True)

    if args.only != "continuous" and HAS_WINDOWS:
        exported = out / "windows" / "mseed"
        subprocess.run([sys.executable, HERE / "windows.py", "mseed", exported], check=True, stdout=subprocess.DEVNULL)
        files = sorted(exported.rglob("*.mseed"))
        picks = (pick_by_folds(geod, files, out / "windows", args.folds.resolve()) if args.folds
                 else pick_through_daemon(geod, files, out / "windows", model))
        score("windows", picks, args.json)
    if args.only != "windows":
        recording = next(DATA.glob("ridgecrest_20190704_1700"))
        picks = pick_through_daemon(geod, sorted((recording / "mseed").glob("*.mseed")), out / "continuous", model)
        score("continuous", picks, args.json)


if __name__ == "__main__":
    main()

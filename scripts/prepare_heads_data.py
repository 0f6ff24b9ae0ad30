#!/usr/bin/env python3
"""Describe what the four adapters of the starter model are trained and tested on.

    python scripts/prepare_heads_data.py --starter STARTER --synth SYNTH --out OUT

STARTER  folder that prepare_starter_data.py wrote
SYNTH    folder that `geod synth seismic` wrote
OUT      receives starter-heads.json (synthetics and the machine-labelled recordings whose events are in a catalogue) and
         starter-heads-test.json (recordings of analysts and of the USGS: never trained on)
"""
import argparse
import json
from pathlib import Path

TRAINING = ("train_ridgecrest_20190704", "pleasant_hill_20191015")
TEST = ("stead_109c", "ipoc_20071120_m49", "usgs_records", "corinth_20100120")


def folders(description, wanted=None):
    """Folders of a description, with paths that hold from anywhere."""
    base = description.parent
    for folder in json.loads(description.read_text())["folders"]:
        if wanted is None or folder["name"] in wanted:
            yield {**folder, "path": str((base / folder.get("path", ".")).resolve())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("starter", "synth", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    starter, synth = args.starter / "dataset.json", args.synth / "dataset.json"
    exclude = json.loads(starter.read_text())["exclude"]
    sets = {"starter-heads": [*folders(synth), *folders(starter, TRAINING)], "starter-heads-test": [*folders(starter, TEST)]}
    for name, members in sets.items():
        path = args.out / f"{name}.json"
        path.write_text(json.dumps(dict(name=name, folders=members, exclude=exclude), indent=1) + "\n")
        print(f"{path}: {len(members)} folders")


if __name__ == "__main__":
    main()

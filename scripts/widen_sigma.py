#!/usr/bin/env python3
"""Set the `sigma` of a bundle's scalar task from other recordings than those it was measured on.

    python scripts/widen_sigma.py --bundle models/starter-emg --sigma 2.07 --why "68 % of 42 recorded P lie within it"

The old value and the reason are kept in the provenance. The bundle gets another hash.
"""
import argparse
import json
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--sigma", type=float, required=True)
    parser.add_argument("--why", required=True)
    args = parser.parse_args()
    path = args.bundle / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["provenance"]["sigma"] = {"on_held_out_data": manifest["scalar"]["sigma"], "replaced_because": args.why}
    manifest["scalar"]["sigma"] = args.sigma
    path.write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()

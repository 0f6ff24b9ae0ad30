"""Writes small recordings in the layouts of DAS vendors and communities, for the readers' tests.

das_fixtures.py FOLDER

Every array holds sample * 100 + channel, so that a reader that mixes axes, trims wrongly or shifts
is seen. The layouts follow the public descriptions named at each function; no vendor's bytes are
in them.
"""

import sys
from pathlib import Path

import h5py
import numpy as np

START_S = 1562259600  # 2019-07-04T17:00:00Z


def grid(times: int, channels: int, first: int = 0, kind: str = "<f4") -> np.ndarray:
    rows = np.arange(first, first + times)[:, None]
    return (rows * 100 + np.arange(channels)[None, :]).astype(kind)


def create(folder: Path, name: str) -> h5py.File:
    return h5py.File(folder / name, "w", track_order=False)


def optodas(folder: Path) -> None:
    """ASN OptoDAS, file version 8: as the readers of SimpleDAS, DASCore and xdas describe it."""
    with create(folder, "optodas.hdf5") as file:
        file["data"] = grid(120, 6)
        file["fileVersion"] = 8
        file["acqSpec/pulseLength"] = 50.0
        file["cableSpec/fiberOverLength"] = 1.0
        header = file.create_group("header")
        header["time"] = START_S + 0.25
        header["dt"] = 0.002
        header["dx"] = 1.0213
        header["gaugeLength"] = 8.17
        header["channels"] = np.arange(40, 64, 4)
        header["dataScale"] = 0.5
        header["unit"] = "rad/m/s"
        header["experiment"] = "test"


def febus(folder: Path) -> None:
    """Febus A1: blocks of 150 rows of which 100 are new, stamped at their middle."""
    with create(folder, "febus.h5") as file:
        source = file.create_group("fa1-test/Source1")
        blocks = np.stack([grid(150, 5, first=100 * k) for k in range(4)])
        # Row 25 of the first block is sample 0 of the trimmed recording.
        source["time"] = START_S + np.arange(4) * 1.0 + 0.5
        source.attrs.update({"Hostname": "fa1-test", "AmpliPower": 1.0, "SamplingRate": 2.5e8,
                             "WholeExtent": [0, 4, 0, 149, 0, 0]})
        zone = source.create_group("Zone1")
        zone["StrainRate"] = blocks
        zone.attrs.update({"Spacing": [4.8, 10.0, 1.0], "Origin": [0.0, -750.0, 0.0],
                           "Extent": [12, 16, 0, 149, 0, 0], "BlockRate": [1000],
                           "GaugeLength": [9.6], "SamplingRate": [100.0]})


def terra15(folder: Path) -> None:
    """Terra15 Treble: version 4 names the group after the product, version 6 does not."""
    for version, group in (("4", "deformation"), ("6", "data_product")):
        with create(folder, f"terra15_v{version}.hdf5") as file:
            file.attrs.update({"file_version": version, "data_product": "deformation",
                               "data_product_units": "m/s", "dx": 4.0, "nx": 7,
                               "sensing_range_start": 200.0, "gauge_length": 12.0,
                               "acoustic_bandwidth_end": 0.0, "file_start_computer_time": 1.0,
                               "amplifier_incoming_current": 0.0})
            times = START_S + np.arange(110) / 100.0
            times[90:] = 0.0  # the last rows were never written
            file[f"{group}/data"] = grid(110, 7)
            file[f"{group}/gps_time"] = times
            file[f"{group}/posix_time"] = times


def prodml(folder: Path) -> None:
    """PRODML 2.0 and 2.1: Silixa's (times, channels) in int16, and (locus, time) of others."""
    for name, is_locus_first in (("prodml_silixa.h5", False), ("prodml_locus_first.h5", True)):
        with create(folder, name) as file:
            acquisition = file.create_group("Acquisition")
            acquisition.attrs.update({"schemaVersion": "2.0", "uuid": "0", "NumberOfLoci": 8,
                                      "StartLocusIndex": 100, "SpatialSamplingInterval": 2.5,
                                      "GaugeLength": 10.0})
            raw = acquisition.create_group("Raw[0]")
            raw.attrs.update({"OutputDataRate": 50.0, "RawDataUnit": "nm/m/s",
                              "StartLocusIndex": 100, "NumberOfLoci": 8})
            data = grid(100, 8, kind="<i2")
            raw["RawData"] = data.T if is_locus_first else data
            words = ["locus", "time"] if is_locus_first else ["time", "locus"]
            raw["RawData"].attrs["Dimensions"] = np.array(words, dtype=h5py.string_dtype())
            if is_locus_first:  # states its start and has no array of times
                raw["RawData"].attrs["PartStartTime"] = "2019-07-04T17:00:00.500000+00:00"
            else:  # a jump of two seconds after row 60
                micro = START_S * 1_000_000 + np.arange(100) * 20_000
                micro[60:] += 2_000_000
                raw["RawDataTime"] = micro.astype("<i8")


def rcn(folder: Path) -> None:
    """The minimal DAS-RCN file: `traces` and a handful of attributes."""
    with create(folder, "rcn_traces.das") as file:
        file["traces"] = grid(80, 4)
        file.attrs.update({"DASFileVersion": np.float16(1.01), "domain": "Strainrate",
                           "t0": float(START_S), "dt": np.float32(0.01), "GL": np.float32(10.2)})


def xdas(folder: Path) -> None:
    """xdas NetCDF-4: tie points of time and distance; a hole of one second after row 59."""
    with create(folder, "xdas.nc") as file:
        file.attrs["Conventions"] = "CF-1.9"
        file["strain_rate"] = grid(100, 6)
        file["strain_rate"].attrs["coordinate_interpolation"] = (
            "time: time_indices time_values distance: distance_indices distance_values")
        file["time_indices"] = np.array([0, 59, 60, 99])
        start = START_S * 1_000_000
        file["time_values"] = np.array([0, 590_000, 1_600_000, 1_990_000]) + start
        file["time_values"].attrs["units"] = "microseconds since 1970-01-01"
        file["distance_indices"] = np.array([0, 5])
        file["distance_values"] = np.array([0.0, 50.0])


def dasdae(folder: Path) -> None:
    """DASDAE with the places of its channels, as DASCore writes coordinates along the distance."""
    with create(folder, "dasdae_placed.h5") as file:
        file.attrs["__format__"] = "DASDAE"
        patch = file.create_group("waveforms/patch")
        patch.attrs.update({"_dims": "time,distance", "_cdims_latitude": "distance", "_cdims_longitude": "distance",
                            "_cdims_elevation": "distance", "_attrs_data_units": "m / s"})
        patch["data"] = grid(40, 12)
        patch["_coord_time"] = START_S * 1_000_000_000 + 10_000_000 * np.arange(40)
        patch["_coord_distance"] = 10.0 * np.arange(12)
        patch["_coord_latitude"] = 35.0 + 0.001 * np.arange(12)
        patch["_coord_longitude"] = np.full(12, -117.0)
        patch["_coord_elevation"] = 100.0 - np.arange(12)


def main() -> None:
    folder = Path(sys.argv[1])
    for write in (optodas, febus, terra15, prodml, rcn, xdas, dasdae):
        write(folder)


main()

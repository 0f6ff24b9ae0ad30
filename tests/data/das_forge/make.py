"""Makes eq3.h5 from the published eq-3.mat: python make.py eq-3.mat

The published array is float64; every value is a whole number times one step to 5e-5 of the step (the
interrogator's counts), so int16 counts with a scale hold it without loss. Time comes first, as in a stream.
"""

import sys

import h5py
import numpy

# By least squares over all values. The file carries no metadata: rate, spacing and gauge length are those of
# the experiment's publications, and the start is made up.
SCALE = 2.7739112357737286
ATTRIBUTES = {
    "sampling_rate_hz": 2000.0,
    "channel_spacing_m": 1.02,
    "gauge_length_m": 10.0,
    "start_time": "2020-01-01T00:00:00Z",
    "unit": "m/m/s",
    "scale": SCALE,
    "title": "local earthquake, borehole 78-32, Utah FORGE (eq-3 of SigRecover); amplitudes in arbitrary units",
    "licence": "CC BY 4.0",
}

with h5py.File(sys.argv[1], "r") as source:
    values = source["d1"][:]
counts = numpy.round(values / SCALE)
assert numpy.abs(values / SCALE - counts).max() < 1e-4
with h5py.File("eq3.h5", "w", track_order=True) as out:
    data = out.create_dataset(
        "data", data=counts.T.astype("<i2"), chunks=(250, 960), compression="gzip", compression_opts=9, shuffle=True
    )
    for name, value in ATTRIBUTES.items():
        data.attrs[name] = value
    step_ns = round(1e9 / ATTRIBUTES["sampling_rate_hz"])
    start_ns = numpy.datetime64(ATTRIBUTES["start_time"].rstrip("Z"), "ns").astype("int64")
    out.create_dataset("time", data=start_ns + step_ns * numpy.arange(counts.shape[1]), compression="gzip", shuffle=True)
    out.create_dataset("distance", data=ATTRIBUTES["channel_spacing_m"] * numpy.arange(counts.shape[0]), compression="gzip")

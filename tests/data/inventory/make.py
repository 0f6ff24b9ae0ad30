"""Writes the inventory test files of this folder with ObsPy; all stations are made up."""
import pathlib

from obspy import UTCDateTime
from obspy.core.inventory import Channel, Inventory, Network, Site, Station
from obspy.core.inventory.response import (
    CoefficientsTypeResponseStage,
    FIRResponseStage,
    InstrumentSensitivity,
    PolesZerosResponseStage,
    Response,
)

STS2_ZEROS = [0, 0]
STS2_POLES = [-0.037 - 0.037j, -0.037 + 0.037j, -251.3, -131.0 - 467.3j, -131.0 + 467.3j]


def response(gain, rate):
    """Seismometer, digitizer and one decimating FIR filter."""
    seismometer = PolesZerosResponseStage(
        1, gain, 1.0, "M/S", "V", "LAPLACE (RADIANS/SECOND)", 1.0,
        zeros=STS2_ZEROS, poles=STS2_POLES, normalization_factor=6.0077e7)
    digitizer = CoefficientsTypeResponseStage(
        2, 400000.0, 1.0, "V", "COUNTS", "DIGITAL", numerator=[1.0], denominator=[],
        decimation_input_sample_rate=rate * 2, decimation_factor=1, decimation_offset=0,
        decimation_delay=0.0, decimation_correction=0.0)
    fir = FIRResponseStage(
        3, 1.0, 1.0, "COUNTS", "COUNTS", symmetry="EVEN", coefficients=[0.05, 0.45],
        decimation_input_sample_rate=rate * 2, decimation_factor=2, decimation_offset=0,
        decimation_delay=0.01, decimation_correction=0.01)
    return Response(
        instrument_sensitivity=InstrumentSensitivity(gain * 400000.0, 1.0, "M/S", "COUNTS"),
        response_stages=[seismometer, digitizer, fir])


def channel(code, location, epoch, gain, elevation=1203.5, depth=2.0, rate=100.0):
    start, end = epoch
    return Channel(
        code, location, latitude=35.8158, longitude=-117.5975, elevation=elevation, depth=depth,
        azimuth=0.0, dip=-90.0 if code[2] == "Z" else 0.0, sample_rate=rate,
        start_date=UTCDateTime(start), end_date=UTCDateTime(end) if end else None,
        response=response(gain, rate))


def main():
    early = ("2015-01-01", "2019-07-01T12:00:00.5")
    late = ("2019-07-01T12:00:00.5", None)
    station = Station(
        "HILL", 35.8158, -117.5975, 1203.5, site=Site("Made-up hill"),
        start_date=UTCDateTime("2015-01-01"),
        channels=[channel(code, "00", epoch, gain)
                  for epoch, gain in ((early, 1500.0), (late, 750.0))
                  for code in ("HHZ", "HHN", "HHE")])
    seabed = Station("SEA", -12.25, 179.95, -2400.0, site=Site("Made-up sea bed"))
    network = Network("XX", stations=[station, seabed], start_date=UTCDateTime("2015-01-01"))
    inventory = Inventory(networks=[network], source="geod tests")
    folder = pathlib.Path(__file__).parent
    inventory.created = UTCDateTime("2026-11-22")
    inventory.write(folder / "two_stations.xml", format="STATIONXML", validate=True)


if __name__ == "__main__":
    main()

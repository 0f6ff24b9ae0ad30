"""Makes the files of this folder from three events of USGS gmprocess' test data, with ObsPy.

    make.py FOLDER_OF_UW61251926 FOLDER_OF_NC73300395 FOLDER_OF_NC73291880_RAW
"""
import pathlib
import shutil
import sys

import numpy
from obspy import read, read_inventory

HERE = pathlib.Path(__file__).parent
PERIOD, DAMPING = 0.8, 0.7  # Uhrhammer and Collins 1990
NATURAL = 2 * numpy.pi / PERIOD
POLES = [-DAMPING * NATURAL + sign * 1j * NATURAL * numpy.sqrt(1 - DAMPING**2) for sign in (1, -1)]
WOOD_ANDERSON = {"poles": POLES, "zeros": [0j], "gain": 1.0, "sensitivity": 1.0}  # of velocity


def amplitude(trace, inventory):
    """Time and size, nm, of the largest value of the Wood-Anderson trace."""
    trace = trace.copy().detrend("linear")
    nyquist = trace.stats.sampling_rate / 2
    trace.remove_response(inventory, output="VEL", water_level=None,
                          pre_filt=(0.05, 0.1, 0.7 * nyquist, 0.9 * nyquist))
    trace.simulate(paz_simulate=WOOD_ANDERSON, pitsasim=False)
    at = numpy.abs(trace.data).argmax()
    return trace.times("utcdatetime")[at], abs(trace.data[at]) * 1e9


def main():
    seattle, geysers, hill = map(pathlib.Path, sys.argv[1:4])
    inventory = read_inventory(geysers / "BK.VALB.xml")
    inventory += read_inventory(seattle / "broad_band" / "UW.SP2.xml").select(channel="?H[EN]")
    inventory += read_inventory(seattle / "broad_band" / "UW.SP2.xml").select(channel="EN[EN]")
    recordings = [*(geysers / f"BK.VALB.40.HN{i}" for i in (2, 3)),
                  *(seattle / "broad_band" / f"UW.SP2..BH{c}" for c in "EN"),
                  *(seattle / "strong_motion" / f"UW.SP2..EN{c}" for c in "EN")]
    for station in ("58360", "58369", "58442"):
        inventory += read_inventory(hill / f"CE.{station}.xml").select(channel="HN[EN]")
        recordings += [hill / f"CE.{station}..HN{c}" for c in "EN"]
    inventory += read_inventory(hill / "NC.CTA.xml").select(channel="HNE")
    inventory.write(HERE / "stations.xml", format="STATIONXML")
    with open(HERE / "amplitudes.csv", "w") as out:
        out.write("channel,peak_time,wood_anderson_nm\n")
        for stem in recordings:
            (path,) = stem.parent.glob(stem.name + "*.mseed")
            trace, = read(path)
            shutil.copyfile(path, HERE / f"{trace.id}.mseed")
            time, value = amplitude(trace, inventory)
            out.write(f"{trace.id},{time},{value:.6g}\n")
    with open(HERE / "responses.csv", "w") as out:
        out.write("channel,time,frequency_hz,real,imaginary\n")
        for network in inventory:
            for station in network:
                for channel in station:
                    rates = numpy.array([0.01, 0.1, 0.8, 1, 5, 0.25 * channel.sample_rate,
                                         0.4 * channel.sample_rate])
                    values = channel.response.get_evalresp_response_for_frequencies(
                        rates, output="DISP")
                    name = f"{network.code}.{station.code}.{channel.location_code}.{channel.code}"
                    for rate, value in zip(rates, values):
                        out.write(f"{name},{channel.start_date},{rate:.6g},"
                                  f"{value.real:.12e},{value.imag:.12e}\n")


if __name__ == "__main__":
    main()

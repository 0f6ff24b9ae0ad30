#!/usr/bin/env python3
"""Makes the small data sets of this folder with the tools their formats come from.

Needs h5py, numpy and obspy. Waveforms are made up: component Z of trace k holds 300 + k, N 200 + k,
E 100 + k, plus a ramp of 50 samples, so that a reader that mixes up traces or components is caught.
"""

import os
import sys

import h5py
import numpy as np
import obspy
from obspy.core import event as qml
from obspy.core import inventory as inv

LEVEL = {"Z": 300.0, "N": 200.0, "E": 100.0}


def trace(number, order, samples):
    ramp = np.arange(samples) % 50
    return np.stack([LEVEL[c] + number + ramp for c in order]).astype("float32")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(text)


def stead(folder):
    """As published: (6000, 3), E N Z, gzip."""
    header = ("network_code,receiver_code,receiver_type,receiver_latitude,receiver_longitude,"
              "p_arrival_sample,s_arrival_sample,source_id,source_origin_time,source_latitude,"
              "source_longitude,source_magnitude,source_distance_km,back_azimuth_deg,snr_db,"
              "trace_start_time,trace_category,trace_name")
    rows = [
        # The back-azimuth is wrong by 180 degrees, as some of STEAD's are.
        "TA,109C,BH,32.8889,-117.1051,700.0,1894.0,8556349,2006-07-23 15:58:50.88,33.7496,-117.4938,"
        "3.6,102.09,159.3,[56.8 55.4 47.4],2006-07-23 15:59:00.960000,earthquake_local,A.TA_1_EV",
        "TA,110C,BH,33.5,-117.0,600.5,1500.0,8556349,2006-07-23 15:58:50.88,33.7496,-117.4938,3.6,"
        "53.0,None,[10. 11. 12.],2006-07-23 15:58:55.000000,earthquake_local,B.TA_1_EV",
        "TA,109C,BH,32.8889,-117.1051,,,,,,,,,,,2006-08-01 00:00:00.000000,noise,C.TA_2_NO",
    ]
    write(folder, "merged.csv", "\n".join([header] + rows) + "\n")
    with h5py.File(os.path.join(folder, "merged.hdf5"), "w", track_order=True) as file:
        group = file.create_group("data")
        for number, name in enumerate(["A.TA_1_EV", "B.TA_1_EV", "C.TA_2_NO"]):
            group.create_dataset(name, data=trace(number, "ENZ", 6000).T, compression="gzip")


def stead_sliced(folder):
    """The re-slicing the SeisMoLLM loader reads: part_<n>.hdf5 and eq.csv."""
    header = ("file_idx,trace_name,trace_category,source_id,source_magnitude,source_magnitude_type,"
              "p_arrival_sample,p_travel_sec,s_arrival_sample,reciever_code,source_distance_km,"
              "source_distance_deg,back_azimuth_deg,snr_db")
    rows = ["0,X_EV,earthquake_local,q1,2.5,ml,500,3.0,900,AAA,20.0,0.18,275.5,[20. 21. 22.]",
            "3,Y_EV,earthquake_local,q2,9.5,ml,400,3.0,950,BBB,25.0,0.22,10.0,[20. 21. 22.]"]
    write(folder, "eq.csv", "\n".join([header] + rows) + "\n")
    for number, (part, name) in enumerate([(0, "X_EV"), (3, "Y_EV")]):
        with h5py.File(os.path.join(folder, f"part_{part}.hdf5"), "w") as file:
            file.create_dataset(f"data/{name}", data=trace(number, "ENZ", 6000).T,
                                compression="gzip")


def stead_damaged(folder):
    """One good trace, one with a NaN, one too short, one of texts."""
    header = "network_code,receiver_code,p_arrival_sample,s_arrival_sample,source_id,trace_name"
    names = ["GOOD", "NAN", "SHORT", "TEXT"]
    write(folder, "merged.csv",
          "\n".join([header] + [f"XX,AAA,500,900,{name},{name}" for name in names]) + "\n")
    with h5py.File(os.path.join(folder, "merged.hdf5"), "w") as file:
        good = trace(0, "ENZ", 6000).T
        broken = good.copy()
        broken[700, 1] = np.nan
        for name, data in {"GOOD": good, "NAN": broken, "SHORT": good[:3000]}.items():
            file.create_dataset(f"data/{name}", data=data, compression="gzip")
        file.create_dataset("data/TEXT", data=np.full((6000, 3), b"x"), compression="gzip")


def diting(folder):
    """(9000, 3), Z N E; keys without their zeros, blanks in text columns."""
    header = (",part,key,ev_id,evmag,mag_type,p_pick,p_clarity,p_motion,s_pick,net,sta_id,dis,st_mag,"
              "baz,P_residual,S_residual")
    rows = ["0,0,2.17,7,4.0,Ms,1000,I,C,1500,X1,001, 35.5 ,4.1,-80.0,0.1,-",
            "1,0,13.2,7, 4.0 ,mb,1200,E,r,1800,X1,002,60.0,4.1,400.0,0.1,0.2",
            "2,1,104.1,8,0.0,ML,900, ,n,1400,X1,001,12.0,, ,0.1,0.2",
            "3,1,12345678.1,8,2.0,ML,900,E,U,1400,X1,001,12.0,,30,0.1,0.2"]
    write(folder, "DiTing330km_light.csv", "\n".join([header] + rows) + "\n")
    keys = {0: ["000002.1700", "000013.2000"], 1: ["000104.1000"]}
    number = 0
    for part, names in keys.items():
        with h5py.File(os.path.join(folder, f"DiTing330km_part_{part}.hdf5"), "w") as file:
            for name in names:
                file.create_dataset(f"earthquake/{name}", data=trace(number, "ZNE", 9000).T,
                                    compression="gzip")
                number += 1


def seisbench(folder):
    """Buckets [trace, component, sample], order ENZ, zero padded to the longest."""
    header = ("trace_name,trace_p_arrival_sample,trace_Sg_arrival_sample,trace_p_polarity,"
              "trace_sampling_rate_hz,trace_start_time,trace_channel,station_network_code,"
              "station_code,station_location_code,station_latitude_deg,station_longitude_deg,"
              "source_id,source_magnitude,source_latitude_deg,source_longitude_deg,split")
    rows = ['"bucket0$0,:3,:4000",1000.5,1400,up,100,2020-01-01T00:00:00.000000Z,HH,XX,AAA,00,0.0,'
            "10.0,ev1,2.0,1.0,10.0,train",
            '"bucket0$1,:3,:3500",900,,undecidable,100,2020-01-01T01:00:00.000000Z,HH,XX,BBB,,0.0,'
            "11.0,ev1,2.0,1.0,10.0,dev",
            '"bucket1$0,:3,:2000",400,700,down,50,2020-01-02T00:00:00.000000Z,BH,XX,AAA,00,0.0,10.0,'
            "ev2,,,,test"]
    write(folder, "metadata.csv", "\n".join([header] + rows) + "\n")
    with h5py.File(os.path.join(folder, "waveforms.hdf5"), "w") as file:
        first = np.zeros((2, 3, 4000), "float32")
        first[0] = trace(0, "ENZ", 4000)
        first[1, :, :3500] = trace(1, "ENZ", 3500)
        file.create_dataset("data/bucket0", data=first, compression="gzip")
        file.create_dataset("data/bucket1", data=trace(2, "ENZ", 2000)[None], compression="gzip")
        for key, value in {"component_order": "ENZ", "dimension_order": "NCW",
                           "measurement": "velocity", "unit": "counts",
                           "sampling_rate": 100}.items():
            file.create_dataset(f"data_format/{key}", data=value)


def npz(folder):
    """data (T, 3) E N Z, itp, its, channels; uncompressed."""
    np.savez(os.path.join(folder, "NC_BBG_2012081916175542.npz"),
             data=trace(0, "ENZ", 2500).T, itp=1000, its=1400, channels="EHE_EHN_EHZ")
    vertical = trace(1, "ENZ", 2500).T.copy()
    vertical[:, :2] = 0.0
    np.savez(os.path.join(folder, "NC_CAL_2012081916180000.npz"),
             data=vertical.astype("float64"), itp=1000, channels="EHZ")


def quakeml(folder):
    """miniSEED, QuakeML and StationXML as ObsPy writes them."""
    start = obspy.UTCDateTime(2020, 1, 1)
    stream = obspy.Stream()
    for component in "ZNE":
        header = {"network": "XX", "station": "AAA", "location": "00", "channel": "HH" + component,
                  "sampling_rate": 100.0, "starttime": start}
        data = trace(0, component, 4000)[0].astype("int32")
        stream.append(obspy.Trace(data, header))
    stream.write(os.path.join(folder, "waves.mseed"), format="MSEED", encoding="STEIM2")

    def pick(name, seconds, hint, polarity=None, status=None):
        return qml.Pick(resource_id=qml.ResourceIdentifier(f"smi:test/{name}"),
                        time=start + seconds, phase_hint=hint, polarity=polarity,
                        evaluation_status=status,
                        waveform_id=qml.WaveformStreamID("XX", "AAA", "00", "HHZ"))

    picks = [pick("p", 10.0, "Pg", "negative"), pick("s", 14.5, None),
             pick("amplitude", 16.0, "IAML"), pick("bad", 20.0, "P", None, "rejected")]
    second = qml.Origin(resource_id=qml.ResourceIdentifier("smi:test/o2"), time=start + 5,
                        latitude=0.5, longitude=10.0, depth=8000.0,
                        arrivals=[qml.Arrival(pick_id=picks[1].resource_id, phase="Sg")])
    first = qml.Origin(resource_id=qml.ResourceIdentifier("smi:test/o1"), time=start + 5,
                       latitude=40.0, longitude=10.0)
    magnitude = qml.Magnitude(resource_id=qml.ResourceIdentifier("smi:test/m"), mag=2.4)
    event = qml.Event(resource_id=qml.ResourceIdentifier("smi:test/e1"), picks=picks,
                      origins=[first, second], magnitudes=[magnitude])
    event.preferred_origin_id = second.resource_id
    qml.Catalog([event]).write(os.path.join(folder, "events.xml"), format="QUAKEML")

    station = inv.Station("AAA", latitude=0.0, longitude=10.0, elevation=0.0)
    network = inv.Network("XX", stations=[station])
    inv.Inventory([network], source="test").write(os.path.join(folder, "stations.xml"),
                                                  format="STATIONXML")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for maker in (stead, stead_sliced, stead_damaged, diting, seisbench, npz, quakeml):
        folder = os.path.join(root, maker.__name__)
        os.makedirs(folder, exist_ok=True)
        maker(folder)


if __name__ == "__main__":
    main()

"""The service as its clients meet it: ObsPy, curl-like sockets, subscribers, slow and broken clients."""
import gzip
import io
import json
import os
import re
import resource
import socket
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import zmq
from obspy import UTCDateTime, read_events
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import FDSNBadRequestException, FDSNNoDataException
from obspy.io.quakeml.core import _validate as is_valid_quakeml
from obspy.io.stationxml.core import validate_stationxml

import harness

RECORD_BYTES = 4096
RECORDS = sum(file.stat().st_size for file in harness.RECORDING.glob("*.mseed")) // RECORD_BYTES
STATIONS = {row.split(",")[1]: row.split(",") for row in
            (harness.RECORDING.parent / "stations.csv").read_text().splitlines()[1:]}
# Of FDSN event 1, as ObsPy's client calls what every server should know.
EVENT_DEFAULTS = ["starttime", "endtime", "minlatitude", "maxlatitude", "minlongitude", "maxlongitude", "mindepth",
                  "maxdepth", "minmagnitude", "maxmagnitude", "orderby"]


def write_inventory(path):
    """A channel table of the stations of the recording, each with its three channels."""
    lines = ["network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end"]
    for file in sorted(harness.RECORDING.glob("*.mseed")):
        network, station, _, channel = file.name.split(".")[:4]
        latitude, longitude, elevation = STATIONS[station][2:5]
        lines.append(f"{network},{station},,{channel},{latitude},{longitude},{elevation},0,2010-01-01,")
    path.write_text("\n".join(lines) + "\n")


def is_done(status):
    """Whether all that was sent was gone through and what came of it is stored: the counts stand still."""
    events = status["association"]
    return (status["records"] == RECORDS and status["windows_scored"] == status["windows_cut"]
            and status["picks_stored"] + status["picks_already_there"] == status["picks_made"] and events["finished"] >= 5
            and events["versions_stored"] == events["versions"])


class Service(unittest.TestCase):
    """One daemon with the events of forty minutes, for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(
            "service: {enabled: true, listen: '127.0.0.1:0', publish: 'tcp://127.0.0.1:*', agency_id: test.net, "
            "heartbeat: 500ms}\n"
            "catalog: {inventory: [inventory.csv]}\n", exit_when_sources_end=False)
        cls.addClassCleanup(cls.daemon.__exit__)
        write_inventory(cls.daemon.folder / "inventory.csv")
        cls.daemon.start()
        service = cls.daemon.status()["service"]
        cls.base = "http://" + service["listen"]
        cls.port = int(service["listen"].rsplit(":", 1)[1])
        cls.publish = service["publish"]
        cls.daemon.replay(sorted(harness.RECORDING.glob("*.mseed")))
        cls.daemon.wait_for(is_done, timeout=300)
        cls.client = Client(cls.base)

    def get(self, path, **headers):
        request = urllib.request.Request(self.base + path, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, dict(response.headers), response.read()

    def say(self, request):
        """Everything that the server answers to these bytes until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as peer:
            peer.sendall(request)
            peer.shutdown(socket.SHUT_WR)
            answer = b""
            while part := peer.recv(65536):
                answer += part
        return answer

    # ObsPy's own client, as it comes.

    def test_the_client_finds_both_services_and_their_parameters(self):
        self.assertEqual(set(self.client.services), {"event", "station", "available_event_catalogs",
                                                     "available_event_contributors"})
        self.assertEqual(self.client.services["available_event_catalogs"], {"geod"})
        for name in EVENT_DEFAULTS + ["updatedafter", "includearrivals", "includeallorigins", "includeallmagnitudes",
                                      "eventid", "limit", "offset", "magnitudetype", "eventtype", "catalog"]:
            self.assertIn(name, self.client.services["event"])
        self.assertEqual(self.client.get_webservice_version("event"), [1, 2, 0])
        self.assertEqual(self.client.get_webservice_version("station"), [1, 1, 0])

    def test_events_by_every_default_parameter(self):
        everything = self.client.get_events()
        self.assertGreaterEqual(len(everything), 3)
        same = self.client.get_events(
            starttime=UTCDateTime(2019, 7, 4), endtime=UTCDateTime(2019, 7, 5), minlatitude=-90, maxlatitude=90,
            minlongitude=-180, maxlongitude=180, mindepth=-10, maxdepth=700, orderby="time")
        self.assertEqual([e.resource_id for e in same], [e.resource_id for e in everything])
        times = [event.preferred_origin().time for event in everything]
        self.assertEqual(times, sorted(times, reverse=True))
        middle = times[len(times) // 2]
        self.assertEqual(len(self.client.get_events(starttime=middle - 0.001)), len(times) // 2 + 1)
        self.assertEqual(len(self.client.get_events(endtime=middle + 0.001)), len(times) - len(times) // 2)
        upward = self.client.get_events(orderby="time-asc")
        self.assertEqual([e.resource_id for e in upward], [e.resource_id for e in everything][::-1])
        origin = everything[0].preferred_origin()
        near = self.client.get_events(latitude=origin.latitude, longitude=origin.longitude, maxradius=0.001,
                                      starttime=origin.time - 0.1, endtime=origin.time + 0.1)
        self.assertEqual(near[0].resource_id, everything[0].resource_id)
        for limits in ({"minmagnitude": 9.5}, {"maxmagnitude": -9}, {"mindepth": 699}, {"maxlatitude": -80}):
            with self.assertRaises(FDSNNoDataException):
                self.client.get_events(**limits)

    def test_the_main_shock_lies_where_the_network_put_it(self):
        event, = self.client.get_events(starttime=UTCDateTime("2019-07-04T17:33:45"),
                                        endtime=UTCDateTime("2019-07-04T17:33:53"))
        origin = event.preferred_origin()
        self.assertAlmostEqual(origin.latitude, 35.70, delta=0.1)
        self.assertAlmostEqual(origin.longitude, -117.50, delta=0.1)

    def test_arrivals_versions_and_ids(self):
        event = self.client.get_events(includearrivals=True, limit=1)[0]
        self.assertGreaterEqual(len(event.preferred_origin().arrivals), 4)
        picks = {pick.resource_id for pick in event.picks}
        self.assertTrue(all(arrival.pick_id in picks for arrival in event.preferred_origin().arrivals))
        self.assertTrue(all(pick.waveform_id.channel_code for pick in event.picks))
        again = self.client.get_events(eventid=str(event.resource_id), includeallorigins=True,
                                       includeallmagnitudes=True)[0]
        self.assertEqual(again.resource_id, event.resource_id)
        self.assertGreaterEqual(len(again.origins), 1)

    def test_who_asks_for_changes_gets_changes(self):
        self.assertGreater(len(self.client.get_events(updatedafter=UTCDateTime(2000, 1, 1))), 0)
        with self.assertRaises(FDSNNoDataException):
            self.client.get_events(updatedafter=UTCDateTime() + 3600)

    def test_formats_can_be_read_and_are_valid(self):
        _, headers, xml = self.get("/fdsnws/event/1/query?includearrivals=true&includeallorigins=true")
        self.assertEqual(headers["Content-Type"], "application/xml")
        self.assertTrue(is_valid_quakeml(io.BytesIO(xml)))
        events = len(read_events(io.BytesIO(xml)))
        _, _, text = self.get("/fdsnws/event/1/query?format=text")
        self.assertTrue(text.startswith(b"#EventID|Time|"))
        self.assertEqual(text.count(b"\n"), events + 1)
        _, _, collection = self.get("/fdsnws/event/1/query?format=geojson")
        self.assertEqual(len(json.loads(collection)["features"]), events)

    def test_stations_down_to_channels(self):
        inventory = self.client.get_stations(level="channel")
        self.assertEqual(len(inventory.get_contents()["channels"]), 18)
        coordinates = inventory.get_coordinates("CI.CLC..HHZ")
        self.assertAlmostEqual(coordinates["latitude"], float(STATIONS["CLC"][2]), places=5)
        some = self.client.get_stations(network="C?", station="CLC,SRT", channel="HH?",
                                        location="--", level="channel", starttime=UTCDateTime(2019, 7, 4))
        self.assertEqual(len(some.get_contents()["channels"]), 6)
        self.assertEqual(len(self.client.get_stations(level="network")), 2)
        text = self.client.get_stations(level="channel", format="text")
        self.assertEqual(len(text.get_contents()["channels"]), 18)
        _, _, xml = self.get("/fdsnws/station/1/query?level=response")
        self.assertTrue(validate_stationxml(io.BytesIO(xml))[0])
        with self.assertRaises(FDSNNoDataException):
            self.client.get_stations(network="ZZ")

    def test_a_bad_request_says_what_is_bad(self):
        with self.assertRaises(FDSNBadRequestException) as caught:
            self.client.get_events(starttime=UTCDateTime(2020, 1, 2), endtime=UTCDateTime(2020, 1, 1))
        self.assertIn("starttime lies after endtime", str(caught.exception))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.get("/fdsnws/event/1/query?minlat=north")
        body = caught.exception.read().decode()
        self.assertEqual(caught.exception.code, 400)
        self.assertRegex(body, r"^Error 400: Bad Request\n\nminlatitude: 'north'")
        for part in ("Usage details are available from", "Request:\n", "Request Submitted:\n", "Service version:\n"):
            self.assertIn(part, body)

    def test_bodies_are_compressed_on_request(self):
        _, headers, packed = self.get("/fdsnws/event/1/query", **{"Accept-Encoding": "gzip"})
        _, _, plain = self.get("/fdsnws/event/1/query")
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed), len(plain))

        def events(xml):
            return re.findall(rb'<event publicID="[^"]*"', xml)
        self.assertEqual(events(gzip.decompress(packed)), events(plain))

    # Health.

    def test_health_readiness_version_and_metrics(self):
        self.assertEqual(self.get("/healthz")[0], 200)
        status, _, ready = self.get("/readyz")
        self.assertEqual(status, 200)
        self.assertEqual({"ingest", "inference", "association", "database"}, set(json.loads(ready)["checks"]))
        self.assertRegex(json.loads(self.get("/version")[2])["version"], r"^\d+\.\d+\.\d+$")
        _, headers, text = self.get("/metrics")
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        values = {}
        for line in text.decode().splitlines():
            if not line.startswith("#"):
                self.assertRegex(line, r'^geod_\w+(\{(\w+="[^"]*",?)+\})? [-+\deE.InfNa]+$')
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        counters = self.daemon.status()
        self.assertEqual(values["geod_picks_stored_total"], counters["picks_stored"])
        self.assertEqual(values["geod_events_total"], counters["association"]["events"])
        self.assertEqual(values['geod_stream_records_total{stream="test"}'], counters["records"])

    # The live feed.

    def test_the_feed_gives_the_whole_catalogue_and_goes_on_from_a_cursor(self):
        stored = self.daemon.status()
        wanted = stored["picks_stored"] + stored["association"]["versions_stored"]

        def follow(path, count, headers=()):
            messages = []
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as peer:
                peer.sendall("\r\n".join([f"GET {path} HTTP/1.0", *headers, "", ""]).encode())
                stream = peer.makefile("rb")
                while len(messages) < count:
                    line = stream.readline()
                    self.assertTrue(line, "the server hung up")
                    if line.startswith(b"data: "):
                        messages.append(json.loads(line[6:]))
            return messages

        everything = follow("/live?after=begin", wanted)
        kinds = [message["type"] for message in everything]
        self.assertEqual(kinds.count("pick"), stored["picks_stored"])
        picks = {message["id"] for message in everything if message["type"] == "pick"}
        for message in everything:
            if message["type"] == "event":
                self.assertTrue(all(arrival["pick"] in picks for arrival in message["arrivals"]))
        cursor = everything[wanted // 2]["cursor"]
        rest = follow("/live", wanted - wanted // 2 - 1, [f"Last-Event-ID: {cursor}"])
        # Types may be told in another order among each other: a page of the store, or as they came.
        for kind in ("pick", "event"):
            self.assertEqual([(m["key"], m["previous_key"], m["id"]) for m in rest if m["type"] == kind],
                             [(m["key"], m["previous_key"], m["id"]) for m in everything[wanted // 2 + 1:]
                              if m["type"] == kind])

    def test_a_listener_of_the_socket_hears_where_the_feed_stands(self):
        with zmq.Context() as context, context.socket(zmq.SUB) as listener:
            listener.setsockopt(zmq.RCVTIMEO, 60_000)
            listener.subscribe(b"heartbeat")
            listener.connect(self.publish)
            topic, text = listener.recv_multipart()
            self.assertEqual(topic, b"heartbeat")
            where = json.loads(text)["cursor"]
            stored = self.daemon.status()
            self.assertEqual(where.split("-")[0], str(stored["picks_stored"]))

    # What must not hurt.

    def test_requests_in_a_row_are_answered_in_a_row(self):
        one = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer = self.say((one * 100 + "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 100)
        self.assertEqual(answer.count(b"HTTP/1.1 404 Not Found"), 1)

    def test_broken_requests_are_refused_and_hurt_nobody(self):
        for request, status in ((b"\x00\x01\x02\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\n\r\n", b"400"),
                                (b"GET / HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", b"421"),
                                (b"POST /fdsnws/event/1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nlimit=100", b"405"),
                                (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"501"),
                                (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000, b"431"),
                                (b"GET /?" + b"z" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414")):
            self.assertTrue(self.say(request).startswith(b"HTTP/1.1 " + status), request[:60])
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_a_thousand_slow_or_broken_clients_leave_nothing_behind(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        process = f"/proc/{self.daemon.process.pid}"

        def descriptors():
            return len(os.listdir(process + "/fd"))

        def resident_kb():
            return int(re.search(r"VmRSS:\s+(\d+)", Path(process + "/status").read_text())[1])

        def attack():
            peers = []
            for i in range(1000):
                peer = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                try:
                    peer.sendall((b"", b"GET / HT", b"\xff" * 500, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nA: ",
                                  b"GET /fdsnws/event/1/query HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)[i % 5])
                except ConnectionError:
                    pass  # turned away already
                peers.append(peer)
                if i % 100 == 99:  # others are answered meanwhile
                    self.assertEqual(self.get("/healthz")[0], 200)
            for peer in peers:
                peer.close()

        attack()
        before = resident_kb()
        attack()
        deadline = time.monotonic() + 60
        while True:
            _, _, text = self.get("/metrics")
            open_now = int(re.search(rb"\ngeod_http_connections (\d+)", text)[1])
            if open_now <= 1 or time.monotonic() > deadline:
                break
        self.assertLessEqual(open_now, 1)
        sockets = [os.readlink(f"{process}/fd/{fd}") for fd in os.listdir(process + "/fd")
                   if os.path.islink(f"{process}/fd/{fd}")]
        self.assertLess(descriptors(), 200, sockets)
        with open("/proc/net/tcp") as table:
            stuck = [line for line in table if f":{self.port:04X} " in line.split()[1] + " " and line.split()[3] == "08"]
        self.assertEqual(stuck, [], "sockets in CLOSE_WAIT")
        self.assertLess(resident_kb() - before, 30_000)


class Stopping(unittest.TestCase):
    def test_a_stop_ends_subscribers_and_slow_clients(self):
        with harness.Daemon("service: {enabled: true, listen: '127.0.0.1:0'}", exit_when_sources_end=False) as daemon:
            daemon.start()
            port = int(daemon.status()["service"]["listen"].rsplit(":", 1)[1])
            peers = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(3)]
            peers[0].sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            peers[1].sendall(b"GET /healthz HT")
            self.assertTrue(peers[0].recv(4096).startswith(b"HTTP/1.1 200 OK"))
            self.assertEqual(daemon.terminate(), 0)
            for peer in peers:
                while peer.recv(4096):
                    pass
                peer.close()

    def test_an_address_in_use_is_told_and_restarted_by_systemd(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with harness.Daemon(f"service: {{enabled: true, listen: '{address}'}}") as daemon:
                daemon.start(wait_ready=False)
                self.assertEqual(daemon.process.wait(timeout=60), 1)
                self.assertIn(f"cannot listen on {address}", daemon.log)


if __name__ == "__main__":
    unittest.main()

"""Fibres through the whole daemon: a publisher in Python, a tiny network, rows in SQLite."""
import hashlib
import json
import sqlite3
import unittest
import zlib

import numpy as np
import zmq
from safetensors.numpy import save_file

from harness import Daemon, geod

WIDTH, PATCH, GRID, BLOCKS = 16, 14, 5, 4
ROWS, COLUMNS, ROW_HOP, COLUMN_HOP = 70, 28, 35, 14
RATE, CHANNELS, START_NS = 100, 40, 1_562_259_600_000_000_000


def write_segmenter(folder, bias=-3.0, name="tiny"):
    """A model folder for das: a random encoder that is not listened to, and a decoder that says `bias` everywhere."""
    random = np.random.default_rng(1)

    def tensor(*shape):
        return random.normal(0.0, 0.02, shape).astype(np.float32)

    tensors = {"encoder.cls_token": tensor(1, 1, WIDTH), "encoder.mask_token": tensor(1, WIDTH),
               "encoder.pos_embed": tensor(1, 1 + GRID * GRID, WIDTH),
               "encoder.patch_embed.proj.weight": tensor(WIDTH, 3, PATCH, PATCH),
               "encoder.patch_embed.proj.bias": tensor(WIDTH),
               "encoder.norm.weight": np.ones(WIDTH, np.float32), "encoder.norm.bias": np.zeros(WIDTH, np.float32),
               "decoder.weight": np.zeros((2, WIDTH, 1, 1), np.float32),
               "decoder.bias": np.array([0.0, bias], np.float32)}
    for block in range(BLOCKS):
        prefix = f"encoder.blocks.{block}."
        for norm in ("norm1", "norm2"):
            tensors[prefix + norm + ".weight"] = np.ones(WIDTH, np.float32)
            tensors[prefix + norm + ".bias"] = np.zeros(WIDTH, np.float32)
        for layer, rows, columns in (("attn.qkv", 3 * WIDTH, WIDTH), ("attn.proj", WIDTH, WIDTH),
                                     ("mlp.fc1", 4 * WIDTH, WIDTH), ("mlp.fc2", WIDTH, 4 * WIDTH)):
            tensors[prefix + layer + ".weight"] = tensor(rows, columns)
            tensors[prefix + layer + ".bias"] = tensor(rows)
        for scale in ("ls1", "ls2"):
            tensors[prefix + scale + ".gamma"] = np.ones(WIDTH, np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    manifest = {
        "name": name, "version": "1", "family": "segmenter", "task": "das",
        "geometry": {"width": WIDTH, "blocks": BLOCKS, "heads": 2, "patch": PATCH, "position_grid": GRID,
                     "taps": [1, 2, 3, 4], "decoder": "linear", "classes": 2, "rows": ROWS, "columns": COLUMNS},
        "segments": {"class_names": ["background", "event"],
                     "das": {"sampling_rate_hz": RATE, "channel_spacing_m": 10.0, "row_hop": ROW_HOP,
                             "column_hop": COLUMN_HOP, "min_channels": 8, "min_rows": 10}},
        "weights_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(), "provenance": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


class Publisher:
    """The ten lines of docs/wire.md, with a clock of its own."""

    def __init__(self, endpoint, fibre="XX.CABLE1", boot=1):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUSH)
        self.socket.connect(endpoint)
        self.fibre, self.boot, self.seq = fibre, boot, 0

    def send(self, second, channels=CHANNELS, **keys):
        random = np.random.default_rng(second)
        raw = random.normal(size=(RATE, channels)).astype("<f4").tobytes()
        header = dict(v=1, id=self.fibre, boot=self.boot, seq=self.seq, t0_ns=START_NS + second * 10**9, fs=[RATE, 1],
                      nt=RATE, nc=channels, dtype="f4", order="tc", dx_m=10.0, unit="m/m/s", scale=1.0,
                      crc32=zlib.crc32(raw), **keys)
        self.socket.send_multipart([b"das/1/" + self.fibre.encode(), json.dumps(header).encode(), raw])
        self.seq += 1

    def tell(self, metadata):
        self.socket.send_multipart([b"dasmeta/1/" + self.fibre.encode(), json.dumps(metadata).encode()])

    def end(self):
        header = dict(v=1, id=self.fibre, boot=self.boot, next_seq=self.seq, reason="test")
        self.socket.send_multipart([b"end/1/" + self.fibre.encode(), json.dumps(header).encode()])

    def close(self):
        """Only when the daemon has read all: over ipc, what it has not read goes with the connection."""
        self.socket.close(linger=0)
        self.context.term()


class DasTest(unittest.TestCase):
    def daemon(self, settings="", **options):
        daemon = Daemon(settings, **options)
        self.addCleanup(daemon.__exit__)
        folder = write_segmenter(daemon.folder / "tiny")
        text = daemon.config.read_text().replace("precision: float32", f"precision: float32, segmenter: {folder}")
        daemon.config.write_text(text)
        return daemon

    @staticmethod
    def hours(daemon):
        """Seconds looked at, and the gaps, as the database has them."""
        with sqlite3.connect(daemon.folder / "geod.sqlite") as database:
            seen = database.execute("SELECT coalesce(sum(scored_s), 0) FROM fibre_completeness").fetchone()[0]
            gaps = database.execute("SELECT kind, from_ns, to_ns FROM fibre_gaps ORDER BY from_ns").fetchall()
            return seen, gaps

    def publisher(self, daemon, **options):
        publisher = Publisher(daemon.endpoint, **options)
        self.addCleanup(publisher.close)
        return publisher

    def publish(self, daemon, seconds, **options):
        publisher = self.publisher(daemon, **options)
        for second in seconds:
            publisher.send(second)
        publisher.end()

    def test_every_second_is_looked_at_once_also_when_it_is_sent_twice_after_a_kill(self):
        daemon = self.daemon(exit_when_sources_end=False)
        daemon.start()
        self.publish(daemon, range(30))
        daemon.wait_for(lambda status: status["fibres"]["tiles_scored"] > 0 and status["commits"] > 0)
        daemon.kill()
        daemon.start()
        self.publish(daemon, range(30), boot=2)
        daemon.wait_for(lambda status: status["sources"][0]["ends"] == 1)
        self.assertEqual(daemon.terminate(), 0)
        seen, gaps = self.hours(daemon)
        self.assertAlmostEqual(seen, 30.0, delta=0.5)
        self.assertEqual(gaps, [])

    def test_a_hole_and_a_new_geometry_are_told(self):
        daemon = self.daemon()
        daemon.start()
        publisher = self.publisher(daemon)
        for second in range(10):
            publisher.send(second)
        for second in range(15, 25):
            publisher.send(second)
        for second in range(25, 35):
            publisher.send(second, channels=CHANNELS + 4)  # refused: no higher meta_rev
        for second in range(35, 45):
            publisher.send(second, channels=CHANNELS + 4, meta_rev=2)
        publisher.end()
        daemon.wait()
        seen, gaps = self.hours(daemon)
        self.assertAlmostEqual(seen, 30.0, delta=0.5)
        text = geod("catalog", "gaps", "--config", daemon.config, "--format", "csv").stdout
        self.assertIn("XX,CABLE1", text)
        self.assertEqual(len(gaps), 3, text)  # two holes, the new geometry

    def test_a_fibre_takes_part_in_the_association_where_its_publisher_says_that_it_lies(self):
        def metadata(*latitudes):
            channels = {"channel_ids": ["0", str(CHANNELS - 1)], "x_coordinates": [-117.0, -116.9],
                        "y_coordinates": latitudes}
            return {"interrogators": [{"acquisitions": [{"channel_groups": [{"channels": channels}]}]}]}

        daemon = self.daemon("catalog: {inventory: [stations.csv]}\n", exit_when_sources_end=False)
        (daemon.folder / "stations.csv").write_text("network,station,latitude,longitude\nXX,FAR,35,-117\n")
        daemon.start()
        publisher = self.publisher(daemon)
        for second in range(10):
            publisher.send(second)
        daemon.wait_for(lambda s: s["association"].get("fibres_without_coordinates") == ["XX.CABLE1"])
        self.assertEqual(daemon.status()["association"]["sites"], 0)
        self.assertIn("without coordinates, so not associated: XX.CABLE1",
                      " ".join(geod("doctor", "--config", daemon.config, check=False).stdout.split()))
        for second, told in ((10, metadata(35.0)), (11, metadata(35.0, 35.0)), (12, metadata(99, 99))):
            publisher.tell(told)
            publisher.send(second)
        for second in range(13, 30):
            publisher.send(second)
        daemon.wait_for(lambda s: s["association"].get("fibre_places") == {"XX.CABLE1": "publisher"}
                        and s["association"]["sites"] == 20)  # 9.1 km in steps of half a kilometre, and the end
        self.assertEqual(daemon.log.count("a publisher tells no places of its fibre"), 2, daemon.log)
        self.assertIn("XX.CABLE1 by its publisher",
                      " ".join(geod("doctor", "--config", daemon.config, check=False).stdout.split()))
        publisher.tell(metadata(36.0, 36.1))
        for second in range(30, 40):
            publisher.send(second)
        publisher.end()
        daemon.wait_for(lambda s: s["sources"][0]["ends"] == 1)
        self.assertEqual(daemon.terminate(), 0, daemon.log)
        with sqlite3.connect(daemon.folder / "geod.sqlite") as database:
            rows = database.execute("SELECT from_ns, places FROM fibre_places ORDER BY from_ns").fetchall()
        self.assertEqual([(from_ns - START_NS) // 10**9 for from_ns, _ in rows], [11, 30])
        self.assertEqual(json.loads(rows[1][1]), [[0, 36.0, -117.0, 0.0], [CHANNELS - 1, 36.1, -116.9, 0.0]])

    def test_an_image_is_answered_by_the_daemon_and_alone_alike(self):
        daemon = self.daemon(exit_when_sources_end=False)
        image = daemon.folder / "image.npy"
        np.save(image, np.random.default_rng(3).integers(0, 256, (100, 60)).astype(np.float32))
        arguments = ("segment", image, "--task", "das", "--config", daemon.config, "--json", "--probabilities")
        alone = json.loads(geod(*arguments, daemon.folder / "alone.npy").stdout)
        daemon.start()
        served = json.loads(geod(*arguments, daemon.folder / "served.npy", "--out", daemon.folder / "mask.png").stdout)
        self.assertEqual(daemon.status()["fibres"]["requests_answered"], 1)
        self.assertEqual(served, alone)
        one, other = np.load(daemon.folder / "alone.npy"), np.load(daemon.folder / "served.npy")
        self.assertEqual(one.shape, (2, 100, 60))
        np.testing.assert_allclose(one, other, atol=1e-6)
        self.assertTrue((daemon.folder / "mask.png").stat().st_size > 0)
        refused = geod("segment", image, "--task", "salt", "--config", daemon.config, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no network serves salt", refused.stderr)
        self.assertEqual(daemon.terminate(), 0)

    def test_without_a_model_for_images_picking_goes_on_and_blocks_are_refused(self):
        with Daemon("", exit_when_sources_end=False, models="precision: float32, image_tasks: []") as daemon:
            daemon.start()
            self.publish(daemon, range(3))
            daemon.wait_for(lambda status: status["sources"][0]["rejected"] >= 3)
            self.assertEqual(daemon.status()["fibres"]["blocks"], 0)
            self.assertEqual(daemon.terminate(), 0)


if __name__ == "__main__":
    unittest.main()

"""Writes the pictures of this folder with zlib and struct alone."""
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, width, height, depth, colour, data, extra=b"", interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    (HERE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
                              + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


png("grey16.png", 2, 2, 16, 0, b"\0" + struct.pack(">HH", 0, 257) + b"\0" + struct.pack(">HH", 258, 65535))
png("grey1.png", 9, 2, 1, 0, b"\0\xaa\x80" + b"\0\x7f\x80")
png("grey_alpha.png", 2, 1, 8, 4, b"\0" + bytes([50, 0, 60, 128]))
# Adam7 of 2 x 2: pass 1 has pixel (0, 0), pass 6 (0, 1), pass 7 row 1.
png("interlaced.png", 2, 2, 8, 0, b"\0\0" + b"\0\1" + b"\0\2\3", interlace=1)
png("huge.png", 60000, 60000, 8, 0, b"\0")
png("wide.png", 100000, 1, 8, 0, b"\0")
png("palette_short.png", 2, 1, 8, 3, b"\0" + bytes([0, 5]), chunk(b"PLTE", bytes([1, 2, 3])))

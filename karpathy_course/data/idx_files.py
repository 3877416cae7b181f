"""IDX, the format of the MNIST files: a magic number, the length of each axis, then the bytes; gzipped or plain.

Every number is big-endian. The magic number is 0, 0, what the numbers are (8: bytes) and how many axes there are.
Files come from outside, so nothing in them is believed: each that does not fit is one ValueError with the path in it.
"""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

BYTES = 8
AXES = {"images": ("images", "rows", "columns"), "labels": ("labels",)}
MIB = 1 << 20


def idx_images(path):
    """The images of an IDX file: float32 (images, 1, height, width), 0 to 1 where the file has 0 to 255.

    path: gzipped or plain, whatever its name ends with. Raises FileNotFoundError, and ValueError for another kind of
    file, one that is cut short and one that is longer than its header says.
    """
    images = _read(Path(path), "images").astype("float32")[:, None]
    images /= 255
    return images


def idx_labels(path):
    """The labels of an IDX file: int64 (labels,). path and errors as in `idx_images`."""
    return _read(Path(path), "labels").astype("int64")


def _read(path, kind):
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"  # gzip's own magic number: the name may say what it likes
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            shape = _header(path, file, kind)
            return np.frombuffer(_body(path, file, shape, kind), np.uint8).reshape(shape)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: the gzip file is cut short or damaged ({error}): fetch it again") from error


def _header(path, file, kind):
    """The lengths of the axes."""
    axes, magic = AXES[kind], file.read(4)
    expected = bytes([0, 0, BYTES, len(axes)])
    if magic != expected:
        raise ValueError(
            f"{path}: the file begins with {_shown(magic)}, expected {_shown(expected)}, the magic number of IDX {kind}"
            f"{_cure(magic, kind)}"
        )
    lengths = file.read(4 * len(axes))
    if len(lengths) < 4 * len(axes):
        raise ValueError(f"{path}: the file ends inside its header: it is cut short: fetch it again")
    return tuple(map(int, np.frombuffer(lengths, ">u4")))


def _body(path, file, shape, kind):
    """As many bytes as the header promises, read piece by piece, since the header may promise anything."""
    wanted, pieces, found = prod(shape), [], 0
    while piece := file.read(min(MIB, wanted + 1 - found)):
        pieces.append(piece)
        found += len(piece)
    if found != wanted:
        promised = " × ".join(f"{n} {axis}" for n, axis in zip(shape, AXES[kind]))
        what = "it is cut short" if found < wanted else "more follows"
        there = f"{found} are there" if found < wanted else "that is not its end"
        raise ValueError(f"{path}: the header promises {promised} = {wanted} bytes, {there}: {what}: fetch it again")
    return b"".join(pieces)


def _cure(magic, kind):
    for other, axes in AXES.items():
        if other != kind and magic == bytes([0, 0, BYTES, len(axes)]):
            return f": these are {other}: read them with idx_{other}"
    if len(magic) < 4:
        return ": the file is cut short or empty: fetch it again"
    if magic[:2] == b"\0\0":
        return ": an IDX file of another kind, which is not read here"
    if magic.lstrip()[:1] in (b"<", b"{"):
        return ": a server's page was saved in the place of the file: fetch it again"
    return ": it is no IDX file, nor a gzipped one"


def _shown(magic):
    return "0x" + magic.hex() if magic else "nothing"

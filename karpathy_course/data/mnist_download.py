"""Fetching the MNIST files: checked by their SHA-256, and taken up where an earlier try was cut off.

pooch, an optional extra, keeps a file only if its sum is right and fetches none that is already there; how the bytes
come, and that none comes twice, is said here.
"""

import os
import shlex
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = {  # name: (bytes, SHA-256), as published
    "train-images-idx3-ubyte.gz": (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    "train-labels-idx1-ubyte.gz": (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    "t10k-images-idx3-ubyte.gz": (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    "t10k-labels-idx1-ubyte.gz": (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}
SECONDS = 30  # without a byte, until a mirror is given up
PIECE = 1 << 16


def download_mnist(folder):
    """Fetch the four files into folder, 11.6 MB, and return it as a Path; what is there and whole stays.

    Each mirror is tried in turn; what came before a connection was cut is kept, and the next call goes on from there.
    Raises ModuleNotFoundError without pooch, OSError where no mirror gave a file with the right sum, with the reasons.
    """
    try:
        import pooch
    except ModuleNotFoundError as error:
        if error.name != "pooch":
            raise
        raise ModuleNotFoundError(
            f"download_mnist: pooch is not installed: `{shlex.quote(sys.executable)} -m pip install pooch`, or put the "
            f"four files of MNIST into {folder} yourself",
            name="pooch",
        ) from None
    folder = Path(folder)
    for name, (size, digest) in FILES.items():
        refused = []
        for mirror in MIRRORS:
            try:
                pooch.retrieve(
                    mirror + name, f"sha256:{digest}", fname=name, path=folder, downloader=resuming(folder / name, size)
                )
                break
            except (OSError, ValueError) as error:  # ValueError: the sum was wrong
                refused.append(f"{mirror}: {str(error).rstrip('.')}")
        else:
            raise OSError(f"download_mnist: no mirror gave {name}: {'; '.join(refused)}. Call it again to go on")
    return folder


def resuming(target, size):
    """A downloader for pooch: it leaves what has come in ``target.part``, and asks for the rest only."""

    def downloader(url, output_file, _pooch):
        part = target.with_name(f"{target.name}.part")
        fetch_rest(url, part, size)
        os.replace(part, output_file)  # whole: if its sum is wrong, pooch throws it away and nothing wrong is left

    return downloader


def fetch_rest(url, part, size):
    """Bring the file at part to size bytes by what it lacks of url. Raises OSError where they did not all come."""
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        have = have if goes_on else 0  # a server that knows no ranges sends the whole file
        with open(part, "ab" if goes_on else "wb") as file:
            try:
                while have <= size and (piece := answer.read(PIECE)):
                    file.write(piece)
                    have += len(piece)
            except HTTPException as error:
                raise OSError(f"{have} of {size} bytes came, then {type(error).__name__}") from error
    if have > size:
        part.unlink()
        raise OSError(f"more than the {size} bytes of {url} came: it is another file")
    if have < size:
        raise OSError(f"{have} of {size} bytes came, then the connection ended")

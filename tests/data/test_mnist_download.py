"""Fetching files from a server of this machine that cuts connections, knows no ranges, or gives something else.

pooch is not needed here: `Retriever` keeps to the part of its contract that the course uses.
"""

import hashlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from karpathy_course.data import download_mnist, mnist_download
from karpathy_course.data.mnist_download import fetch_rest

DATA = bytes(range(256)) * 700


class Server(ThreadingHTTPServer):
    """Gives DATA, or `data`. cuts: after how many bytes each answer ends, one after the other; then none does."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data, self.cuts, self.ranges, self.asked = DATA, [], True, []
        self.address = f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        if "missing" in self.path:
            return self.send_error(404)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else 0
        rest = self.server.data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.server.data) - 1}/{len(self.server.data)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.cuts.pop(0)] if self.server.cuts else rest)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_connection_that_was_cut_is_taken_up_where_it_ended(tmp_path, server):
    part = tmp_path / "deep" / "file.part"
    server.cuts = [70_000, 50_000]
    for came in (70_000, 120_000):
        with pytest.raises(OSError, match=f"{came} of {len(DATA)} bytes came, then the connection ended"):
            fetch_rest(server.address, part, len(DATA))
        assert part.read_bytes() == DATA[:came]
    fetch_rest(server.address, part, len(DATA))
    assert part.read_bytes() == DATA
    assert [wanted for _, wanted in server.asked] == [None, "bytes=70000-", "bytes=120000-"]
    fetch_rest(server.address, part, len(DATA))
    assert len(server.asked) == 3  # nothing was missing


def test_a_server_without_ranges_sends_the_whole_file_again(tmp_path, server):
    part = tmp_path / "file.part"
    part.write_bytes(DATA[:1000])
    server.ranges = False
    fetch_rest(server.address, part, len(DATA))
    assert part.read_bytes() == DATA


def test_a_part_that_is_longer_than_the_file_is_begun_again(tmp_path, server):
    part = tmp_path / "file.part"
    part.write_bytes(DATA + b"more")
    fetch_rest(server.address, part, len(DATA))
    assert part.read_bytes() == DATA


def test_a_longer_file_is_another_file_and_nothing_of_it_is_kept(tmp_path, server):
    part = tmp_path / "file.part"
    with pytest.raises(OSError, match="it is another file"):
        fetch_rest(server.address, part, len(DATA) - 5)
    assert not part.exists()


class Retriever:
    """What `pooch.retrieve` promises: nothing is fetched that is there, and kept is only what has the right sum."""

    @staticmethod
    def retrieve(url, known_hash, fname, path, downloader):
        target, digest = path / fname, known_hash.removeprefix("sha256:")
        if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == digest:
            return str(target)
        path.mkdir(parents=True, exist_ok=True)
        beside = path / "temporary"
        beside.touch()
        try:
            downloader(url, str(beside), None)
            if hashlib.sha256(beside.read_bytes()).hexdigest() != digest:
                raise ValueError(f"SHA256 hash of downloaded file ({fname}) does not match the known hash")
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        return str(target)


@pytest.fixture
def two_mirrors(server, monkeypatch):
    """Two addresses of the server in the place of the mirrors, and its file in the place of MNIST's."""
    monkeypatch.setitem(sys.modules, "pooch", SimpleNamespace(retrieve=Retriever.retrieve))
    monkeypatch.setattr(mnist_download, "MIRRORS", (f"{server.address}one/", f"{server.address}two/"))
    digest = hashlib.sha256(DATA).hexdigest()
    monkeypatch.setattr(mnist_download, "FILES", {name: (len(DATA), digest) for name in ("images.gz", "labels.gz")})
    return server


def test_all_files_are_fetched_once_and_a_second_call_asks_for_none(tmp_path, two_mirrors):
    folder = tmp_path / "mnist"
    assert download_mnist(str(folder)) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["images.gz", "labels.gz"]
    assert (folder / "labels.gz").read_bytes() == DATA
    assert [path for path, _ in two_mirrors.asked] == ["/one/images.gz", "/one/labels.gz"]
    download_mnist(folder)
    assert len(two_mirrors.asked) == 2


def test_the_second_mirror_goes_on_where_the_first_was_cut_off(tmp_path, two_mirrors):
    two_mirrors.cuts = [90_000]
    download_mnist(tmp_path)
    assert two_mirrors.asked[:2] == [("/one/images.gz", None), ("/two/images.gz", "bytes=90000-")]
    assert (tmp_path / "images.gz").read_bytes() == DATA


def test_what_came_is_kept_for_the_next_call_when_no_mirror_gave_all(tmp_path, two_mirrors):
    two_mirrors.cuts = [1000, 2000]
    with pytest.raises(OSError, match=r"no mirror gave images\.gz: http.*1000 of .*; http.*3000 of .*again to go on"):
        download_mnist(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["images.gz.part"]
    download_mnist(tmp_path)
    assert ("/one/images.gz", "bytes=3000-") in two_mirrors.asked and (tmp_path / "images.gz").read_bytes() == DATA


def test_a_file_with_a_wrong_sum_is_not_kept_and_the_other_mirror_is_asked(tmp_path, two_mirrors):
    two_mirrors.data = DATA[::-1]
    with pytest.raises(OSError, match=r"no mirror gave images\.gz: .*does not match.*; .*does not match"):
        download_mnist(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_has_no_such_file_is_named_with_its_answer(tmp_path, two_mirrors, monkeypatch):
    monkeypatch.setattr(mnist_download, "MIRRORS", (f"{two_mirrors.address}missing/",))
    with pytest.raises(OSError, match=r"missing/: HTTP Error 404"):
        download_mnist(tmp_path)


def test_without_pooch_one_line_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match=r"-m pip install pooch`, or put the four files"):
        download_mnist(tmp_path)


def test_the_published_sums_are_of_the_four_files():
    assert sum(size for size, _ in mnist_download.FILES.values()) == 11_594_722
    assert all(len(digest) == 64 for _, digest in mnist_download.FILES.values())

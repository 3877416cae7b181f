"""What a folder of submissions may hold besides notebooks: each file here is made to stop, fool or fill a grader.

``build(name, folder, canaries)`` makes one of `HANDED_IN`, so that no such file has to lie in the repository.
What has to come of it stands beside it: graded with full marks, said to be unreadable, or either of the two.
"""

import io
import json
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from tests.attacks.attack_answers import honest_notebook

NOTEBOOK = "01_the_derivative_you_can_poke.ipynb"
SAID, GRADED, EITHER = "said to be unreadable", "graded with full marks", "either"


@dataclass(frozen=True)
class HandedIn:
    """One thing handed in. make(place, canaries) is given the path of a folder that does not exist yet."""

    name: str
    tries: str
    outcome: str
    make: Callable


HANDED_IN = []


def handed_in(outcome, tries):
    def register(make):
        HANDED_IN.append(HandedIn(make.__name__, tries, outcome, make))
        return make

    return register


def build_all(folder, canaries):
    """Make all of them below folder."""
    for thing in HANDED_IN:
        thing.make(folder / thing.name, canaries)


def honest():
    return json.dumps(honest_notebook("01"))


def put(place, content):
    """Write a student's notebook with this content, text or bytes."""
    place.mkdir()
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    (place / NOTEBOOK).write_bytes(content)


def changed(change):
    """The honest notebook after change(notebook), as text."""
    notebook = honest_notebook("01")
    change(notebook)
    return json.dumps(notebook)


# What is no file


@handed_in(SAID, "a pipe at which a reader waits for ever")
def a_pipe(place, canaries):
    place.mkdir()
    os.mkfifo(place / NOTEBOOK)


@handed_in(SAID, "a link to a secret, which a report might quote")
def a_link_to_a_secret(place, canaries):
    place.mkdir()
    (place / NOTEBOOK).symlink_to(canaries.home / "secret.txt")


@handed_in(SAID, "a link to another student's notebook, for the same marks")
def a_link_to_a_neighbour(place, canaries):
    place.mkdir()
    (place / NOTEBOOK).symlink_to(canaries.neighbour)


@handed_in(SAID, "a folder that is a link to another student's")
def a_linked_folder(place, canaries):
    place.symlink_to(canaries.neighbour.parent, target_is_directory=True)


@handed_in(SAID, "a link to itself")
def a_link_to_itself(place, canaries):
    place.mkdir()
    (place / NOTEBOOK).symlink_to(place / NOTEBOOK)


@handed_in(SAID, "a link to nothing")
def a_link_to_nothing(place, canaries):
    place.mkdir()
    (place / NOTEBOOK).symlink_to(place / "nothing")


@handed_in(SAID, "a link to a device without an end")
def a_link_to_a_device(place, canaries):
    place.mkdir()
    (place / NOTEBOOK).symlink_to("/dev/zero")


@handed_in(EITHER, "a folder that contains itself, by a link")
def a_folder_in_itself(place, canaries):
    put(place, honest())
    (place / "again").symlink_to(place, target_is_directory=True)


@handed_in(SAID, "a folder under the name of a notebook")
def a_folder_as_a_notebook(place, canaries):
    (place / NOTEBOOK).mkdir(parents=True)


@handed_in(SAID, "a socket under the name of a notebook")
def a_socket(place, canaries):
    place.mkdir()
    with socket.socket(socket.AF_UNIX) as line:
        here = os.open(place, os.O_RDONLY)
        line.bind(f"/proc/self/fd/{here}/{NOTEBOOK}")  # the path itself may be too long for a socket
        os.close(here)


@handed_in(SAID, "a file that may not be read")
def a_closed_file(place, canaries):
    put(place, honest())
    (place / NOTEBOOK).chmod(0)


@handed_in(EITHER, "folders nested deeper than a path may be long")
def a_deep_folder(place, canaries):
    place.mkdir()
    here = os.open(place, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


# What is no notebook


@handed_in(SAID, "nothing at all")
def empty(place, canaries):
    put(place, "")


@handed_in(SAID, "a notebook whose end is missing")
def cut_off(place, canaries):
    put(place, honest()[:-500])


@handed_in(SAID, "bytes that mean nothing")
def noise(place, canaries):
    put(place, bytes(range(256)) * 400)


@handed_in(EITHER, "a notebook in UTF-16")
def wide_characters(place, canaries):
    put(place, honest().encode("utf-16"))


@handed_in(EITHER, "a notebook with a byte order mark")
def a_byte_order_mark(place, canaries):
    put(place, honest().encode("utf-8-sig"))


@handed_in(SAID, "half a million brackets")
def brackets(place, canaries):
    put(place, "[" * 500_000)


@handed_in(SAID, "half a million brackets that are closed again")
def closed_brackets(place, canaries):
    put(place, '{"cells": ' + "[" * 500_000 + "]" * 500_000 + "}")


@handed_in(SAID, "a number of a million digits")
def a_long_number(place, canaries):
    put(place, '{"nbformat": ' + "9" * 1_000_000 + ', "cells": []}')


@handed_in(SAID, "JSON that is not an object")
def a_list(place, canaries):
    put(place, "[1, 2, 3]")


@handed_in(SAID, "cells that are text")
def cells_that_are_text(place, canaries):
    put(place, '{"cells": "answer-01-1"}')


@handed_in(EITHER, "cells of every wrong kind")
def cells_of_every_kind(place, canaries):
    put(place, json.dumps({"cells": [None, 1, "x", [], {}, {"cell_type": ["code"], "source": {"a": 1}}, {"id": {}}]}))


@handed_in(GRADED, "ids that cannot be hashed, beside whole answers")
def ids_that_cannot_be_hashed(place, canaries):
    def change(notebook):
        for odd in ([], {}, [["x"]], None, 7, 1e308):
            cell = {"cell_type": "code", "id": odd, "metadata": {"nbgrader": {"grade_id": odd}}, "source": "x = 1"}
            notebook["cells"].append(cell)
        notebook["cells"].append({"cell_type": {}, "id": "x", "metadata": [], "source": [1, None, {}]})

    put(place, changed(change))


@handed_in(EITHER, "an id of ten megabytes")
def a_long_id(place, canaries):
    put(place, changed(lambda notebook: notebook["cells"].append(code("x = 1", "answer-" + "9" * 10_000_000))))


@handed_in(EITHER, "ids that end a page, a table and a line")
def hostile_ids(place, canaries):
    def change(notebook):
        for id in ("</pre><script>alert('ids')</script>", '=HYPERLINK("http://x/")', "\x1b[2J", "../../x", "a\nb"):
            notebook["cells"].append(code("def f(:\n", id))

    put(place, changed(change))


@handed_in(GRADED, "a hundred thousand cells")
def many_cells(place, canaries):
    put(place, changed(lambda notebook: notebook["cells"].extend({"cell_type": "raw"} for _ in range(100_000))))


@handed_in(EITHER, "ten thousand cells that all cannot be read")
def many_broken_cells(place, canaries):
    put(place, changed(lambda notebook: notebook["cells"].extend(code("f(", f"x{i}") for i in range(10_000))))


@handed_in(EITHER, "half of a surrogate pair, in source, ids and keys")
def half_a_character(place, canaries):
    text = changed(lambda notebook: notebook["cells"].append(code("x = 'HALF'", "HALF") | {"HALF": 1}))
    put(place, text.replace("HALF", "\\ud800"))


@handed_in(EITHER, "the same key twice, the second time with something else")
def keys_twice(place, canaries):
    put(place, honest()[:-1] + ', "cells": []}')


@handed_in(EITHER, "numbers that are none: NaN, Infinity, 1e999999")
def odd_numbers(place, canaries):
    put(place, honest()[:-1] + ', "nbformat": NaN, "x": [Infinity, -Infinity, 1e999999]}')


@handed_in(EITHER, "outputs of 200 MB")
def large_outputs(place, canaries):
    def change(notebook):
        output = {"output_type": "stream", "name": "stdout", "text": "MUCH"}
        notebook["cells"].append(code("x = 1", "prints") | {"outputs": [output]})

    before, after = changed(change).encode().split(b"MUCH")
    place.mkdir()
    with open(place / NOTEBOOK, "wb") as file:
        file.write(before)
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(after)


@handed_in(EITHER, "one line of source, 40 MB long")
def a_long_line(place, canaries):
    put(place, changed(lambda notebook: notebook["cells"].append(code("# " + "x" * 40_000_000, "long"))))


@handed_in(EITHER, "a notebook whose answers have lost their ids, beside source that is hard to parse")
def lost_ids(place, canaries):
    def change(notebook):
        for cell in notebook["cells"]:
            cell.pop("id", None)
            cell["metadata"] = {}
        for hard in ("(" * 5_000, "-" * 100_000 + "1", "a" + ".b" * 100_000, "f(" * 90 + "{" * 90, "lambda:" * 20_000):
            notebook["cells"].append(code("x = " + hard, "x") | {"id": None})

    put(place, changed(change))


@handed_in(EITHER, "an answer's cell twice, of which a careless reader takes the one it likes")
def a_copied_cell(place, canaries):
    def change(notebook):
        answer = next(cell for cell in notebook["cells"] if cell.get("id") == "answer-01-3")
        notebook["cells"].append(answer | {"source": "def manual_backprop(*numbers):\n    return {}"})

    put(place, changed(change))


def code(source, id):
    return {"cell_type": "code", "id": id, "metadata": {}, "source": source, "outputs": [], "execution_count": None}


# Archives


def zipped(*members):
    """A whole archive of (name, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def put_archive(place, content):
    place.with_suffix(".zip").write_bytes(content)


def with_headers(content, change):
    """The archive after change(flags, size) -> (flags, size) in each local and each central header."""
    content = bytearray(content)
    for mark, flags, size in ((b"PK\3\4", 6, 22), (b"PK\1\2", 8, 24)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            old = struct.unpack_from("<H", content, at + flags)[0], struct.unpack_from("<I", content, at + size)[0]
            new = change(*old)
            struct.pack_into("<H", content, at + flags, new[0])
            struct.pack_into("<I", content, at + size, new[1])
    return bytes(content)


@handed_in(EITHER, "members whose names lead out of every folder")
def names_that_lead_out(place, canaries):
    names = ["../../../escaped", "/tmp/escaped", "..\\..\\escaped", "C:\\escaped", "a/../../../escaped", "//escaped"]
    members = [(f"{name}/{NOTEBOOK}", honest()) for name in names] + [(f"../{canaries.home}/escaped", "x")]
    put_archive(place, zipped(*members))


@handed_in(SAID, "a notebook of half a gigabyte in a file of a few megabytes")
def a_bomb(place, canaries):
    archive = zipfile.ZipFile(place.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open(f"{place.name}/{NOTEBOOK}", "w", force_zip64=True) as member:
        member.write(honest()[:-1].encode() + b', "x": "')
        for _ in range(500):
            member.write(b"x" * 1_000_000)
        member.write(b'"}')


@handed_in(SAID, "a bomb whose headers say that it is small")
def a_bomb_that_says_it_is_small(place, canaries):
    content = zipped((f"{place.name}/{NOTEBOOK}", honest()[:-1] + ', "x": "' + "x" * 100_000_000 + '"}'))
    put_archive(place, with_headers(content, lambda flags, size: (flags, 5_000)))


@handed_in(SAID, "a member whose headers say that it is enormous")
def a_size_that_is_not_there(place, canaries):
    content = zipped((f"{place.name}/{NOTEBOOK}", honest()))
    put_archive(place, with_headers(content, lambda flags, size: (flags, 0xFFFFFFF0)))


@handed_in(EITHER, "archives in archives in archives")
def an_archive_in_an_archive(place, canaries):
    content = zipped((f"inner/{NOTEBOOK}", honest()))
    for depth in range(20):
        content = zipped((f"depth{depth}.zip", content), (f"depth{depth}-again.zip", content[:1_000_000]))
        if len(content) > 2_000_000:
            break
    put_archive(place, content)


@handed_in(EITHER, "twenty thousand members")
def many_members(place, canaries):
    put_archive(place, zipped(*((f"crowd{i % 10}/{i}.txt", "") for i in range(20_000))))


@handed_in(SAID, "an encrypted archive")
def an_encrypted_archive(place, canaries):
    content = zipped((f"{place.name}/{NOTEBOOK}", honest()))
    put_archive(place, with_headers(content, lambda flags, size: (flags | 1, size)))


@handed_in(SAID, "an archive whose end is missing")
def a_cut_off_archive(place, canaries):
    put_archive(place, zipped((f"{place.name}/{NOTEBOOK}", honest()))[:-40])


@handed_in(SAID, "an archive with a damaged member")
def a_damaged_archive(place, canaries):
    content = bytearray(zipped((f"{place.name}/{NOTEBOOK}", honest())))
    content[200:260] = b"\xff" * 60
    put_archive(place, bytes(content))


@handed_in(SAID, "an archive that is none")
def an_archive_by_name_only(place, canaries):
    put_archive(place, b"PK\3\4 or so I say")


@handed_in(EITHER, "a member that is a link to a secret")
def a_linked_member(place, canaries):
    member = zipfile.ZipInfo(f"{place.name}/{NOTEBOOK}")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    put_archive(place, zipped((member, str(canaries.home / "secret.txt"))))


@handed_in(SAID, "a member by a method of compression that nobody knows")
def an_unknown_method(place, canaries):
    content = bytearray(zipped((f"{place.name}/{NOTEBOOK}", honest())))
    for mark, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        struct.pack_into("<H", content, content.find(mark) + offset, 97)
    put_archive(place, bytes(content))


@handed_in(EITHER, "the same member twice")
def a_member_twice(place, canaries):
    name = f"{place.name}/{NOTEBOOK}"
    with zipfile.ZipFile(place.with_suffix(".zip"), "w") as archive:
        archive.writestr(name, honest())
        archive.filelist[-1].filename, archive.NameToInfo = name, {}  # no warning that the name stands there already
        archive.writestr(name, "{}")


@handed_in(EITHER, "members under names with control characters, and without any")
def odd_members(place, canaries):
    names = ["\x1b[2J", "a\nb", "=1+1", "", ".", "<script>alert('member')</script>", "x" * 5_000]
    put_archive(place, zipped(*((f"{name}/{NOTEBOOK}", honest()) for name in names)))


@handed_in(SAID, "an archive that hands in for other students, whose own work would then be there twice")
def an_archive_for_others(place, canaries):
    names = (canaries.neighbour.parent.name, "Ünïcödé 学生 🎓", place.name)
    put_archive(place, zipped(*((f"{name}/{NOTEBOOK}", "{}") for name in names)))


# Names of students: whole notebooks, in folders with names like these

NAMES = [
    '=HYPERLINK("http:,,127.0.0.1","x")',
    "@SUM(1+1)",
    "+1+1",
    "-rf",
    "--out",
    "<script>alert('name')<",
    "<img src=x onerror=alert('name')>",
    '"><svg onload=alert(1)>',
    "a, b",
    "a;b",
    "'; drop table grades; --",
    "\x1b[31mred\x1b[2J",
    "two\nlines",
    "carriage\rreturn",
    "tab\tbed",
    "%2e%2e%2fescaped",
    "..\\..\\escaped",
    "CON",
    "nul.txt",
    "A\u0308da",
    "a:b",
    "a?b*c|d",
    "~",
    "$HOME",
    "`touch escaped`",
    "right\u202eleft",
    "nothing\u200bseen",
    "Ünïcödé 学生 🎓",
    "x" * 255,
    "x" * 254 + "y",
    os.fsdecode(b"not \xff\xfe unicode"),
]
ONE_ON_SOME_DISKS = ["trailing ", "trailing.", "Ada", "ada", "ADA", "\u00d6da", "O\u0308da", "..."]


def build_names(folder):
    """A whole notebook under each name."""
    for name in (*NAMES, *ONE_ON_SOME_DISKS):
        put(folder / name, honest())

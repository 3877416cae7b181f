"""What a folder or a zip is read as, and what is named instead of guessed. No file here is a real notebook."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import pytest

from karpathy_course.grading.intake.student_and_lecture import shown
from karpathy_course.grading.intake.submissions import find

LECTURES = {"01", "02"}
TREES = {
    "folders": ["ada/01_x.ipynb", "ada/02_y.ipynb", "bob/02 y (1).IPYNB"],
    "deeper folders": ["ada/work/01_x.ipynb", "ada/b/c/02_y.ipynb", "bob/hw/02_y.ipynb"],
    "flat": ["ada_01_x.ipynb", "ada_02_y.ipynb", "bob_02.ipynb"],
    "nbgrader's submitted": ["ada/hw1/01_x.ipynb", "ada/02/answers.ipynb", "bob/02_y/y.ipynb", "bob/timestamp.txt"],
    "nbgrader's course": [
        *("submitted/ada/hw1/01_x.ipynb", "submitted/ada/02/answers.ipynb", "submitted/bob/hw_02/y.ipynb"),
        *("source/hw1/01_x.ipynb", "source/header.ipynb", "release/hw1/01_x.ipynb", "autograded/ada/hw1/01_x.ipynb"),
        *("feedback/ada/hw1/01_x.html", "downloaded/hw1/archive/ada.zip", "gradebook.db", "nbgrader_config.py"),
    ],
}  # fmt: skip
WANTED = [("ada", "01"), ("ada", "02"), ("bob", "02")]


def folder(root, names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"{}")
    return root


def zipped(path, names, change=None, method=zipfile.ZIP_STORED):
    """A zip of files with these names, just as they are; change: what is done to each ZipInfo before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as content:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.filename, info.compress_type = name, method
            if change:
                change(info)
            content.writestr(info, b"{}")
    return path


def repacked(path, offset, form, *values):
    """Overwrite a field in each entry of a zip's list of files: what the zip says, not what it holds."""
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"PK\1\2", at + 1)) >= 0:
        struct.pack_into(form, data, at + offset, *values)
    path.write_bytes(data)
    return path


def graded(path, **more):
    """(student, lecture) of the submissions; nothing may be unread."""
    submissions, unread = find(path, LECTURES, **more)
    assert unread == []
    return [(found.student, found.lecture) for found in submissions]


def troubles(path):
    """The troubles of what is unread; each is one line that begins with the file's name. Nothing may be graded."""
    submissions, unread = find(path, LECTURES)
    assert submissions == []
    for one in unread:
        assert one.trouble.startswith(one.where) and one.trouble.replace(" … ", "").isprintable(), one
        assert len(one.trouble.splitlines()) == 1 and one.trouble.endswith(".")
    return [one.trouble for one in unread]


def everything_below(root):
    return sorted(str(path) for path in root.rglob("*"))


@pytest.mark.parametrize("tree", TREES)
def test_a_folder_and_a_zip_of_it_and_a_zip_of_the_folder_itself_are_read_alike(tmp_path, tree):
    names = TREES[tree]
    assert graded(folder(tmp_path / "all", names)) == WANTED
    assert graded(zipped(tmp_path / "class.zip", names)) == WANTED
    assert graded(zipped(tmp_path / "all.zip", [f"all/{name}" for name in names])) == WANTED
    assert graded(zipped(tmp_path / "lone" / "class.zip", names).parent) == WANTED
    assert graded(zipped(tmp_path / "lone2" / "all.zip", [f"all/{name}" for name in names]).parent) == WANTED


def test_a_submission_says_where_it_lies(tmp_path):
    folder(tmp_path / "a", ["ada/01_x.ipynb"])
    zipped(tmp_path / "b" / "all.zip", ["ada/01_x.ipynb", "bob\\02_y.ipynb"])
    (found,), _ = find(tmp_path / "a", LECTURES)
    assert (found.where, found.path, found.member) == ("ada/01_x.ipynb", tmp_path / "a/ada/01_x.ipynb", None)
    (found, other), _ = find(tmp_path / "b", LECTURES)
    assert (found.where, found.path) == ("all.zip › ada/01_x.ipynb", tmp_path / "b/all.zip")
    assert (found.member, other.member, other.student) == ("ada/01_x.ipynb", "bob\\02_y.ipynb", "bob")


@pytest.mark.parametrize(
    "names",
    [
        ["01_x.ipynb", "02_y.ipynb"],
        ["ada/01_x.ipynb", "ada/02_y.ipynb"],
        ["Ada/01_x.ipynb", "02_y.ipynb"],
        ["exercises/01_x.ipynb", "02_y/answers.ipynb"],
        ["work/exercises/01_x.ipynb", "work/exercises/02_y.ipynb"],
        ["ada_01_x.ipynb", "02_y.ipynb", "notes.csv", "__MACOSX/._02_y.ipynb"],
    ],
)
def test_a_zip_named_for_a_student_is_that_students(tmp_path, names):
    zipped(tmp_path / "a" / "ada.zip", names)
    folder(tmp_path / "a", ["bob/01_x.ipynb"])
    zipped(tmp_path / "a" / "bob" / "rest.zip", ["x/02_y.ipynb"])
    assert graded(tmp_path / "a") == [("ada", "01"), ("ada", "02"), ("bob", "01"), ("bob", "02")]


def test_a_zip_named_for_student_and_lecture_says_both(tmp_path):
    zipped(tmp_path / "ada_01_x.zip", ["answers.ipynb"])
    zipped(tmp_path / "bob_02_y.zip", ["02_y.ipynb"])
    assert graded(tmp_path) == [("ada", "01"), ("bob", "02")]


def test_a_zip_of_an_nbgrader_course_with_one_student_is_that_students(tmp_path):
    zipped(tmp_path / "course.zip", ["submitted/ada/hw1/01_x.ipynb", "source/hw1/01_x.ipynb"])
    assert graded(tmp_path) == [("ada", "01")]


def test_a_zip_that_may_be_one_students_or_anothers_is_named(tmp_path):
    zipped(tmp_path / "ada.zip", ["homework/01_x.ipynb"])
    zipped(tmp_path / "01_x.zip", ["01_x.ipynb"])
    first, second = troubles(tmp_path)
    assert first == ("01_x.zip does not say whose it is: unpack it into a folder named for the student.")
    assert second == ("ada.zip may be the work of ada or of homework: unpack it into a folder named for the student.")


BESIDE = {
    "zip": "ada.zip",
    "flat": "ada_01_x.ipynb",
    "folder": "ada/01_x.ipynb",
    "nbgrader": "submitted/ada/01/x.ipynb",
}


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize(
    "names",
    [
        ["bob/01_x.ipynb", "cid/01_x.ipynb"],
        ["ada/01_x.ipynb", "eve/01_x.ipynb"],
        ["ada_01_x.ipynb", "eve_01_x.ipynb"],
        ["ADA/02_x.ipynb", "eve/01_x.ipynb"],
        ["submitted/ada/01/x.ipynb"],
        ["eve/submitted/ada/01/x.ipynb"],
        ["ada/01_x.ipynb"],
    ],
)
def test_a_zip_from_one_of_many_can_neither_hand_in_for_the_others_nor_spoil_what_they_did(tmp_path, beside, names):
    place = tmp_path / "submitted" if beside == "nbgrader" else tmp_path
    if beside == "zip":
        zipped(tmp_path / "ada.zip", ["01_x.ipynb"])
    else:
        folder(tmp_path, [BESIDE[beside]])
    zipped(place / "eve.zip", names)
    submissions, (unread,) = find(tmp_path, LECTURES)
    assert [(found.student, found.lecture) for found in submissions] == [("ada", "01")]
    assert "eve.zip" not in submissions[0].where
    where = str((place / "eve.zip").relative_to(tmp_path)).replace(os.sep, "/")
    what = "holds the work of several students, and beside it lies that of single ones"
    if len(names) > 1 or "submitted" in names[0]:
        assert unread.trouble == f"{where} {what}: unpack it, or grade it by itself."
    else:
        assert unread.trouble.startswith(f"{where} may be the work of eve or of ada: unpack it")


def test_zips_of_several_students_for_each_lecture_are_read_where_they_are_all_there_is(tmp_path):
    for lecture in LECTURES:
        zipped(tmp_path / f"lecture{lecture}.zip", [f"{name}/{lecture}_x.ipynb" for name in ("ada", "bob")])
    assert graded(tmp_path) == [("ada", "01"), ("ada", "02"), ("bob", "01"), ("bob", "02")]


def test_a_folder_that_is_named_like_a_notebook_is_named_and_not_looked_into(tmp_path):
    names = ["ada/01_x.ipynb/01_x.ipynb", "ada/01_x.ipynb/02_x.ipynb", "bob/01_x.ipynb"]
    trouble = "is a folder and no notebook: put the notebook itself in its place."
    folder(tmp_path / "all", [*names, "02_x.ipynb/x.csv"])
    (tmp_path / "all" / "cid" / "02.ipynb").mkdir(parents=True)
    submissions, unread = find(tmp_path / "all", LECTURES)
    assert [found.student for found in submissions] == ["bob"]
    assert [(one.student, one.trouble) for one in unread] == [
        (None, f"02_x.ipynb {trouble}"), ("ada", f"ada/01_x.ipynb {trouble}"), ("cid", f"cid/02.ipynb {trouble}")
    ]  # fmt: skip
    submissions, unread = find(zipped(tmp_path / "all.zip", [*names, "cid/02.ipynb/"]), LECTURES)
    assert [found.student for found in submissions] == ["bob"]
    assert [one.trouble for one in unread] == [f"all.zip › ada/01_x.ipynb (and 1 more) {trouble}"]


def test_other_assignments_of_an_nbgrader_course_are_left_out_without_a_word(tmp_path):
    others = ["ps1/problem1.ipynb", "ps1/01.d/x.csv", "07_z/07_z.ipynb", "ps2/work.rar", "ps2/problem2.html"]
    names = ["submitted/ada/01/x.ipynb", "submitted/bob/hw/02_y.ipynb"]
    names += [f"submitted/{student}/{name}" for student in ("ada", "bob") for name in others]
    course = folder(tmp_path / "course", names)
    zipped(course / "submitted" / "bob" / "ps3" / "data.zip", ["notes.ipynb"])
    (course / "submitted" / "bob" / "ps3" / "to").symlink_to(course)
    for path in (course, course / "submitted", zipped(tmp_path / "course.zip", names)):
        assert graded(path) == [("ada", "01"), ("bob", "02")]
    plain = folder(tmp_path / "plain", ["ada/ps1/problem1.ipynb"])
    assert "does not say for which lecture it is" in troubles(plain)[0]
    unsorted = folder(tmp_path / "other" / "submitted", ["ada/problem1.ipynb", "ada/01/x.ipynb", "ada/ps1/01_x.ipynb"])
    submissions, unread = find(unsorted, LECTURES)
    assert submissions == [] and [one.where for one in unread] == [
        "ada/problem1.ipynb", "ada/01/x.ipynb", "ada/ps1/01_x.ipynb"
    ]  # fmt: skip


def test_what_is_harmless_is_left_out_without_a_word(tmp_path):
    names = ["points.csv", ".DS_Store", "a/.ipynb_checkpoints/01_x-checkpoint.ipynb", "__MACOSX/a/._01_x.ipynb"]
    names += ["a/._01_x.ipynb", "a/.~01_x.ipynb", "a/mnist.gz", "a/helpers.py", "a/__pycache__/01_x.py", "notes.txt"]
    names += ["README.md", "01_tasks.pdf", "a/.git/01_x.ipynb", "ada/readme.html", "ada/photo.jpg"]
    assert graded(folder(tmp_path / "all", names)) == []
    assert graded(zipped(tmp_path / "all.zip", ["b/01_x.ipynb", "b/", *names])) == [("b", "01")]


@pytest.mark.parametrize(
    "name", ["01_x.html", "01_x.ipynb.txt", "01_x.py", "work.rar", "work.tar.gz", "answers.ipynb.json"]
)
def test_a_file_that_was_meant_but_is_no_notebook_is_named(tmp_path, name):
    wanted = [f"ada/{name} is no notebook: ask for the .ipynb file."]
    assert troubles(folder(tmp_path / "all", [f"ada/{name}"])) == wanted
    assert troubles(zipped(tmp_path / "all.zip", [f"ada/{name}", "bob/x.csv"])) == [f"all.zip › {wanted[0]}"]
    zipped(tmp_path / "b" / "ada.zip", [name])
    assert troubles(tmp_path / "b") == [f"ada.zip › {name} is no notebook: ask for the .ipynb file."]


def test_a_flat_archive_and_a_zip_without_notebooks_are_named(tmp_path):
    folder(tmp_path, ["ada.7z"])
    zipped(tmp_path / "bob.zip", ["x.csv"])
    assert troubles(tmp_path) == [
        "ada.7z is no notebook: ask for the .ipynb file.", "bob.zip holds no notebook: ask for the .ipynb file."
    ]  # fmt: skip


def test_an_export_or_a_zip_of_data_beside_the_notebook_is_harmless(tmp_path):
    folder(tmp_path, ["ada/01_x.ipynb", "ada/01_x.html", "ada/01_x.ipynb~", "ada/01_points.json"])
    zipped(tmp_path / "ada" / "data.zip", ["x.csv"])
    assert graded(tmp_path) == [("ada", "01")]


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("ada/07_z.ipynb", "is for lecture 07, which has no exercises (01, 02 have)"),
        ("ada/00_welcome.ipynb", "is for lecture 00, which has no exercises (01, 02 have)"),
        ("ada/answers.ipynb", "does not say for which lecture it is"),
        ("ada/2024_x.ipynb", "does not say for which lecture it is"),
        ("ada/a_01_02_x.ipynb", "does not say for which lecture it is"),
        ("01_x.ipynb", "does not say whose it is"),
        ("answers.ipynb", "says neither whose it is nor for which lecture"),
        ("ada_07_z.ipynb", "is for a lecture without exercises (those with some: 01, 02)"),
        ("ada_01_02_x.ipynb", "can be read as the work of more than one student or lecture"),
        ("01_02_x.ipynb", "can be read as the work of more than one student or lecture"),
        ("_01_x.ipynb", "names no student"),
        (" /01_x.ipynb", "names no student"),
        ("\u200f\u202e/01_x.ipynb", "names no student"),
    ],
)
def test_a_notebook_without_student_or_lecture_is_named(tmp_path, name, trouble):
    (line,) = troubles(folder(tmp_path / "all", [name]))
    assert line.startswith(f"{shown(name)} {trouble}")


def test_two_files_for_one_lecture_are_both_named_and_neither_is_guessed(tmp_path):
    folder(tmp_path, ["ada/01_x.ipynb", "ada/01_x (1).ipynb", "ada/02_y.ipynb", "bob/01_x.ipynb", "bob_01_x.ipynb"])
    zipped(tmp_path / "cid.zip", [f"01_{n}.ipynb" for n in range(5)])
    submissions, unread = find(tmp_path, LECTURES)
    assert [(found.student, found.lecture) for found in submissions] == [("ada", "02")]
    assert [one.trouble for one in unread][:4] == [
        f"{where} is one of 2 for lecture 01 ({both}): keep one of them."
        for both in ("ada/01_x (1).ipynb, ada/01_x.ipynb", "bob/01_x.ipynb, bob_01_x.ipynb")
        for where in both.split(", ")
    ]
    some = ", ".join(f"cid.zip › 01_{n}.ipynb" for n in range(3))
    assert unread[-1].trouble.endswith(f"is one of 5 for lecture 01 ({some} and 2 more): keep one of them.")


def test_a_name_that_stands_twice_in_a_zip_is_two_files(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(tmp_path / "all.zip", ["ada/01_x.ipynb", "ada/01_x.ipynb", "bob/01_x.ipynb"])
    submissions, unread = find(tmp_path / "all.zip", LECTURES)
    assert [found.student for found in submissions] == ["bob"]
    assert len(unread) == 2 and "is one of 2 for lecture 01" in unread[0].trouble


@pytest.mark.parametrize(
    "other", ["ADA", "ada ", "ada."] if os.name == "posix" and sys.platform != "darwin" else ["ada"]
)
def test_names_that_are_one_on_some_disks_are_named_whatever_the_lecture(tmp_path, other):
    zipped(tmp_path / "one.zip", ["ada/01_x.ipynb", "bob/01_x.ipynb"])
    zipped(tmp_path / "two.zip", [f"{other}/02_y.ipynb", "cid/01_x.ipynb"])
    submissions, unread = find(tmp_path, LECTURES)
    assert [found.student for found in submissions] == ["bob", "cid"] and len(unread) == 2
    names = ", ".join(sorted([other, "ada"]))
    assert all(f"{names} are one name on some disks: give one student one spelling." in u.trouble for u in unread)


def test_names_that_differ_in_how_an_accent_is_written_are_one_on_some_disks(tmp_path):
    names = [unicodedata.normalize(form, "Zoé") for form in ("NFC", "NFD")]
    zipped(tmp_path / "all.zip", [f"{name}/0{n}_x.ipynb" for n, name in enumerate(names, 1)])
    assert all("are one name on some disks" in line for line in troubles(tmp_path / "all.zip"))


def test_links_are_named_and_never_followed(tmp_path):
    outside = folder(tmp_path / "outside", ["01_x.ipynb", "eve/01_x.ipynb"])
    zipped(outside / "eve.zip", ["01_x.ipynb"])
    root = folder(tmp_path / "all", ["bob/02_y.ipynb"])
    for name, target in [
        ("ada", outside), ("bob/01_x.ipynb", outside / "01_x.ipynb"), ("bob/more", outside),
        ("eve.zip", outside / "eve.zip"),
        ("gone.ipynb", outside / "gone"), ("submitted", outside), ("round", root),
    ]:  # fmt: skip
        (root / name).symlink_to(target)
    submissions, unread = find(root, LECTURES)
    assert [found.where for found in submissions] == ["bob/02_y.ipynb"]
    assert sorted(one.where for one in unread) == sorted(
        ["ada", "bob/01_x.ipynb", "bob/more", "eve.zip", "gone.ipynb", "submitted", "round"]
    )
    assert all("is a link, and links are not followed" in one.trouble for one in unread)


def test_the_folder_or_the_zip_that_was_asked_for_may_be_a_link(tmp_path):
    for made in (folder(tmp_path / "all", ["ada/01_x.ipynb"]), zipped(tmp_path / "ada.zip", ["01_x.ipynb"])):
        (tmp_path / f"link to {made.name}").symlink_to(made)
        assert graded(tmp_path / f"link to {made.name}") == [("ada", "01")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on the disk here")
def test_pipes_and_sockets_are_named_and_not_waited_for(tmp_path):
    folder(tmp_path, ["ada/x.csv"])
    os.mkfifo(tmp_path / "ada" / "01_x.ipynb")
    os.mkfifo(tmp_path / "bob.zip")
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(tmp_path)  # the path of a socket must be short
        try:
            one.bind("ada/02_y.ipynb")
        finally:
            os.chdir(here)
    assert troubles(tmp_path) == [
        f"{where} is a pipe, a socket or a device: put the file or the folder itself in its place."
        for where in ("bob.zip", "ada/01_x.ipynb", "ada/02_y.ipynb")
    ]


@pytest.mark.parametrize(
    "name",
    ["../01_x.ipynb", "ada/../../01_x.ipynb", "/01_x.ipynb", "C:/01_x.ipynb", "c:01_x.ipynb", "..\\01_x.ipynb",
     "\\\\host\\01_x.ipynb", "../../evil.py", "ada/../01_x.ipynb",
     "ada/02_x.ipynb\0.txt"],
)  # fmt: skip
def test_a_member_whose_name_leads_out_of_the_zip_is_named_and_the_others_are_graded(tmp_path, name):
    root = tmp_path / "in"
    zipped(root / "all.zip", ["ada/01_x.ipynb", name, "bob/01_x.ipynb"])
    before = everything_below(tmp_path)
    submissions, (unread,) = find(root / "all.zip", LECTURES)
    assert [found.student for found in submissions] == ["ada", "bob"]
    assert unread.trouble == f"all.zip › {name.split(chr(0))[0]} would lie outside of the zip: ask for another zip."
    assert everything_below(tmp_path) == before


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o060644, 0o040755])
def test_a_member_that_is_a_link_or_a_device_is_named(tmp_path, kind):
    def change(info):
        if "eve" in info.filename:
            info.external_attr = kind << 16

    zipped(tmp_path / "all.zip", ["ada/01_x.ipynb", "eve/01_x.ipynb", "eve/etc"], change)
    submissions, (unread,) = find(tmp_path / "all.zip", LECTURES)
    assert [found.student for found in submissions] == ["ada"]
    assert unread.where == "all.zip › eve/01_x.ipynb"
    assert unread.trouble == f"{unread.where} (and 1 more) is a link or a device: put the file itself in its place."


@pytest.mark.parametrize(
    ("offset", "form", "value", "trouble"),
    [
        (8, "<H", 0x1, "is encrypted: ask for it without a password."),
        (8, "<H", 0x41, "is encrypted: ask for it without a password."),
        (24, "<I", 600_000_000, "is larger than 500 MB: clear its outputs, or ask for that."),
        (24, "<I", 10_000_000, "is a bomb: it says that it unpacks to more than it can. Ask for another."),
        (10, "<H", zipfile.ZIP_LZMA, "is packed in a way other than deflate: pack it again as an ordinary zip."),
        (10, "<H", 9, "is packed in a way other than deflate: pack it again as an ordinary zip."),
    ],
)
def test_a_locked_zip_and_one_that_boasts_are_one_line(tmp_path, offset, form, value, trouble):
    repacked(zipped(tmp_path / "ada.zip", ["01_x.ipynb", "02_x.ipynb", "x.csv"]), offset, form, value)
    assert troubles(tmp_path) == [f"ada.zip › 01_x.ipynb (and 1 more) {trouble}"]
    assert find(tmp_path, LECTURES)[1][0].student == "ada"


def test_a_zip_in_a_zip_is_named_and_not_opened(tmp_path):
    zipped(tmp_path / "all.zip", ["ada/hw.zip", "bob/01_x.ipynb", "hw.zip"])
    submissions, unread = find(tmp_path / "all.zip", LECTURES)
    assert [found.student for found in submissions] == ["bob"]
    assert [one.trouble for one in unread] == [
        f"all.zip › {name} is a zip in a zip: unpack the outer one." for name in ("hw.zip", "ada/hw.zip")
    ]


def overlapping(path):
    """Two entries whose bytes are the same bytes of the file."""
    zipped(path, ["01_x.ipynb", "02_x.ipynb"])
    return repacked(path, 20, "<I", 200)


def boasting(path):
    """Thirty entries that would unpack, each as deflate can, to 100 MB; the file is 3 MB."""
    with zipfile.ZipFile(path, "w") as content:
        for n in range(30):
            content.writestr(f"{n}/01_x.ipynb", b"\0" * 100_000)
    return repacked(path, 24, "<I", 100_000_000)


BROKEN = {
    "is damaged or no zip": [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK\5\6" + b"\0" * 17),
        lambda path: path.write_bytes(os.urandom(1000)),
        lambda path: path.write_bytes(zipped(path, ["01_x.ipynb"]).read_bytes()[:-30]),
        lambda path: path.write_bytes(zipped(path, ["01_x.ipynb"]).read_bytes()[60:]),
        lambda path: repacked(zipped(path, ["\xe9.ipynb"]), 46, "<B", 0xFF),
        lambda path: repacked(zipped(path, ["01_x.ipynb"]), 6, "<H", 99),
    ],
    "holds more than 10000 files: unpack it by hand": [lambda path: zipped(path, [str(n) for n in range(10_001)])],
    "has a list of files of more than 4 MB": [lambda path: zipped(path, [f"{n:060000}" for n in range(70)])],
    "is a bomb: its files lie over each other": [overlapping],
    "is a bomb: it would unpack to 3000 MB": [boasting],
}


@pytest.mark.slow
@pytest.mark.parametrize(("trouble", "make"), [(said, make) for said, makes in BROKEN.items() for make in makes])
def test_a_damaged_zip_and_a_bomb_are_one_line_and_the_others_are_graded(tmp_path, trouble, make):
    make(tmp_path / "eve.zip")
    folder(tmp_path, ["ada/01_x.ipynb"])
    submissions, (unread,) = find(tmp_path, LECTURES)
    assert [found.student for found in submissions] == ["ada"]
    assert unread.trouble.startswith(f"eve.zip {trouble}")
    assert find(tmp_path / "eve.zip", LECTURES)[1][0].trouble.startswith(f"eve.zip {trouble}")


@pytest.fixture
def as_nobody():
    """A folder in which this process has no more rights than any user; root may read everything."""
    with tempfile.TemporaryDirectory() as name:
        root = os.geteuid() == 0 if hasattr(os, "geteuid") else False
        if root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        yield Path(name)
        for path in Path(name).iterdir():
            path.chmod(0o700)
        if root:
            os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="rights are set otherwise here")
def test_a_folder_or_a_zip_that_may_not_be_read_is_named_and_the_others_are_graded(as_nobody):
    folder(as_nobody, ["ada/01_x.ipynb", "bob/01_x.ipynb"])
    zipped(as_nobody / "cid.zip", ["01_x.ipynb"])
    (as_nobody / "bob").chmod(0o000)
    (as_nobody / "cid.zip").chmod(0o000)
    submissions, unread = find(as_nobody, LECTURES)
    assert [found.student for found in submissions] == ["ada"]
    assert [(one.student, one.where, one.trouble) for one in unread] == [
        (None, "cid.zip", "cid.zip cannot be read (Permission denied): make it a readable file."),
        ("bob", "bob", "bob cannot be looked into (Permission denied): make it a readable folder."),
    ]


ODD = [
    "a'b\"c",
    "a\nb",
    "\u202egnp.exe\u202c",
    "=1+1",
    "<script>alert(1)",
    "\x1b[31mred\x07",
    "+|calc",
    "שרה",
    "…",
]


@pytest.mark.skipif(os.name != "posix", reason="Windows refuses such names itself")
def test_odd_names_are_kept_as_names_and_made_visible_in_messages(tmp_path):
    for root in (folder(tmp_path / "all", [f"{name}/01_x.ipynb" for name in ODD]),
                 zipped(tmp_path / "all.zip", [f"{name}/01_x.ipynb" for name in ODD])):  # fmt: skip
        submissions, unread = find(root, LECTURES)
        assert unread == [] and {found.student for found in submissions} == set(ODD)
        assert all(found.where.isprintable() for found in submissions)
    for name in ODD:
        (tmp_path / "all" / name / "01_x.ipynb").rename(
            tmp_path / "all" / name / f"09{name[:4]}.ipynb".replace("/", "")
        )
    assert len(troubles(tmp_path / "all")) == len(ODD)


def test_what_cannot_be_seen_is_spelled_out():
    assert shown("a\x1b[2J\r\nb\u202ec\u2066d\u200b\x9b\udcff\u2028é'\"<שרה") == (
        "a[U+001B][2J[U+000D][U+000A]b[U+202E]c[U+2066]d[U+200B][U+009B][U+DCFF][U+2028]é'\"<שרה"
    )
    assert shown("x" * 70_000) == "x" * 150 + " … " + "x" * 150


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode here")
def test_names_that_are_no_utf8_can_be_written_as_utf8(tmp_path):
    folder(tmp_path, [os.fsdecode(b"zo\xe9/01_x\xff.ipynb"), os.fsdecode(b"zo\xe9/zip.zip/\xff.ipynb")])
    zipped(tmp_path / "x" / os.fsdecode(b"\xe9.zip"), [os.fsdecode(b"01_x.ipynb")])
    os.mkfifo(os.fsencode(tmp_path) + b"/\xe9.fifo")
    (one, other), unread = find(tmp_path, LECTURES)
    assert (one.student, other.student, one.path.exists()) == ("x", "zo\\udce9", True)
    assert [u.trouble.split(" ")[0] for u in unread] == ["\\udce9.fifo", "zo\\udce9/zip.zip/\\udcff.ipynb"]
    for text in [str(value) for found in (one, other, *unread) for value in vars(found).values()]:
        assert text.encode("utf-8", "surrogateescape") and (
            text == str(one.path) or text == str(other.path) or text.encode()
        )


def test_names_in_a_zip_that_does_not_say_how_they_are_written_are_taken_for_utf8(tmp_path):
    path = zipped(tmp_path / "all.zip", ["Zoé/01_x.ipynb"])
    path.write_bytes(path.read_bytes().replace(b"\x00\x08\x00\x00\x00\x00!\x00", b"\x00\x00\x00\x00\x00\x00!\x00"))
    assert zipfile.ZipFile(path).namelist() == ["Zo├⌐/01_x.ipynb"]
    assert graded(path) == [("Zoé", "01")]


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="made with paths relative to a folder")
def test_folders_deeper_than_any_path_may_be_are_named(tmp_path):
    folder(tmp_path, ["ada/01_x.ipynb"])
    here = os.getcwd()
    try:
        for step in [tmp_path, *["d" * 200] * 25]:
            if step != tmp_path:
                os.mkdir(step)
            os.chdir(step)
        folder(Path("."), ["01_x.ipynb"])
    finally:
        os.chdir(here)
    submissions, (unread,) = find(tmp_path, LECTURES)
    assert [found.student for found in submissions] == ["ada"] and unread.student == "d" * 200
    assert "(File name too long)" in unread.trouble and len(unread.trouble) < 500


@pytest.mark.slow
def test_folders_in_folders_hundreds_deep_are_looked_through(tmp_path):
    folder(tmp_path, ["ada/" + "d/" * 600 + "01_x.ipynb"])
    zipped(tmp_path / "bob.zip", ["work/" * 10_000 + "01_x.ipynb"])
    assert graded(tmp_path) == [("ada", "01"), ("bob", "01")]


def test_folders_to_leave_out_are_not_looked_into(tmp_path):
    folder(tmp_path, ["ada/01_x.ipynb", "out/students/01_x.ipynb", "ada/out/01_x.ipynb", "out2/01_x.ipynb"])
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "to").symlink_to(tmp_path / "out")
    away = [tmp_path / "link" / "to", tmp_path / "ada" / ".." / "ada" / "out", tmp_path / "missing", tmp_path / "link"]
    assert graded(tmp_path, leave_out=away) == [("ada", "01"), ("out2", "01")]


def test_what_is_neither_a_folder_nor_a_zip_is_wrong_use(tmp_path):
    folder(tmp_path, ["01_x.ipynb"])
    for path, said in [("01_x.ipynb", "is one notebook"), ("gone", "cannot be found"), ("a\0b", "cannot be found")]:
        with pytest.raises(ValueError, match=said):
            find(tmp_path / path, LECTURES)


def test_finding_and_reading_import_nothing_heavy():
    code = (
        "import sys, pathlib; from karpathy_course.grading.intake import notebook_reading, submissions as s;"
        "s.find(sys.argv[1], {'01'});"
        "print(*{'numpy', 'torch', 'matplotlib', 'nbformat', 'IPython', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")

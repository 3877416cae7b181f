"""One file as it was handed in → its cells, or one line; however large, mangled or hostile it is."""

import errno
import hashlib
import itertools
import json
import os
import struct
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.checks.authoring import scaffold
from karpathy_course.checks.notebook_cells import Unreadable, read_cells
from karpathy_course.checks.registry import of_lecture
from karpathy_course.grading.intake import notebook_reading, safe_opening
from karpathy_course.grading.intake.submissions import Submission

SLOPE = "def numerical_grad(f, xs, i, h=1e-5):\n    return 0.0"
GRADIENTS = "gradients = {}"


def notebook(*cells, **more):
    """A notebook as data, of (id, source) cells and of cells that are data already."""
    content = scaffold.empty_notebook()
    content["cells"] = [scaffold.code(*cell) if type(cell) is tuple else cell for cell in cells]
    return content | more


def handed_in(path, content, lecture="01"):
    """The Submission of a file with this content: bytes, text, or data."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Submission("ada", lecture, f"ada/{path.name}", path, None)


def in_zip(path, content, method=zipfile.ZIP_DEFLATED):
    """The Submission of a file in a zip."""
    with zipfile.ZipFile(path, "w", method) as zipped:
        zipped.writestr("ada/01_x.ipynb", content)
    return Submission("ada", "01", "all.zip › ada/01_x.ipynb", path, "ada/01_x.ipynb")


def cells(path, content, lecture="01"):
    return notebook_reading.read(handed_in(path / "01_x.ipynb", content, lecture))[1]


def trouble(submission):
    """The one line that is said of a submission that cannot be read."""
    with pytest.raises(Unreadable) as refusal:
        notebook_reading.read(submission)
    line = str(refusal.value)
    assert line.startswith(submission.where + " ") and line.endswith(".") and line.isprintable()
    return line.removeprefix(submission.where + " ")


@pytest.mark.parametrize("lecture", ["01", "02"])
@pytest.mark.parametrize("room", ["exercises", "solutions", "lectures"])
def test_the_courses_own_notebooks_are_read_as_check_reads_them(lecture, room, pytestconfig):
    (path,) = (pytestconfig.rootpath / room).glob(f"{lecture}_*.ipynb")
    digest, found = notebook_reading.read(Submission("ada", lecture, path.name, path, None))
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == read_cells(path, of_lecture(lecture)) and len(found) > 5


def test_a_notebook_in_a_zip_is_read_as_the_file_is(tmp_path):
    content = json.dumps(notebook(("answer-01-1", SLOPE)))
    wanted = notebook_reading.read(handed_in(tmp_path / "01_x.ipynb", content))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert notebook_reading.read(in_zip(tmp_path / "all.zip", content, method)) == wanted
    assert wanted[1] == [["answer-01-1", SLOPE]]


TRICKY = [
    [], {}, [[]], ["]"], ["[{", "\\"], ['"', '\\"', '\\\\"]'], {"a": [{"b": "}"}]}, "text", ["]"],
    ["\\" * 5000 + '"]' * 3000],
    [{"data": {"text/plain": ['{"outputs": [1]}', '"outputs": [']}}], ["\ud800é\u2028"], [[[[1]]]] * 999, "text",
    None, 7, [{"outputs": [{"outputs": ["]"]}]}], ["x" * 4095 + '"' * 9, "\\" * 4097], ["[" * 9999],
]  # fmt: skip


def left_out(blocks):
    """The notebook without its outputs, as data; whether empty ones are left out depends on where blocks end."""
    kept = json.loads(notebook_reading.without_outputs(blocks))
    for cell in kept["cells"]:
        cell["outputs"] = cell["outputs"] or None
    return kept


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("pretty", [(", ", ": "), (",", ":"), (" \n,", "\t:\r\n ")])
def test_what_stands_in_outputs_changes_no_cell_wherever_blocks_are_cut(indent, pretty):
    """Every split of a text into two blocks, and blocks of one to nine bytes."""
    cells = [{"id": str(n), "source": '"outputs": [', "outputs": out, "k": [n]} for n, out in enumerate(TRICKY)]
    wanted = [cell | {"outputs": cell["outputs"] if cell["outputs"] in ("text", 7) else None} for cell in cells]
    more = {"attachments": 3, '\\"outputs': [1], 'outputs"': [2]}
    text = json.dumps({"cells": cells} | more, indent=indent, separators=pretty).encode()
    assert left_out([text]) == {"cells": wanted} | more
    assert left_out(text[i : i + 4096] for i in range(0, len(text), 4096)) == {"cells": wanted} | more
    small = json.dumps({"cells": cells[:9]} | more, indent=indent, separators=pretty).encode()
    splits = [(small[:n], small[n:]) for n in range(len(small))]
    splits += [[small[i : i + n] for i in range(0, len(small), n)] for n in range(1, 10)]
    for blocks in splits:
        assert left_out(blocks) == {"cells": wanted[:9]} | more


JSON = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('\\"[]{}:,éx outputs'), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('outps\\"', max_size=7), inner, max_size=4),
    max_leaves=30,
)


@pytest.mark.slow
@given(JSON, st.lists(st.integers(0, 200), max_size=5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_outputs_are_left_out_whole_and_nothing_else_is(outputs, cuts, ascii):
    cells = [{"outputs": outputs, "id": outputs}, {"id": 1, "attachments": outputs, "source": '"outputs": ['}]
    text = json.dumps({"cells": cells}, ensure_ascii=ascii).encode()
    ends = sorted({0, *cuts, len(text)})
    kept = json.loads(notebook_reading.without_outputs(text[a:b] for a, b in itertools.pairwise(ends)))

    def without(value):
        """value with its outputs given up, as the reader may do it at any depth."""
        if type(value) is list:
            return [without(item) for item in value]
        if type(value) is not dict:
            return value
        return {
            k: None if k in ("outputs", "attachments") and type(v) in (list, dict) else without(v)
            for k, v in value.items()
        }

    assert without(kept) == without({"cells": cells})


# Notebooks of 200 MB, written and read in a process of their own, whose peak memory is measured.

HUGE = {
    "lines": (b'"0.123456789 a printed line of the usual length, about eighty characters\\n",', b'"end"'),
    "one string": (b"iVBORw0KGgoAAAANSUhEUgAA\\\\\\n", b""),
}
MEASURE = """
import json, pathlib, resource, sys
from karpathy_course.grading.intake import notebook_reading
from karpathy_course.grading.intake.submissions import Submission
small, path, member = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3] or None
notebook_reading.read(Submission("ada", "01", "small", small, None))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
digest, cells = notebook_reading.read(Submission("ada", "01", "huge", path, member))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([digest, cells, (after - before) * (1 if sys.platform == "darwin" else 1024)]))
"""


def write_huge(path, kind):
    """A notebook with 200 MB of outputs in its first cell; returns its sha256."""
    unit, last = HUGE[kind]
    start = b'{"cells":[{"cell_type":"code","id":"answer-01-1","source":"x = 1","outputs":[{"text":'
    first, closing = (b"[", b"]") if kind == "lines" else (b'"', b'"')
    end = last + closing + b'}]},{"cell_type":"code","id":"b","source":["y = 2"],"outputs":[]}]}'
    digest, block = hashlib.sha256(), unit * (1_000_000 // len(unit))
    with path.open("wb") as file:
        for part in [start + first, *[block] * (200_000_000 // len(block) + 1), end]:
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not told this way")
@pytest.mark.parametrize("kind", HUGE)
def test_200_megabytes_of_outputs_are_graded_in_little_memory(tmp_path, kind):
    path, small = tmp_path / "01_x.ipynb", handed_in(tmp_path / "small.ipynb", notebook()).path
    digest = write_huge(path, kind)
    assert path.stat().st_size > 200_000_000
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        zipped.write(path, "ada/01_x.ipynb")
    for where in ([str(path), ""], [str(packed), "ada/01_x.ipynb"]):
        words = [sys.executable, "-c", MEASURE, str(small), *where]
        found, cells, grown = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
        assert (found, cells) == (digest, [["answer-01-1", "x = 1"], ["b", "y = 2"]])
        assert grown < 20_000_000
    path.unlink()
    packed.unlink()


@pytest.mark.slow
def test_a_notebook_of_which_something_else_is_huge_is_refused_in_one_line(tmp_path):
    huge = notebook(("answer-01-1", "x" * 10_000_000))
    said = "holds more than 5 MB beside its outputs: ask for one without them."
    assert trouble(handed_in(tmp_path / "01_x.ipynb", huge)) == said
    assert trouble(in_zip(tmp_path / "all.zip", json.dumps(huge))) == said
    assert trouble(handed_in(tmp_path / "01_y.ipynb", notebook(metadata={"outputs": "x" * 6_000_000}))) == said


def test_states_of_widgets_and_attachments_are_left_out_too(tmp_path):
    cell = {"cell_type": "code", "id": "a", "source": "x", "attachments": {"a.png": {"image/png": "x" * 6_000_000}}}
    widgets = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": "x" * 6_000_000}}}}
    assert cells(tmp_path, notebook(cell, metadata=widgets)) == [["a", "x"]]


def test_a_file_larger_than_any_notebook_is_refused_before_it_is_read(tmp_path):
    submission = handed_in(tmp_path / "01_x.ipynb", "{")
    os.truncate(submission.path, 10**12)
    assert trouble(submission) == "is larger than 500 MB: clear its outputs, or ask for that."


WHOLE = json.dumps(notebook(("answer-01-1", SLOPE)))
DAMAGED = "is not a whole notebook: it is cut off or damaged. Ask for it again, saved in JupyterLab."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty. Ask for it again, saved in JupyterLab."),
        ("hello", DAMAGED),
        (WHOLE[:-20], DAMAGED),
        (WHOLE[: WHOLE.index("def")], DAMAGED),
        ('{"cells": [{"outputs": ["x", {"a": [', DAMAGED),
        ('{"cells": [{"outputs": ["x" \\\\', DAMAGED),
        (WHOLE + "\0" * 512, DAMAGED),
        (WHOLE.replace("def", "d\0f"), DAMAGED),
        (WHOLE.encode().replace(b"def", b"d\xff"), DAMAGED),
        ("\0" * 5000, DAMAGED),
        (os.urandom(5000), DAMAGED),
        (WHOLE.encode("utf-16"), "is not written in UTF-8. Ask for it again, saved in JupyterLab."),
        (WHOLE.encode("utf-16-be"), DAMAGED),
        ("[" * 500_000, DAMAGED),
        ('{"cells": ' + "[" * 500_000 + "]" * 500_000 + "}", DAMAGED),
        ('{"cells": ' + '{"a":' * 500_000 + "1" + "}" * 500_001, DAMAGED),
        ('{"cells": [], "nbformat": ' + "1" * 5000 + "}", DAMAGED),
        ("[]", "is not a notebook: it has no list of cells."),
        ("null", "is not a notebook: it has no list of cells."),
        ('{"nbformat": 4}', "is not a notebook: it has no list of cells."),
        ('{"cells": {"a": 1}}', "is not a notebook: it has no list of cells."),
        ('{"cells": [1], "cells": 3}', "is not a notebook: it has no list of cells."),
    ],
    ids=itertools.count(),
)
def test_a_file_that_is_no_notebook_is_one_line(tmp_path, content, said):
    assert trouble(handed_in(tmp_path / "01_x.ipynb", content)).startswith(said)


@pytest.mark.parametrize(
    "content",
    [
        notebook(nbformat=3),
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x", "outputs": ["x" * 6_000_000]}]}]},
        {"worksheets": [], "cells": []},
        {"nbformat": 2, "cells": []},
    ],
    ids=range(4),
)
def test_an_old_notebook_has_to_be_saved_again(tmp_path, content):
    said = "is a notebook of an old version: save it again in a newer Jupyter."
    assert trouble(handed_in(tmp_path / "01_x.ipynb", content)) == said


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}, "language_info": {"name": "R"}},
        {"kernelspec": {"name": "julia-1.11", "language": "julia"}},
        {"language_info": {"name": "\x1b[31m\nsage"}},
        {"kernelspec": {"language": "python"}, "language_info": {"name": "R"}},
    ],
)
def test_a_notebook_in_another_language_is_one_line(tmp_path, metadata):
    said = "is not written in Python: ask for one with the Python kernel."
    assert trouble(handed_in(tmp_path / "01_x.ipynb", notebook(metadata=metadata))) == said


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": {}}, {"metadata": 3}, {"metadata": {"kernelspec": [], "language_info": "R"}}, {"nbformat": "x"},
        {"metadata": {"kernelspec": {"name": "mine"}}}, {"metadata": {"language_info": {"name": ["R"]}}},
        {"nbformat": 9},
        {"metadata": {"kernelspec": {"name": "xpython", "language": "Python"}, "language_info": {"name": "ipython"}}},
    ],
)  # fmt: skip
def test_odd_or_missing_metadata_is_passed_over(tmp_path, more):
    assert cells(tmp_path, notebook(("a", "x = 1"), **more)) == [["a", "x = 1"]]


def test_a_byte_order_mark_nan_and_repeated_keys_are_read_as_jupyter_reads_them(tmp_path):
    content = (
        '{"cells": [], "metadata": {"a": NaN, "b": -Infinity, "c": 1e999999, "d": "\\ud800"}, "cells": [{"cell_type":'
    )
    content += ' "code", "id": "a", "source": "x = 0", "source": "x = \\u0000\\ud800", "outputs": [NaN, ], "id": "b"}]}'
    wanted = [["b", "x = \0?"]]
    assert cells(tmp_path, content) == wanted
    assert cells(tmp_path, b"\xef\xbb\xbf" + content.encode()) == wanted


def test_odd_cells_are_passed_over_and_odd_ids_are_numbers(tmp_path):
    odd = [3, None, [], {}, {"cell_type": ["code"]}, {"cell_type": "code", "id": ["a"], "source": {"x": 1}}]
    for id in ([], {}, 7, None, "", "a b", "x" * 101, "\x1b[31m", "a\n"):
        odd.append({"cell_type": "code", "id": id, "metadata": {"nbgrader": {"grade_id": id}}, "source": ["a", "b"]})
    found = cells(tmp_path, {"cells": odd})
    assert found == [["number 6", None], *([f"number {n}", "ab"] for n in range(7, 16))]
    assert cells(tmp_path, {"cells": [{"cell_type": "code", "id": "a", "metadata": {"nbgrader": []}}]}) == [["a", None]]


def test_a_cell_whose_text_is_damaged_is_none_and_no_blank(tmp_path):
    for source in ({"x": 1}, 5, None, ["x = 1\n", 3, "y = 2"]):
        mangled = {"cell_type": "code", "id": "answer-01-1", "source": source}
        assert cells(tmp_path, {"cells": [mangled]}) == [["answer-01-1", None]]


def test_two_cells_with_one_id_are_both_kept_in_their_order(tmp_path):
    pair = [("answer-01-1", "a = 1"), ("x", "b = 1"), ("answer-01-1", SLOPE), ("answer-01-3", "c = 1")]
    assert cells(tmp_path, notebook(*pair)) == [list(cell) for cell in pair]
    assert cells(tmp_path, notebook(*reversed(pair))) == [list(cell) for cell in reversed(pair)]


def test_an_answer_that_lost_its_id_was_split_or_was_copied_is_known_by_what_it_defines(tmp_path):
    split = [("answer-01-1", "import math"), ("abc", SLOPE), ("def", GRADIENTS), ("both", f"{SLOPE}\n{GRADIENTS}")]
    names = [name for name, _ in cells(tmp_path, notebook(*split))]
    assert names == ["answer-01-1", "answer-01-1", "answer-01-5", "both"]
    broken = notebook(("abc", SLOPE + "\n  def ("), ("x", "%%time\n" + GRADIENTS), ("y", "print(gradients == 3)"))
    assert [name for name, _ in cells(tmp_path, broken)] == ["answer-01-1", "answer-01-5", "y"]
    no_ids = notebook(*[{"cell_type": "code", "source": source} for source in ("x = 1", SLOPE)])
    assert [name for name, _ in cells(tmp_path, no_ids)] == ["number 1", "answer-01-1"]


def test_naming_cells_runs_parses_and_warns_of_nothing(tmp_path, recwarn):
    """The parser itself can be brought down or held up, and writes warnings of its own, by what a cell holds."""
    sources = ["'\\d'; 1 is 1", "(" * 100_000, "a = " + "-" * 200_000 + "1", "a." * 2_000_000, "a" + " " * 2_000_000]
    assert len(cells(tmp_path, notebook(*[(f"c{n}", source) for n, source in enumerate(sources[:4])]))) == 4
    assert len(cells(tmp_path, notebook(("c", sources[4])))) == 1 and not recwarn.list


def test_a_lecture_without_exercises_has_no_answers(tmp_path):
    assert cells(tmp_path, notebook(("a", SLOPE)), "77") == [["a", SLOPE]]


unix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")


@unix
def test_a_pipe_a_link_a_device_and_a_folder_are_neither_read_nor_waited_for(tmp_path):
    real = handed_in(tmp_path / "real", WHOLE).path
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "folder").mkdir()
    link = "is a link, and links are not followed: put the file itself in its place."
    device = "is a pipe, a socket or a device: put the file itself in its place."
    for path, said in [
        (tmp_path / "pipe", device), (tmp_path / "link", link), (os.devnull, device), ("/dev/zero", device),
        (tmp_path / "folder", "is no regular file, or was changed just now: put the file itself in its place."),
        (tmp_path / "gone", "cannot be read (No such file or directory): make it a readable file."),
    ]:  # fmt: skip
        assert trouble(Submission("ada", "01", "w", path, None)) == said
        assert trouble(Submission("ada", "01", "w", path, "01_x.ipynb")) == said


SWAPPED = """
import os, sys
from karpathy_course.checks.notebook_cells import Unreadable
from karpathy_course.grading.intake import notebook_reading
from karpathy_course.grading.intake.submissions import Submission
path, other = sys.argv[1:]
def swap(event, words):
    if event == "open" and words[0] in (path, os.path.basename(path)):
        os.replace(other, path)
sys.addaudithook(swap)
try:
    print(notebook_reading.read(Submission("ada", "01", "w", path, None)))
except Unreadable as refusal:
    print(refusal)
"""


@unix
@pytest.mark.parametrize("kind", ["pipe", "link", "file"])
def test_a_file_that_turns_into_something_else_just_before_it_is_opened_is_not_read(tmp_path, kind):
    """It is seen to be a regular file, and is replaced in the moment in which it is opened."""
    path, other = handed_in(tmp_path / "01_x.ipynb", WHOLE).path, tmp_path / "other"
    canary = handed_in(tmp_path / "canary", WHOLE).path
    {"pipe": lambda: os.mkfifo(other), "link": lambda: other.symlink_to(canary), "file": lambda: canary.rename(other)}[
        kind
    ]()
    words = [sys.executable, "-c", SWAPPED, str(path), str(other)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert (
        done.stdout
        == {
            "pipe": "w is no regular file, or was changed just now: put the file itself in its place.\n",
            "file": "w is no regular file, or was changed just now: put the file itself in its place.\n",
            "link": f"w cannot be read ({os.strerror(errno.ELOOP)}): make it a readable file.\n",
        }[kind]
    )


def test_a_file_that_changes_while_it_is_read_is_one_line(tmp_path):
    path = handed_in(tmp_path / "01_x.ipynb", WHOLE + " " * 5000).path
    for change in (lambda: os.truncate(path, 4500), lambda: path.open("ab").write(b" ")):
        blocks = safe_opening.blocks(path)
        next(blocks)
        change()
        with pytest.raises(safe_opening.Refused, match="was changed while it was read: grade it again"):
            list(blocks)


@unix
def test_a_file_that_never_ends_is_given_up():
    with open("/dev/zero", "rb") as endless, pytest.raises(safe_opening.Refused, match="is larger than 500 MB"):
        for _ in safe_opening.bounded(endless, 1_000_000):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="made from a file of the kernel's whose reading fails")
def test_a_disk_that_fails_is_one_line():
    said = trouble(Submission("ada", "01", "w", f"/proc/{os.getpid()}/mem", None))
    assert said == f"cannot be read ({os.strerror(errno.EIO)})."


@unix
def test_a_file_that_may_not_be_read_is_one_line(tmp_path):
    submission = handed_in(tmp_path / "01_x.ipynb", WHOLE)
    submission.path.chmod(0)
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        assert trouble(submission) == "cannot be read (Permission denied): make it a readable file."
    finally:
        os.seteuid(user)


def repacked(submission, offset, form, value):
    """Overwrite a field in the entry of a zip's list of files: what the zip says, not what it holds."""
    data = bytearray(submission.path.read_bytes())
    struct.pack_into(form, data, data.find(b"PK\1\2") + offset, value)
    submission.path.write_bytes(data)
    return submission


@pytest.mark.parametrize(
    ("offset", "form", "value", "said"),
    [
        (8, "<H", 0x1, "is encrypted: ask for it without a password."),
        (10, "<H", 14, "is packed in a way other than deflate: pack it again as an ordinary zip."),
        (16, "<I", 7, "is damaged or no zip: ask for another."),
        (24, "<I", 100, "is damaged or no zip: ask for another."),
        (24, "<I", 900_000_000, "is larger than 500 MB: clear its outputs, or ask for that."),
        (24, "<I", 90_000_000, "is a bomb: it says that it unpacks to more than it can. Ask for another."),
        (38, "<I", 0o120777 << 16, "is a link or a device: put the file itself in its place."),
        (42, "<I", 1, "is damaged or no zip: ask for another."),
        (46, "<B", 0x41, "is damaged or no zip: ask for another."),
    ],
)
def test_a_member_that_the_zip_does_not_tell_truly_of_is_one_line(tmp_path, offset, form, value, said):
    submission = in_zip(tmp_path / "all.zip", WHOLE + " " * 50_000)
    assert notebook_reading.read(submission)[1]
    assert trouble(repacked(submission, offset, form, value)) == said


def test_a_member_that_is_cut_or_flipped_is_one_line(tmp_path):
    submission = in_zip(tmp_path / "all.zip", os.urandom(20_000), zipfile.ZIP_STORED)
    data = bytearray(submission.path.read_bytes())
    data[5_000] ^= 1
    submission.path.write_bytes(data)
    assert trouble(submission) == "is damaged or no zip: ask for another."
    submission.path.write_bytes(data[:9_000])
    assert trouble(submission) == "is damaged or no zip: ask for another."

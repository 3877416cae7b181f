"""The learner's copy: whatever the course and the learner each did to a notebook, nothing of theirs is lost."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.app import learner_copy
from karpathy_course.app.notebook_merge import NEWER, OLDER, is_notebook, merge, renewed, source

STUB = "def double(x):\n    raise NotImplementedError()"


def cell(name, text, kind="code", **metadata):
    made = {"cell_type": kind, "id": name, "metadata": metadata, "source": text}
    return {**made, "outputs": [], "execution_count": None} if kind == "code" else made


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def sources(document):
    return {each["id"]: source(each) for each in document["cells"]}


def ids(document):
    return [each["id"] for each in document["cells"]]


# --------------------------------------------------------------------------------- examples of merging


def test_an_untouched_cell_takes_the_courses_newer_source():
    base, newer = notebook(cell("a", "x = 1")), notebook(cell("a", "x = 2"))
    assert sources(merge(base, newer, base)) == {"a": "x = 2"}


def test_an_untouched_cell_that_did_not_change_keeps_the_learners_outputs():
    base = notebook(cell("a", "x = 1"))
    mine = notebook({**cell("a", "x = 1"), "execution_count": 7})
    newer = notebook(cell("a", "x = 1"), cell("b", "y"))
    assert merge(base, newer, mine)["cells"][0]["execution_count"] == 7


def test_a_source_kept_as_lines_is_not_taken_for_a_change():
    base, newer = notebook(cell("a", "x = 1\ny = 2")), notebook(cell("a", "x = 3"))
    mine = notebook(cell("a", ["x = 1\n", "y = 2"]))
    assert sources(merge(base, newer, mine)) == {"a": "x = 3"}


def test_a_touched_cell_stays_and_the_newer_one_stands_below_it_marked_and_inert():
    base, newer, mine = (notebook(cell("a", text), cell("b", "end")) for text in ("old", "new", "mine"))
    merged = merge(base, newer, mine)
    assert ids(merged) == ["a", "a-newer", "b"]
    assert source(merged["cells"][0]) == "mine"
    assert merged["cells"][1]["cell_type"] == "markdown"
    assert source(merged["cells"][1]) == f"{NEWER}\n\n```python\nnew\n```"


def test_a_second_update_renews_the_mark_instead_of_adding_another():
    first, second, third, mine = (notebook(cell("a", text)) for text in ("v1", "v2", "v3", "mine"))
    merged = merge(second, third, merge(first, second, mine))
    assert ids(merged) == ["a", "a-newer"]
    assert "v3" in source(merged["cells"][1])


def test_a_mark_that_the_learner_wrote_into_is_not_overwritten():
    first, second, third, mine = (notebook(cell("a", text)) for text in ("v1", "v2", "v3", "mine"))
    once = merge(first, second, mine)
    once["cells"][1]["source"] += "\nmy remark"
    merged = merge(second, third, once)
    assert ids(merged) == ["a", "a-newer-2", "a-newer"]
    assert "my remark" in source(merged["cells"][2])


def test_a_touched_cell_stays_alone_while_the_course_does_not_change_it():
    base, mine = notebook(cell("a", "old")), notebook(cell("a", "mine"))
    newer = notebook(cell("a", "old"), cell("b", "more"))
    assert sources(merge(base, newer, mine)) == {"a": "mine", "b": "more"}


def test_the_learners_own_cell_stays_below_the_cell_that_it_stood_below():
    base = notebook(cell("a", "1"), cell("b", "2"))
    mine = notebook(cell("a", "1"), cell("scratch", "mine"), cell("b", "2"))
    newer = notebook(cell("zero", "0"), cell("a", "1*"), cell("half", "1.5"), cell("b", "2*"))
    assert ids(merge(base, newer, mine)) == ["zero", "a", "scratch", "half", "b"]


def test_a_cell_deleted_by_the_learner_stays_deleted():
    base = notebook(cell("a", "1"), cell("b", "2"))
    newer = notebook(cell("a", "1"), cell("b", "2*"), cell("c", "3"))
    assert ids(merge(base, newer, notebook(cell("a", "1")))) == ["a", "c"]


def test_a_cell_that_the_course_dropped_goes_only_when_it_is_untouched():
    base = notebook(cell("a", "1"), cell("b", "2"), cell("c", "3"))
    mine = notebook(cell("a", "1"), cell("b", "mine"), cell("c", "3"))
    assert sources(merge(base, notebook(cell("a", "1")), mine)) == {"a": "1", "b": "mine"}


def test_cells_that_the_learner_moved_stay_where_they_put_them():
    base = notebook(cell("a", "1"), cell("b", "2"), cell("c", "3"))
    mine = notebook(cell("c", "3"), cell("a", "1"), cell("b", "2"))
    newer = notebook(cell("a", "1*"), cell("b", "2"), cell("between", "2.5"), cell("c", "3"))
    assert ids(merge(base, newer, mine)) == ["c", "a", "b", "between"]


def test_a_cell_that_lost_its_id_is_known_by_its_grade_id():
    base = notebook(cell("answer-02-3", STUB, nbgrader={"grade_id": "answer-02-3"}))
    newer = notebook(cell("answer-02-3", STUB + "  # clearer", nbgrader={"grade_id": "answer-02-3"}))
    answered = cell("gone", "mine", nbgrader={"grade_id": "answer-02-3"})
    del answered["id"]
    assert ids(merge(base, newer, notebook(answered))) == ["answer-02-3", "answer-02-3-newer"]


def test_without_a_base_every_cell_that_differs_counts_as_the_learners():
    merged = merge(None, notebook(cell("a", "course"), cell("b", "2")), notebook(cell("a", "mine")))
    assert ids(merged) == ["a", "a-newer", "b"]


def test_code_with_fences_in_it_is_quoted_inside_a_longer_fence():
    base, newer, mine = (notebook(cell("a", text)) for text in ("old", '"""\n````\n"""', "mine"))
    assert source(merge(base, newer, mine)["cells"][1]).count("`````") == 2


# -------------------------------------------------------------------------------- properties of merging

TEXTS = st.sampled_from(["one", "two", "three", ""])


@st.composite
def courses(draw):
    """A notebook of the course: up to six of eight ids, in any order, with any of a few texts."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    return notebook(*(cell(name, draw(TEXTS), draw(st.sampled_from(["code", "markdown"]))) for name in names))


@st.composite
def learners(draw, base):
    """What a learner makes of it: cells edited, deleted, moved, added."""
    cells = []
    for each in base["cells"]:
        if not draw(st.integers(0, 5)):
            continue
        cells.append({**each, "source": f"mine {each['id']}"} if draw(st.booleans()) else each)
    for number in range(draw(st.integers(0, 3))):
        cells.insert(draw(st.integers(0, len(cells))), cell(f"own{number}", f"own {number}"))
    return notebook(*(draw(st.permutations(cells)) if draw(st.booleans()) else cells))


@st.composite
def situations(draw):
    base = draw(courses())
    return base, draw(courses()), draw(learners(base))


@given(situations())
def test_nothing_that_the_learner_wrote_is_ever_lost(situation):
    base, newer, mine = situation
    result = [source(each) for each in merge(base, newer, mine)["cells"]]
    written = [source(each) for each in mine["cells"] if source(each).startswith(("mine", "own"))]
    assert all(text in result for text in written)


@given(situations())
def test_no_two_cells_ever_share_an_id(situation):
    names = ids(merge(*situation))
    assert len(names) == len(set(names))


@given(situations())
def test_what_differs_from_the_courses_newer_source_is_the_learners_or_a_mark(situation):
    base, newer, mine = situation
    new = sources(newer)
    for each in merge(base, newer, mine)["cells"]:
        if source(each) != new.get(each["id"]):
            assert source(each).startswith(("mine", "own", NEWER))


@given(situations())
def test_an_update_done_twice_or_cut_off_before_its_base_was_kept_changes_nothing_more(situation):
    base, newer, mine = situation
    once = merge(base, newer, mine)
    assert merge(newer, newer, once) == once
    assert merge(base, newer, once) == once


@given(courses(), courses())
def test_an_untouched_notebook_becomes_the_courses_newer_one(base, newer):
    assert [sources(merge(base, newer, base)), ids(merge(base, newer, base))] == [sources(newer), ids(newer)]


@settings(max_examples=50)
@given(situations(), courses())
def test_the_merged_notebook_is_one_that_the_next_update_can_read(situation, later):
    merged = merge(*situation)
    assert is_notebook(json.loads(json.dumps(merged)))
    assert is_notebook(merge(situation[1], later, merged))


# ------------------------------------------------------------------------------------ on the disk


@pytest.fixture
def course(tmp_path):
    """A checkout with one lecture and one exercise notebook."""
    for folder in ("lectures", "exercises"):
        (tmp_path / folder).mkdir()
    put(tmp_path / "lectures/00_welcome.ipynb", notebook(cell("hello", "print('hello')")))
    put(
        tmp_path / "exercises/02_backprop.ipynb",
        notebook(
            cell("imports", "from karpathy_course import check"),
            cell("task-02-3", "## 02.3", "markdown"),
            cell("answer-02-3", STUB),
            cell("check-02-3", 'check("02.3").points'),
        ),
    )
    return tmp_path


def put(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


def get(path):
    return json.loads(path.read_text(encoding="utf-8"))


def edit(path, name, text):
    document = get(path)
    next(each for each in document["cells"] if each["id"] == name)["source"] = text
    put(path, document)


def test_the_first_start_copies_everything_and_says_nothing(course):
    (course / "lectures/pictures").mkdir()
    (course / "lectures/pictures/car.png").write_bytes(b"png")
    assert learner_copy.sync(course) == []
    assert get(course / "work/lectures/00_welcome.ipynb") == get(course / "lectures/00_welcome.ipynb")
    assert (course / "work/exercises/02_backprop.ipynb").exists()
    assert (course / "work/lectures/pictures/car.png").read_bytes() == b"png"


def test_what_a_lecture_links_to_in_docs_is_there_in_the_copy_too(course):
    (course / "docs").mkdir()
    (course / "docs/glossary.md").write_text("gradient: ...")
    learner_copy.sync(course)
    assert (course / "work/lectures/../docs/glossary.md").read_text() == "gradient: ..."


def test_a_start_without_an_update_writes_nothing(course):
    learner_copy.sync(course)
    before = {path: path.stat().st_mtime_ns for path in (course / "work").rglob("*")}
    assert learner_copy.sync(course) == []
    assert {path: path.stat().st_mtime_ns for path in (course / "work").rglob("*")} == before


def test_an_update_of_the_checkout_keeps_the_learners_answer(course):
    learner_copy.sync(course)
    mine = course / "work/exercises/02_backprop.ipynb"
    edit(mine, "answer-02-3", "def double(x): return 2 * x")
    edit(course / "exercises/02_backprop.ipynb", "task-02-3", "## 02.3 Clearer")
    assert learner_copy.sync(course) == ["02_backprop.ipynb was brought up to date; what you changed was kept."]
    now = sources(get(mine))
    assert now["answer-02-3"] == "def double(x): return 2 * x"
    assert now["task-02-3"] == "## 02.3 Clearer"


@pytest.mark.parametrize("rubbish", ["", "{", '{"cells": [', "[]", '{"cells": [7], "nbformat": 4}', "\x00\x01"])
def test_a_notebook_that_cannot_be_read_is_set_aside_whole_and_a_fresh_one_made(course, rubbish):
    learner_copy.sync(course)
    mine = course / "work/exercises/02_backprop.ipynb"
    mine.write_text(rubbish, encoding="utf-8")
    (line,) = learner_copy.sync(course)
    assert "could not be read" in line and "work/kept/02_backprop (" in line
    assert get(mine) == get(course / "exercises/02_backprop.ipynb")
    assert [path.read_text(encoding="utf-8") for path in (course / "work/kept").iterdir()] == [rubbish]


def test_two_notebooks_set_aside_in_one_second_keep_two_names(course):
    learner_copy.sync(course)
    for rubbish in ("first", "second", "third"):
        (course / "work/exercises/02_backprop.ipynb").write_text(rubbish)
        learner_copy.sync(course)
    assert {path.read_text() for path in (course / "work/kept").iterdir()} == {"first", "second", "third"}


def test_a_damaged_notebook_of_the_course_is_named_and_the_others_are_still_copied(course):
    (course / "exercises/02_backprop.ipynb").write_text("{")
    (line,) = learner_copy.sync(course)
    assert "git checkout" in line
    assert (course / "work/lectures/00_welcome.ipynb").exists()


def test_a_lost_base_costs_the_learner_nothing(course):
    learner_copy.sync(course)
    edit(course / "work/exercises/02_backprop.ipynb", "answer-02-3", "mine")
    shutil.rmtree(course / "work/.base")
    learner_copy.sync(course)
    assert sources(get(course / "work/exercises/02_backprop.ipynb"))["answer-02-3"] == "mine"


def test_a_picture_that_the_learner_changed_is_left_alone(course):
    (course / "lectures/car.png").write_bytes(b"1")
    learner_copy.sync(course)
    (course / "work/lectures/car.png").write_bytes(b"mine")
    (course / "lectures/car.png").write_bytes(b"2")
    learner_copy.sync(course)
    assert (course / "work/lectures/car.png").read_bytes() == b"mine"


def test_a_write_that_fails_leaves_the_old_file_and_no_remains(tmp_path):
    resource = pytest.importorskip("resource")
    target = tmp_path / "file"
    target.write_bytes(b"old")
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from karpathy_course.whole_files import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'x' * 100_000)\n"
        "except OSError as error: sys.exit(error.errno)"
    )
    assert resource and subprocess.run([sys.executable, "-c", program, str(target)]).returncode == errno.EFBIG
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_bytes() == b"old"


# ------------------------------------------------------------------------------------------- reset


def test_reset_gives_a_fresh_stub_and_keeps_the_answer_below_it(course, capsys):
    learner_copy.sync(course)
    mine = course / "work/exercises/02_backprop.ipynb"
    edit(mine, "answer-02-3", "def double(x): return x + x")
    assert learner_copy.reset("02.3", course) == 0
    cells = get(mine)["cells"]
    assert [each["id"] for each in cells[2:4]] == ["answer-02-3", "answer-02-3-earlier"]
    assert source(cells[2]) == STUB
    assert source(cells[3]) == f"{OLDER}\n\n```python\ndef double(x): return x + x\n```"
    assert "02.3 is fresh" in capsys.readouterr().out


def test_a_second_reset_keeps_both_earlier_answers_through_an_update(course):
    learner_copy.sync(course)
    mine = course / "work/exercises/02_backprop.ipynb"
    for answer in ("first answer", "second answer"):
        edit(mine, "answer-02-3", answer)
        learner_copy.reset("02.3", course)
    edit(course / "exercises/02_backprop.ipynb", "answer-02-3", STUB + " # clearer")
    learner_copy.sync(course)
    text = mine.read_text(encoding="utf-8")
    assert "first answer" in text and "second answer" in text and "# clearer" in text


def test_reset_of_an_untouched_exercise_changes_nothing(course, capsys):
    learner_copy.sync(course)
    before = (course / "work/exercises/02_backprop.ipynb").read_bytes()
    assert learner_copy.reset("02.3", course) == 0
    assert (course / "work/exercises/02_backprop.ipynb").read_bytes() == before
    assert "as the course gave it" in capsys.readouterr().out


def test_reset_brings_a_deleted_exercise_cell_back_to_its_place():
    fresh = notebook(cell("imports", "i"), cell("answer-02-3", STUB), cell("check-02-3", "c"), cell("end", "e"))
    mine = notebook(cell("imports", "i"), cell("check-02-3", "c"), cell("end", "e"))
    assert ids(renewed(fresh, mine, "02.3")) == ids(fresh)


def test_reset_of_a_lecture_keeps_the_whole_notebook_aside(course, capsys):
    learner_copy.sync(course)
    edit(course / "work/exercises/02_backprop.ipynb", "answer-02-3", "mine")
    assert learner_copy.reset("02", course) == 0
    (kept,) = (course / "work/kept").iterdir()
    assert sources(get(kept))["answer-02-3"] == "mine"
    assert sources(get(course / "work/exercises/02_backprop.ipynb"))["answer-02-3"] == STUB


@pytest.mark.parametrize("target", ["07", "07.1", "02.9"])
def test_reset_of_what_is_not_there_says_so_and_is_wrong_use(course, target, capsys):
    assert learner_copy.reset(target, course) == 2
    assert target in capsys.readouterr().err


# --------------------------------------------------------------------------------------------- lab


def test_lab_is_rooted_at_the_checkout_and_the_learners_own_words_come_last(course):
    learner_copy.sync(course)
    options = learner_copy.lab_options(course, ["--no-browser", "--port", "9999"])
    assert options[0] == f"--ServerApp.root_dir={course}"
    assert "--LabApp.default_url=/lab/tree/work/lectures/00_welcome.ipynb" in options
    assert options[-3:] == ["--no-browser", "--port", "9999"]


def test_jupyterlab_takes_the_courses_defaults_from_its_configuration_path(course):
    environment = learner_copy.lab_environment(course)
    program = (
        "from jupyterlab_server.settings_utils import _get_overrides\n"
        "print(_get_overrides('/nowhere')[0]['@jupyterlab/apputils-extension:notification']['fetchNews'])"
    )
    answer = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert answer.stdout.strip() == "false", answer.stderr


def test_the_environments_own_programs_come_first_in_the_lab(course):
    assert learner_copy.lab_environment(course)["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


# ---------------------------------------------------------------------------------- outputs of the course


def shown(name, text, output):
    """A cell that was run and printed output."""
    printed = [{"output_type": "stream", "name": "stdout", "text": output}]
    return {**cell(name, text), "outputs": printed, "execution_count": 3}


def results(document):
    return {each["id"]: [output["text"] for output in each["outputs"]] for each in document["cells"]}


@pytest.fixture
def with_outputs(tmp_path):
    for name in ("lectures", "exercises", "docs"):
        (tmp_path / name).mkdir()
    path = tmp_path / "lectures" / "01_x.ipynb"
    path.write_text(json.dumps(notebook(shown("a", "print(1)", "1\n"), shown("b", "print(x)", "2\n"))))
    return tmp_path


def test_a_copy_carries_no_output_of_the_course(with_outputs):
    learner_copy.sync(with_outputs)
    copied = get(with_outputs / "work/lectures/01_x.ipynb")
    assert results(copied) == {"a": [], "b": []}
    assert [each["execution_count"] for each in copied["cells"]] == [None, None]


def test_a_copy_made_with_outputs_loses_the_courses_and_keeps_the_learners(with_outputs):
    mine, base = with_outputs / "work/lectures/01_x.ipynb", with_outputs / "work/.base/lectures/01_x.ipynb"
    for path in (mine, base):
        path.parent.mkdir(parents=True)
        path.write_bytes((with_outputs / "lectures/01_x.ipynb").read_bytes())
    own = get(mine)
    own["cells"][1] = shown("b", "print(x)", ["my own ", "number\n"])
    mine.write_text(json.dumps(own))
    assert learner_copy.sync(with_outputs) == []
    assert results(get(mine)) == {"a": [], "b": [["my own ", "number\n"]]}


def test_what_the_learner_has_run_is_still_there_the_next_day(with_outputs):
    learner_copy.sync(with_outputs)
    mine = with_outputs / "work/lectures/01_x.ipynb"
    mine.write_bytes((with_outputs / "lectures/01_x.ipynb").read_bytes())  # run: the same numbers come out
    assert learner_copy.sync(with_outputs) == []
    assert results(get(mine)) == {"a": ["1\n"], "b": ["2\n"]}


def test_a_cell_that_the_course_renews_comes_without_its_output(with_outputs):
    learner_copy.sync(with_outputs)
    path = with_outputs / "lectures/01_x.ipynb"
    path.write_text(json.dumps(notebook(shown("a", "print(3)", "3\n"), shown("b", "print(x)", "2\n"))))
    assert len(learner_copy.sync(with_outputs)) == 1
    copied = get(with_outputs / "work/lectures/01_x.ipynb")
    assert sources(copied)["a"] == "print(3)" and results(copied) == {"a": [], "b": []}


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
def test_a_terminal_of_jupyterlab_starts_the_learners_shell_and_finds_the_command(with_outputs, monkeypatch):
    """As jupyter_server_terminals reads the option; a login shell would forget the PATH that it was given."""
    import shlex

    from jupyter_server.serverapp import ServerApp

    monkeypatch.setenv("SHELL", "/bin/sh")
    server = ServerApp()
    server.parse_command_line([word for word in learner_copy.lab_options(with_outputs, []) if "terminado" in word])
    shell = shlex.split(server.terminado_settings["shell_command"])
    environment = learner_copy.lab_environment(with_outputs)
    asked = subprocess.run(
        [*shell, "-c", "command -v karpathy-course"], env=environment, capture_output=True, text=True
    )
    assert shell == ["/bin/sh"] and asked.stdout.strip() == str(Path(sys.executable).parent / "karpathy-course")

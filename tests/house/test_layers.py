"""The house: a module imports what stands below it in the drawings of docs/architecture.md, and nothing else."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
PACKAGE = HERE / "karpathy_course"
PAGE = HERE / "docs" / "architecture.md"
HEAVY = ("numpy", "torch", "matplotlib", "ipywidgets", "anywidget", "IPython", "typer", "rich", "nbformat")


def drawings(text):
    """``{folder: [floor, …]}`` of a page, the lowest floor first; a floor is ``{room: whether it is there yet}``."""
    found = {}
    for folder, drawing in re.findall(r"^## `(\S+)/`\n+```text\n(.*?)```", text, re.MULTILINE | re.DOTALL):
        floors = [line.partition("—")[0].split() for line in drawing.splitlines()]
        found[folder] = [{name.strip("()"): not name.startswith("(") for name in floor} for floor in reversed(floors)]
    return found


HOUSES = drawings(PAGE.read_text(encoding="utf-8"))


def modules(folder=PACKAGE):
    return sorted(folder.rglob("*.py"))


def room(path, folder=PACKAGE):
    """The room in which a file lies; all lectures' folders are one, lectureNN."""
    return general(path.relative_to(folder).parts[0].removesuffix(".py"))


def general(name):
    return re.sub(r"\d\d$", "NN", name)


def imported_rooms(path, package="karpathy_course"):
    """The rooms of a package that a file imports, wherever in the file it does."""
    depth = len(package.split("."))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        parts = [name.split(".") for name in names if name.startswith(f"{package}.")]
        yield from dict.fromkeys(general(name[depth]) for name in parts)


def running_up(floors, folder, package):
    """Every import of a folder that does not run down its drawing, as ``(file, room)``."""
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    return [
        (str(path.relative_to(folder)), name)
        for path in modules(folder)
        if (here := room(path, folder)) != "__init__"
        for name in imported_rooms(path, package)
        if name != here and name in height and height[name] >= height[here]
    ]


def as_package(folder):
    return folder.replace("/", ".")


@pytest.mark.parametrize("folder", HOUSES)
def test_every_import_runs_down_the_drawing(folder):
    assert running_up(HOUSES[folder], HERE / folder, as_package(folder)) == []


@pytest.mark.parametrize("folder", HOUSES)
def test_the_drawing_has_every_room_once_and_no_other(folder):
    drawn = [name for floor in HOUSES[folder] for name in floor]
    there = {room(path, HERE / folder) for path in modules(HERE / folder)} - {"__init__"}
    assert sorted(drawn) == sorted(set(drawn))
    assert {name for floor in HOUSES[folder] for name, built in floor.items() if built} == there


def test_the_page_draws_the_package_and_its_rooms_of_many_files():
    parts = {"widgets", "checks", "grading", "driving"}
    assert set(HOUSES) == {"karpathy_course", *(f"karpathy_course/{name}" for name in parts)}
    assert all(len(floors) > 2 for floors in HOUSES.values())


@pytest.mark.slow
@pytest.mark.parametrize("folder", HOUSES)
def test_a_drawing_upside_down_would_be_seen(folder):
    assert running_up(HOUSES[folder][::-1], HERE / folder, as_package(folder)) != []


def test_a_learners_graph_is_read_without_any_widget():
    """Whichever module is imported first: a circle of imports fails only from one of its sides."""
    code = "import sys; from karpathy_course.widgets.learner_graph import observing; print('anywidget' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


IMPORT_EACH = """
import importlib, pathlib, sys
import anywidget, matplotlib.pyplot, nbclient, nbformat, numpy, torch, typer
for path in sorted(pathlib.Path("karpathy_course").rglob("*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    for loaded in [name for name in sys.modules if name.split(".")[0] == "karpathy_course"]:
        del sys.modules[loaded]
    if not name.endswith("__main__"):
        importlib.import_module(name)
"""


@pytest.mark.slow
def test_every_module_can_be_the_first_that_is_imported():
    done = subprocess.run([sys.executable, "-c", IMPORT_EACH], cwd=HERE, capture_output=True, text=True)
    assert done.stderr == ""


def test_the_engine_stands_alone():
    assert list(imported_rooms(PACKAGE / "scalar.py")) == []
    assert len((PACKAGE / "scalar.py").read_text(encoding="utf-8").splitlines()) < 150


def test_an_arrow_that_runs_up_would_be_seen(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from karpathy_course.checks import find\n    import karpathy_course.app.cli\n")
    assert list(imported_rooms(wrong)) == ["checks", "app"]
    assert running_up([{"wrong": True}, {"app": True}, {"checks": True}], tmp_path, "karpathy_course") == [
        ("wrong.py", "checks"),
        ("wrong.py", "app"),
    ]


def test_importing_the_course_loads_nothing_heavy():
    code = "import sys, karpathy_course; print(*[m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "what",
    ["from karpathy_course import check, hint", "from karpathy_course.checks import find; find('01.1'); find('02.5')"],
)
def test_the_checks_of_lectures_01_and_02_load_no_numpy(what):
    code = f"import sys; {what}; print('numpy' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


def test_the_tensor_tape_and_the_graphs_load_no_torch():
    code = "import sys, karpathy_course.tensor, karpathy_course.graph; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_importing_the_course_takes_at_most_thirty_milliseconds_of_cpu():
    """The median of nine, over a bare interpreter's; CPU time, with a slack of two for a busy machine."""
    code = "import time; t = time.process_time(); import karpathy_course; print(time.process_time() - t)"
    seconds = sorted(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(9)
    )
    assert seconds[4] <= 2 * 0.030


@pytest.mark.parametrize("path", [p for p in modules() if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_no_module_bears_the_name_of_something_that_its_package_hands_on(path):
    """Otherwise ``import karpathy_course.graph.trace as t`` would give the function, not the module."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    listed = [node.value for node in body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"]
    handed_on = {name for value in listed for name in ast.literal_eval(value)}
    beside = {p.stem for p in path.parent.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert handed_on & beside == set()

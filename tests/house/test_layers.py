"""The house: a module imports what lies below it and never what lies above."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "karpathy_course"
# From the cellar to the roof. A module may import its own floor and every floor below it.
FLOORS = (
    ("scalar", "scalar_operations", "palette", "whole_files"),
    ("neuron",),
    ("ops",),
    ("tensor",),
    ("graph",),
    ("data",),
    ("widgets",),
    ("checks",),
    ("app", "grading", "__main__"),
)
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}
HEAVY = ("numpy", "torch", "matplotlib", "ipywidgets", "anywidget", "IPython", "typer", "rich", "nbformat")


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path):
    """The top-level rooms of the package that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module or "").split(".")[0] == "karpathy_course"
        ):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "karpathy_course" and len(parts) > 1:
                    yield parts[1]


@pytest.mark.parametrize(
    "path", [p for p in modules() if room(p) != "__init__"], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_an_arrow_never_runs_up(path):
    here = HEIGHT[room(path)]
    assert [name for name in imported_rooms(path) if HEIGHT.get(name, -1) > here] == []


def test_the_engine_stands_alone():
    assert list(imported_rooms(PACKAGE / "scalar.py")) == []
    assert len((PACKAGE / "scalar.py").read_text(encoding="utf-8").splitlines()) < 150


def test_an_arrow_that_runs_up_would_be_seen(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from karpathy_course.checks import find\n    import karpathy_course.app.cli\n")
    assert list(imported_rooms(wrong)) == ["checks", "app"]


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

"""Honest cells as learners write them: what passes in the notebook passes when the cells are run again."""

import random

import pytest

from karpathy_course.app.exercise_commands import marks_of
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.registry import find
from karpathy_course.checks.runner.probing import collect
from tests.checks.answers import Double, alone, in_place

HONEST = {
    "annotations that name their own class": """
from __future__ import annotations

class Node:
    parent: Node | None = None

    def double(self, x: Number) -> Node:
        return 2 * x

def double(x: Number) -> Node:
    return Node().double(x)
""",
    "a magic, and lines that end in a question mark": '''
%timeit 1 + 1
why = """
Why is it twice
the number, and not
four?
"""
def double(x):
    """Really?"""
    # is it?
    return 2 * x if len(why.splitlines()) == 4 else 0  # or not?
double?
!ls
''',
    "a magic in a block": "def double(x):\n    return 2 * x\nif True:\n    %matplotlib inline\n",
    "a remainder in brackets, and a magic": "%timeit 1\ndef double(x):\n    return 2 * (x if x < 0 else x\n    % 1000)",
    "setattr": """
class Tool:
    pass
setattr(Tool, "double", lambda self, x: 2 * x)
def double(x):
    return Tool().double(x)
""",
    "a number of NumPy's": "import numpy as np\ndef double(x):\n    return np.float64(x) * 2",
}


@pytest.mark.parametrize("what", HONEST)
def test_honest_cells_pass_in_the_notebook_and_in_a_process_of_its_own(what):
    for mark in (in_place(HONEST[what]), alone(HONEST[what])):
        assert mark.passed, mark.message


def test_what_is_imported_from_the_future_holds_in_later_cells_and_nowhere_else():
    annotated = "def f(x: Undefined): return x"
    names, cells = {}, [["a", "from __future__ import annotations"], ["b", annotated]]
    assert collect(cells, names, {}, 5.0) == [] and names["f"].__annotations__ == {"x": "Undefined"}
    [trouble] = collect([["b", annotated]], {}, {}, 5.0)
    assert trouble["error"] == "NameError"


def test_many_magics_in_a_cell_are_read_in_time():
    source = "%timeit 1\n" * 20_000 + "x = 1"
    names = {}
    assert collect([["a", source]], names, {}, 5.0) == [] and names["x"] == 1


def test_a_helper_of_the_same_name_in_a_later_answer_costs_an_earlier_one_nothing():
    first = "def twice(x):\n    return 2 * x\ndef double(x):\n    return twice(x)"
    cells = [["answer-99-1", first], ["answer-99-2", "def twice(x):\n    return x + 3"]]
    cases = draw_cases(Double, random.Random(1))
    assert [mark.points for mark in marks_of([(Double, cells, cases)], 1)] == [4.0]


@pytest.mark.parametrize("id", ["01.1", "01.3", "01.4", "02.7"])
def test_an_answer_may_return_numpys_floats(id):
    """They are floats, and the exercises ask for numbers."""
    from karpathy_course.checks.authoring.trials import Trial, solution_source, try_isolated

    exercise = find(id)
    source = solution_source(id) + "\n\nimport numpy as np\n"
    for name in exercise.needs:
        source += f"_own_{name} = {name}\n\ndef {name}(*a, **k):\n    return in_numpy(_own_{name}(*a, **k))\n\n"
    source += (
        "def in_numpy(x):\n    if isinstance(x, dict):\n        return {k: in_numpy(v) for k, v in x.items()}\n"
        "    if isinstance(x, (list, tuple)):\n        return [in_numpy(v) for v in x]\n"
        "    return np.float64(x) if type(x) is float else x\n"
    )
    [mark] = try_isolated([Trial(exercise, "alternative", "in numpy", source)])
    assert mark.passed, mark.message

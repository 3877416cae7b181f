"""Whatever a learner hands in, a check answers with one clear sentence, in the notebook and in a process of its own."""

import signal
import sys
import threading
import time

import pytest

from karpathy_course.checks.checking import try_in_place
from karpathy_course.checks.runner.jobs import CELL_SECONDS
from tests.checks.answers import RIGHT, Double, alone, in_place

HANDED_IN = {
    "raise NotImplementedError()": ("missing-name", "no `double` here"),
    "def double(x):\n    raise NotImplementedError()": ("stub", "still open"),
    "def double(x):\n    return x +": ("missing-name", "no `double` here"),
    "x = 1": ("missing-name", "run the cell of exercise 99.1"),
    "def double(x):\n    while True:\n        pass": ("too-slow", "0.5 seconds"),
    "def double(x):\n    while True:\n        try:\n            x += 1\n        except:\n            pass": (
        "too-slow",
        "0.5",
    ),
    "def double(x):\n    return 1 / 0": ("raises", "ZeroDivisionError (division by zero) in line 2"),
    "def double(x):\n    return double(x)": ("recursion", "too deeply"),
    "def double(x):\n    raise SystemExit": ("raises", "SystemExit"),
    "def double(x):\n    raise KeyboardInterrupt": ("interrupted", "nothing was decided"),
    "def double(x):\n    print('no')": ("not-a-number", "`double` returned None: is a `return` missing?"),
    "def double(x):\n    return '2'": ("not-a-number", "is text"),
    "def double(x):\n    return True": ("not-a-number", "is True"),
    "def double(x):\n    return float('nan')": ("not-finite", "nan"),
    "def double(x):\n    return float('inf')": ("not-finite", "inf"),
    "def double(x):\n    return [2 * x]": ("not-a-number", "is a list"),
    "def double(x):\n    yield 2 * x": ("not-plain", "a generator"),
    "def double(x):\n    return {1, 2}": ("not-plain", "a set"),
    "def double(x):\n    return 2j": ("not-plain", "a complex"),
    "def double(x):\n    return double": ("not-plain", "a function"),
    "def double(x):\n    return 10 ** 400": ("not-plain", "more than 64 bits"),
    "def double(x):\n    x = []\n    x.append(x)\n    return x": ("not-plain", "contains itself"),
    "def double(x):\n    return [0.0] * 10 ** 6": ("not-plain", "more than 200,000"),
    "def double(x):\n    return 'a' * 10 ** 7": ("not-plain", "characters"),
    "def double(x):\n    return '\\ud800'": ("not-plain", "valid Unicode"),
    "def double(x):\n    return {1: 2}": ("not-plain", "as a key"),
    "class Yes:\n    __eq__ = lambda s, o: True\ndef double(x):\n    return Yes()": ("not-plain", "a Yes"),
    "class Liar(float):\n    __eq__ = lambda s, o: True\ndef double(x):\n    return Liar(1)": (
        "not-plain",
        "in disguise",
    ),
    "class E(Exception):\n    def __str__(s):\n        return 1 / 0\ndef double(x):\n    raise E": (
        "raises",
        "raised E",
    ),
    "def double(x):\n    return x * x": ("squared", "You have squared"),
    "from karpathy_course.scalar import Value as double": ("not-your-own", "karpathy_course.scalar"),
}


@pytest.mark.parametrize("source", HANDED_IN, ids=range(len(HANDED_IN)))
def test_the_notebook_says_in_words_what_is_wrong(source):
    id, words = HANDED_IN[source]
    mark = in_place(source)
    assert mark.mistakes[0] == f"99.1/{id}" and words in mark.message
    assert mark.points == 0.0 and not mark.passed and "Traceback" not in mark.message


@pytest.mark.parametrize("source", HANDED_IN, ids=range(len(HANDED_IN)))
def test_a_process_of_its_own_says_the_same_or_knows_more(source):
    id, words = HANDED_IN[source]
    mark = alone(source)
    more = {"raise NotImplementedError()": "stub", "def double(x):\n    return x +": "syntax-error"}
    assert mark.mistakes[0] == f"99.1/{more.get(source, id)}"
    assert mark.points == 0.0 and (source in more or words in mark.message)


KILLERS = {
    "ends the process": "import os\ndef double(x):\n    os._exit(0)",
    "a loop inside C": "def double(x):\n    return sum(iter(int, 1))",
    "built to stay": "def double(x):\n    try:\n        double(x)\n    finally:\n        double(x)",
    "kills itself": "import os, signal\ndef double(x):\n    os.kill(os.getpid(), signal.SIGKILL)",
    "ignores the alarm": "import signal\ndef double(x):\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
    "    while True:\n        pass",
    "closes every file": "import os\ndef double(x):\n    os.closerange(3, 100)\n    return 2 * x",
    "writes nonsense": "import os\ndef double(x):\n    for fd in range(3, 20):\n        try:\n"
    "            os.write(fd, b'[0, null]\\n{]\\n' * 50)\n        except OSError:\n            pass\n    return x",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", KILLERS)
def test_an_answer_that_ends_its_process_hurts_no_other(what):
    mark = alone(KILLERS[what])
    assert mark.points == 0.0 and mark.mistakes
    assert alone(RIGHT).passed


@pytest.mark.slow
def test_an_answer_that_nothing_stops_is_given_up_after_its_own_time_and_not_after_that_of_a_cell():
    started = time.monotonic()
    assert alone(KILLERS["a loop inside C"]).mistakes == ("99.1/too-slow",)
    assert time.monotonic() - started < 15 < CELL_SECONDS


def test_a_right_answer_passes_in_both_places():
    for mark in (in_place(RIGHT), alone(RIGHT)):
        assert mark.passed and mark.points == 4.0 and type(mark.points) is float and mark.mistakes == ()
        assert mark.message == "99.1 Double: passed, 4 of 4 points."


def test_an_answer_may_use_numpy_in_both_places_as_it_may_in_the_grader():
    source = "import numpy as np\n\n\ndef double(x):\n    return float(np.add(x, x))"
    assert in_place(source).passed and alone(source).passed
    assert not alone("def double(x):\n    import torch\n\n    return 2 * x").passed


def test_a_property_is_earned_whole_or_not_at_all():
    mark = in_place("def double(x):\n    return 2 * x if x > 0 else x")
    assert (mark.score, mark.points, mark.passed) == (0.5, 2.0, False)


def test_a_failure_shows_the_input_what_came_what_was_expected_a_hint_and_how_to_see_it_again():
    lines = in_place("def double(x):\n    return x * x", seed=7).message.split("\n")
    assert lines[:2] == ["99.1 Double: not yet, 0 of 4 points.", "You have squared the number."]
    assert [line.split()[0] for line in lines[2:5]] == ["input", "got", "expected"]
    assert lines[5] == 'hint("99.1", 2) may help. Reread “Doubling”.'
    assert lines[6] == 'The same cases again: check("99.1", seed=7)'


def test_ten_megabytes_of_prints_are_cut_and_said_and_cost_nothing():
    mark = in_place("def double(x):\n    print('a' * 10_000_000)\n    return 2 * x")
    assert mark.passed and "printed a flood; it is cut here" in mark.message and len(mark.message) < 300
    mark = in_place("def double(x):\n    print('a' * 10_000_000)\n    return 0")
    assert len(mark.message) < 1_500 and "it is cut here" in mark.message


def test_a_case_that_the_answer_changes_stays_whole_for_the_judge():
    source = "def double(x):\n    import inspect\n    frame = inspect.currentframe().f_back\n"
    source += "    frame.f_locals['case']['x'] = 0.0\n    return 0.0"
    assert not in_place(source).passed


def test_nothing_of_the_answer_stays_behind():
    limit, handler, out = sys.getrecursionlimit(), signal.getsignal(signal.SIGALRM), sys.stdout
    in_place(
        "import sys\ndef double(x):\n    sys.setrecursionlimit(9999)\n    sys.settrace(lambda *a: None)\n    return x"
    )
    in_place("def double(x):\n    while True:\n        pass")
    assert (sys.getrecursionlimit(), signal.getsignal(signal.SIGALRM), sys.stdout) == (limit, handler, out)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_deadline_holds_in_a_thread_too():
    marks = []
    thread = threading.Thread(target=lambda: marks.append(in_place("def double(x):\n    while True:\n        pass")))
    thread.start()
    thread.join(30)
    assert marks[0].mistakes[0] == "99.1/too-slow"


def test_cells_above_are_run_as_definitions_and_the_rest_is_dropped():
    cells = [
        ["magics", "%matplotlib inline\n!ls\nTWO = 2"],
        ["checks", "from karpathy_course import check, hint, predict\ncheck('99.1')\nmark = check('99.1').points"],
        ["a call", "import os\nos._exit(3)"],
        ["breaks", "THREE = 3\nFOUR = 1 / 0\nFIVE = 5"],
        ["other", "%%bash\nexit 1"],
        [
            "control flow",
            "if TWO == 2:\n    def helper(x):\n        return TWO * x\nfor FIVE in range(FIVE):\n    pass",
        ],
    ]
    assert alone("def double(x):\n    return helper(x) if (THREE, FIVE) == (3, 4) else 0", more=cells).passed


def test_where_a_cell_kills_the_process_the_answer_is_tried_without_the_other_answers():
    assert alone(RIGHT, more=[["answer-99-2", "import os\nx = os._exit(3)"]]).passed


def test_a_name_that_is_provided_is_the_courses_own_even_below_a_wrong_one():
    own = [["answer-99-0", "class Value:\n    def __init__(self, data):\n        self.data = 0"]]
    source = "def double(x):\n    return (Value(x) + Value(x)).data"
    assert alone(source, more=own).passed


def test_in_a_notebook_an_own_value_that_is_wrong_does_not_fail_what_builds_on_it():
    cells = ["", "class Value:\n    def __init__(self, data):\n        self.data = 0"]
    cells.append("def double(x):\n    return (Value(x) + Value(x)).data")
    namespace = {"__name__": "__main__", "In": cells}
    for cell in cells:
        exec(cell, namespace)
    assert try_in_place(Double, namespace, 0).passed

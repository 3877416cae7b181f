"""What every draw has to hold where exercises take arrays, and the slips with arrays that every check has to see."""

import numpy as np
import pytest

from karpathy_course.checks import find
from karpathy_course.checks.authoring.trials import solution_source
from karpathy_course.checks.authoring.variety import FEATURES, differ, features_of, given, slips, tells
from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.runner.jobs import job_of
from karpathy_course.checks.runner.unsandboxed import try_answers
from tests.exercises.answers import names_of

ARRAYS = set(FEATURES["arrays"])


def test_the_features_of_arrays_are_found_each_by_itself():
    for array, features in {
        "np.zeros(())": {"no axis", "float64"},
        "np.zeros((1, 3), 'float32')": {"an axis of size 1", "float32"},
        "np.zeros((0, 2))": {"an axis of size 0", "float64"},
        "np.zeros((2, 3, 4, 5))": {"four axes", "float64"},
        "np.zeros((3, 3))": {"two axes of one size", "float64"},
        "np.zeros((2, 3)).T": {"numbers that do not lie one after the other", "float64"},
    }.items():
        assert features_of([eval(array, {"np": np})]) & ARRAYS == features, array


def test_the_numbers_in_an_array_count_as_numbers():
    assert {"numbers", "zero", "minus one", "fraction"} <= features_of([np.array([0.0, -1.0, 2.5])])


def test_a_result_tells_which_slips_would_make_a_difference_to_it():
    assert tells(np.float32([1.23456])) == {"array", "float32", "array of digits"}
    assert tells((np.ones(2), np.ones(2))) >= {"array", "float64", "order"}
    assert tells(np.array([True, False])) == {"array", "bool"}, "truths have no digits"
    assert given([np.ones(2), 3]) == {"given an array"}


def test_a_tensor_of_pytorchs_is_no_array_whose_slips_would_be_numpys():
    torch = pytest.importorskip("torch")
    assert tells(torch.tensor([1.23456])) == set()
    assert differ([torch.ones(2)], [torch.zeros(2)]) and not differ([torch.ones(2)], [torch.ones(2)])


def test_a_solution_with_arrays_is_tried_with_slips_of_arrays():
    exercise = find("05.1")
    made = slips(exercise, solution_source("05.1"), names_of(exercise, solution_source("05.1")))
    wanted = {"rounds its arrays to 4 digits", "turns float32 into float64", "hands back the same memory each time"}
    assert wanted | {"writes into the arrays that it was given"} <= set(made)


class Loaded(Exercise):
    id = "00.1"
    needs = ("loaded",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)

    @staticmethod
    def probe(namespace, case):
        return namespace["loaded"]


def test_a_library_of_the_shared_modules_is_loaded_before_the_answers():
    cells = [["answer-00-1", "import sys\nloaded = 'numpy' in sys.modules"]]
    (result,) = try_answers([(Loaded, cells, [{}])])
    assert [outcome["answer"] for outcome in result["outcomes"]] == [True]


class Unasked(Exercise):
    id = "00.2"
    needs = ("loaded",)

    @staticmethod
    def probe(namespace, case):
        return namespace["loaded"]


def test_a_library_that_a_cell_of_the_notebook_imports_is_loaded_before_the_answers():
    answer = ["answer-00-2", "import sys\nloaded = 'numpy' in sys.modules"]
    none, text = [], [["cell-1", "words = 'import numpy'  # import numpy"], ["cell-2", None]]
    used = [["cell-1", "if True:\n    from numpy.linalg import norm"]]
    results = try_answers([(Unasked, [answer, *more], [{}]) for more in (none, text, used)])
    assert [result["outcomes"][0]["answer"] for result in results] == [False, False, True]


def test_what_the_first_array_loads_of_a_library_is_loaded_before_the_answers():
    class WithArrays(Unasked):
        libraries = ("numpy", "array-api-compat")

    answer = ["answer-00-2", "import sys\nloaded = 'array_api_compat.numpy' in sys.modules"]
    (result,) = try_answers([(WithArrays, [answer], [{}])])
    assert [outcome["answer"] for outcome in result["outcomes"]] == [True]


def test_an_exercise_without_arrays_loads_no_library_beforehand():
    loads = {id: job_of(find(id), [], 0, 1.0)["load"] for id in ("02.1", "04.5", "05.1")}
    assert loads == {"02.1": [], "04.5": ["numpy"], "05.1": ["numpy"]}  # 04.5: its probe imports it, inside

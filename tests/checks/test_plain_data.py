"""What may cross from the learner's code to the judge, and in what form."""

import contextlib
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karpathy_course.checks.runner.plain_data import MAX_DEPTH, NotPlain, describe, dumps, loads, plain

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TREES = st.recursive(LEAVES | TEXT, lambda t: st.lists(t, max_size=5) | st.dictionaries(TEXT, t, max_size=5))


@given(TREES)
def test_plain_data_arrives_as_it_left(tree):
    assert loads(dumps(tree)) == plain(tree) == tree


@pytest.mark.slow
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(NotPlain):
        loads(text)


def test_nan_and_the_infinities_arrive():
    nan, inf, minus = loads(dumps([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan) and (inf, minus) == (math.inf, -math.inf)


def test_tuples_become_lists():
    assert plain(((1, 2), {"a": (3,)})) == [[1, 2], {"a": [3]}]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        "1e999999",
        "-1e999999",
        "[" * 500_000,
        "[" * 500_000 + "]" * 500_000,
        '{"a":' * 100_000,
        '"\\ud800"',
        "9" * 30,
        "9" * 10_000,
        "[1, 2",
        "",
        "nan",
        "'a'",
        "[" + "0," * 300_000 + "0]",
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_document_is_refused(text):
    with pytest.raises(NotPlain):
        loads(text)


def test_brackets_inside_text_are_text():
    assert loads(dumps(["[" * 500, '"[' * 100])) == ["[" * 500, '"[' * 100]


def test_depth_is_bounded():
    nested = []
    for _ in range(MAX_DEPTH - 1):
        nested = [nested]
    assert plain(nested) == nested
    with pytest.raises(NotPlain, match="nested"):
        plain([nested])


class Liar(float):
    __eq__ = __lt__ = lambda self, other: True


class Meta(type):
    __name__ = property(lambda cls: 1 / 0)


class Hostile(metaclass=Meta):
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((i for i in "a"), "a generator"),
        (Liar(1), "a Liar (a float in disguise)"),
        (Hostile(), "a Hostile"),
        (lambda: 0, "a function"),
        (int, "a class"),
        (1j, "a complex"),
        (b"a", "a bytes"),
        (object(), "an object"),
    ],
)
def test_what_may_not_cross_is_named_without_running_it(value, words):
    assert describe(value) == words
    with pytest.raises(NotPlain, match=words.split(" (")[0]):
        plain([value])


def test_ordinary_containers_are_no_disguise():
    assert [describe(value) for value in ([1], (1,), {"a": 1})] == ["a list", "a tuple", "a dict"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(0.5), 0.5),
        (np.int64(-3), -3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(2.0), 2.0),
        (np.zeros((2, 1)), [[0.0], [0.0]]),
        (np.arange(3), [0, 1, 2]),
        ({"a": (np.float64(1.0), np.array([True]))}, {"a": [1.0, [True]]}),
    ],
    ids=repr,
)
def test_numpys_numbers_and_arrays_are_taken_apart(value, wanted):
    assert dumps(plain(value)) == dumps(wanted)


class InDisguise(np.float64):
    __eq__ = lambda self, other: True
    __hash__ = np.float64.__hash__


class ListInDisguise(np.ndarray):
    def tolist(self):
        return 1.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (InDisguise(1.0), "in disguise"),
        (np.zeros(3).view(ListInDisguise), "a ListInDisguise"),
        (np.longdouble(1.5), "a longdouble"),
        (np.complex128(1j), "a complex128"),
        (np.array([print], dtype=object), "a ndarray"),
        (np.broadcast_to(np.float64(1.0), (1000, 1000)), "more than 200,000"),
        (np.zeros((1,) * 41), "nested more than 40"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_numpys_other_things_and_what_looks_like_its_own_are_refused(value, words):
    with pytest.raises(NotPlain, match=words):
        plain(value)


@pytest.mark.parametrize("text", ['"' + '\\"' * 300_000, '"' + "[" * 600_000, "[" + "[]," * 2_000_000 + "[]]"])
def test_a_text_made_to_be_read_for_ever_is_refused_at_once(text):
    start = time.process_time()
    with pytest.raises(NotPlain):
        loads(text)
    assert time.process_time() - start < 2


def test_brackets_in_texts_are_no_depth():
    deep = ["[" * 100, '"[' * 100, "\\[" * 100, "]"]
    assert loads(dumps(deep)) == deep

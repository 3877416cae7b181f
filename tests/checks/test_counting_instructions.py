"""The count of instructions is the same in every run, counts all that a call does, and notices when it is off."""

import sys
import threading

import pytest

from karpathy_course.checks.shared import counting_instructions
from karpathy_course.checks.shared.counting_instructions import instructions_of


def twice(number):
    return number + number


def work(rounds):
    return lambda: [twice(k) for k in range(rounds)]


def test_the_same_work_takes_the_same_number_of_instructions():
    assert instructions_of(work(10)) == instructions_of(work(10)) > 100


def test_ten_times_as_many_rounds_take_ten_times_as_many():
    one, ten = instructions_of(work(100)), instructions_of(work(1000))
    assert ten == pytest.approx(10 * one, rel=0.05)


def test_a_loop_in_c_is_one_instruction():
    assert instructions_of(lambda: sum(range(10))) == instructions_of(lambda: sum(range(10_000)))


def test_it_counts_up_to_a_bound():
    assert instructions_of(work(10_000), most=500) == 500


def test_what_was_traced_before_is_traced_again_even_after_an_error():
    before = sys.gettrace(), threading.gettrace()
    with pytest.raises(ZeroDivisionError):
        instructions_of(lambda: 1 / 0)
    assert (sys.gettrace(), threading.gettrace()) == before
    assert instructions_of(work(10)) > 100


def test_work_that_turns_the_counting_off_is_found_out():
    if hasattr(sys, "monitoring"):
        turned_off = lambda: [sys.monitoring.set_events(tool, 0) for tool in counting_instructions.TOOLS[:1]]
    else:
        turned_off = lambda: sys.settrace(None)
    assert instructions_of(turned_off) == -1

"""A function that never returns is left, however it tries to stay; one that returns is not disturbed."""

import contextlib
import signal
import time

import pytest

from karpathy_course.checks.runner.deadline import by_alarm, by_thread, call_within


def spins():
    while True:
        pass


def catches_everything():
    while True:
        try:
            spins()
        except BaseException:
            continue


def catches_twice():
    while True:
        try:
            try:
                spins()
            except BaseException:
                continue
        except BaseException:
            continue


def suppresses():
    while True:
        with contextlib.suppress(BaseException):
            spins()


def keeps_what_it_catches():
    kept = []
    while True:
        try:
            time.sleep(0.001)
        except BaseException as error:
            kept.append(error)


def returns_in_finally():
    def inner():
        try:
            spins()
        finally:
            return None  # noqa: B012

    while True:
        inner()


def sleeps():
    time.sleep(1000)


def generates():
    yield from iter(int, 1)


def consumes():
    for _ in generates():
        pass


STAYERS = [spins, catches_everything, catches_twice, suppresses, keeps_what_it_catches, returns_in_finally, consumes]


@pytest.mark.parametrize("function", [*STAYERS, sleeps], ids=lambda f: f.__name__)
def test_an_alarm_ends_it(function):
    started = time.monotonic()
    assert by_alarm(0.2, function) == (False, None)
    assert time.monotonic() - started < 10
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("function", [spins, consumes, suppresses], ids=lambda f: f.__name__)
def test_where_there_is_no_alarm_a_thread_is_told_to_stop_or_left_behind(function):
    started = time.monotonic()
    assert by_thread(0.2, function) == (False, None)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("call", [by_alarm, by_thread, call_within], ids=lambda f: f.__name__)
def test_what_returns_or_raises_in_time_does_so_here(call):
    assert call(60, lambda: "done") == (True, "done")
    with pytest.raises(ZeroDivisionError):
        call(60, lambda: 1 / 0)


def test_an_alarm_that_was_set_before_still_rings():
    rung = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        by_alarm(0.05, spins)
        until = time.monotonic() + 10
        while not rung and time.monotonic() < until:
            signal.sigtimedwait([], 0.01)
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert rung


def test_what_one_answer_has_kept_does_not_strike_a_later_one():
    """What the alarm raised lives on in the first; it is thrown away while the second runs."""
    kept = []

    def keeps():
        try:
            spins()
        except BaseException as error:
            kept.append(error)
            raise

    assert by_alarm(0.05, keeps) == (False, None)
    assert by_alarm(60, lambda: kept.clear() or sum(range(1000))) == (True, 499_500)


def test_a_hundred_deadlines_in_a_row_never_strike_the_caller():
    for i in range(100):
        assert by_alarm(0.001 + i * 0.0001, spins) == (False, None)

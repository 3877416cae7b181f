"""From a start, step after step down a surface: the course's optimisers, and the learner's own within bounds.

What a learner wrote may raise, loop for ever, sleep, or return something else than a point. It runs in a thread that
is given up after a second, and whatever happens becomes words; the others go on.
"""

import ctypes
import threading
import traceback
from contextlib import suppress
from pathlib import Path

import numpy as np

from karpathy_course.tensor import Tensor
from karpathy_course.widgets.learner_graph.labels import plain
from karpathy_course.widgets.optimiser_race.field import is_step_function

SECONDS = 1.0  # for all the steps of an own optimiser
A_MOMENT = 0.05  # s
THREADS = "optimiser race"
BLOWN = 100  # times the loss at the start: diverged
MOST_LETTERS = 160
COURSE = str(Path(__file__).resolve().parents[2])


class GivenUp(BaseException):
    """Raised inside a step that lasts too long. No Exception, so that the step's own handlers let it pass."""


class NoPoint(Exception):
    """A step returned something else than two numbers."""


def points_of(given, start, surface, steps, options):
    """Yield the points after step 1, 2, …, as pairs of floats; up to the first whose height is not finite.

    given: what makes an optimiser of (params, **options), or a function of (point, gradient, state).
    """
    own_function = is_step_function(given)
    take = _by_function(given, options) if own_function else _by_optimiser(given, start, options)
    what = "what the step returned" if own_function else "the parameter's data after the step"
    point = start
    for _ in range(steps):
        point = _as_point(take(np.array(point), np.array(surface.slopes(*point))), what)
        yield point
        if not np.isfinite(surface.height(*point)):
            return


def _by_optimiser(make, start, options):
    parameter = Tensor(np.array(start), requires_grad=True)
    optimiser = make([parameter], **options)

    def take(_, gradient):
        parameter.grad = gradient
        optimiser.step()
        point = parameter.data
        if hasattr(optimiser, "zero_grad"):
            optimiser.zero_grad()
        return point

    return take


def _by_function(step, options):
    state = dict(options)
    return lambda point, gradient: step(point, gradient, state)


def _as_point(given, what):
    if given is None:
        raise NoPoint(f"{what} is None: expected the next point, an array of two numbers. Is a return missing?")
    try:
        point = np.asarray(given, "float64")
    except (TypeError, ValueError):
        raise NoPoint(f"{what} is of type {type(given).__name__}: expected an array of two numbers") from None
    if point.shape != (2,):
        raise NoPoint(f"{what} has shape {point.shape}: expected (2,)")
    return tuple(point.tolist())


def run(given, start, surface, steps, options, bounds=None):
    """{"x", "y", "losses", "error"} of one racer, from the start on. error: None, or {"step", "text"}.

    bounds: a `Bounds` of this racer; else nothing is caught, and it is waited for.
    """
    path, error = [tuple(start)], None
    with np.errstate(all="ignore"):
        if bounds is not None:
            error = bounds.extend(path, lambda: points_of(given, start, surface, steps, options))
        else:
            path.extend(points_of(given, start, surface, steps, options))
        losses = [surface.height(x, y) for x, y in path]
    told = None if error is None else {"step": len(path), "text": error}
    xs, ys = zip(*path)
    return {"x": [*map(plain, xs)], "y": [*map(plain, ys)], "losses": [*map(plain, losses)], "error": told}


class Bounds:
    """Runs a learner's steps on a thread, and no second time while a step that was given up still goes on."""

    def __init__(self):
        self.thread = None

    def extend(self, path, points):
        """Extend the path by points(), while it goes well. Returns None, or in words why it ended."""
        if self._still_runs():
            return "not run: a step that was given up has not ended yet; if it never does, restart the kernel"
        found, words = [], []
        self.thread = threading.Thread(target=_collect, args=(points, found, words), name=THREADS, daemon=True)
        self.thread.start()
        self.thread.join(SECONDS)
        ended = not self.thread.is_alive()
        path.extend(list(found))
        if not ended:
            self._give_up()
            return f"given up after {SECONDS:g} s: the step is slow, or it has no end"
        return words[0] if words else None

    def _still_runs(self):
        if self.thread is None or not self.thread.is_alive():
            return False
        self._give_up()
        self.thread.join(A_MOMENT)
        return self.thread.is_alive()

    def _give_up(self):
        """Raise GivenUp on the thread; a step that catches everything goes on all the same."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread.ident), ctypes.py_object(GivenUp))


def _collect(points, found, words):
    with suppress(GivenUp):  # which may come at any moment, in the handler too
        try:
            with np.errstate(all="ignore"):  # belongs to the thread
                for point in points():
                    found.append(point)
        except GivenUp:
            pass
        except BaseException as error:  # whatever it is, SystemExit too: it is shown in words
            words.append(in_words(error))


def in_words(error):
    """An error in one line, with the learner's line that raised it."""
    text = " ".join((str(error) if isinstance(error, NoPoint) else f"{type(error).__name__}: {error}").split())
    own = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(COURSE)]
    where = f" (line {own[-1].lineno}, in {own[-1].name})" if own else ""
    return (text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…") + where


def outcome(found, tolerance):
    """("failed" | "diverged" | "reached" | "under way", step) of a racer's run.

    diverged: at the end the loss is not finite, or more than 100 times the first; since this step. reached: from this
    step on the loss is at most the tolerance, up to the end: to fly past a minimum is not to reach it.
    """
    losses = [float(loss) for loss in found["losses"]]
    high = BLOWN * max(losses[0], tolerance)
    if found["error"]:
        return "failed", found["error"]["step"]
    if not losses[-1] <= high:
        return "diverged", next(k for k, loss in enumerate(losses) if not loss <= high)
    above = [k for k, loss in enumerate(losses) if loss > tolerance]
    there = above[-1] + 1 if above else 0
    return ("reached", there) if there < len(losses) else ("under way", len(losses) - 1)

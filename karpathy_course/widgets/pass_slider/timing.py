"""How long each stage of a graph takes, with the spread: node by node, and compiled. Seconds of this process alone."""

from statistics import median, quantiles
from time import process_time
from timeit import timeit

import numpy as np

from karpathy_course.graph import compile
from karpathy_course.graph.core import evaluated, run

SHORTEST = 0.002  # seconds that one measurement lasts at least
BUDGET = 0.6  # seconds for all of them together, if three rounds can be had for that
MOST_ROUNDS = 11


def times(stages, inputs):
    """For each stage ``{"run": [low, middle, high], "compiled": [...]}``: quartiles in microseconds a call.

    The stages take turns, so that what else the machine does falls on all of them alike. None where a stage cannot
    be run on these inputs.
    """
    jobs = []
    for stage in stages:
        jobs += [_job(lambda graph=stage.graph: run(graph, inputs, evaluated)), _job(_compiled(stage.graph, inputs))]
    with np.errstate(all="ignore"):
        once = [None if job is None else _seconds(job, 1) for job in jobs]
        loops = [0 if first is None else max(1, int(SHORTEST / max(first, 1e-9))) for first in once]
        a_round = sum(first * many for first, many in zip(once, loops) if first is not None)
        rounds = max(3, min(MOST_ROUNDS, int(BUDGET / max(a_round, 1e-9))))
        found = [[] for _ in jobs]
        for _ in range(rounds):
            for seconds, job, many in zip(found, jobs, loops):
                if job is not None:
                    seconds.append(_seconds(job, many) / many * 1e6)
    quartiles = [_quartiles(each) if each else None for each in found]
    return [{"run": quartiles[k], "compiled": quartiles[k + 1]} for k in range(0, len(quartiles), 2)]


def _compiled(graph, inputs):
    function, arguments = compile(graph), graph.takes.build(inputs)
    return lambda: function(*arguments)


def _job(call):
    """The call, if it can be made at all; made once, it is warm too."""
    try:
        with np.errstate(all="ignore"):
            call()
    except (ArithmeticError, RuntimeError, TypeError, ValueError):
        return None
    return call


def _seconds(call, many):
    """CPU seconds of so many calls; the garbage collector is off meanwhile, as timeit has it."""
    return timeit(call, timer=process_time, number=many)


def _quartiles(each):
    low, _, high = quantiles(each, n=4, method="inclusive")
    return [round(number, 3) for number in (low, median(each), high)]

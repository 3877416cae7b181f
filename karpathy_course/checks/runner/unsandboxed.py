"""Answers tried in processes of their own, from source alone, without a sandbox: for the author of an answer.

The learner's own `karpathy-course check`, the trials of mutants and the tests go this way. What strangers wrote is
graded in a sandbox (`grading`), over the same box.
"""

import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

from karpathy_course.checks.runner.box import Box
from karpathy_course.checks.runner.libraries import of


@contextlib.contextmanager
def new_box(libraries):
    """A box that is up, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder, Box(folder, libraries=libraries) as box:
        box.wait_until_ready()
        yield box


def try_answers(trials, workers=1, box_for=new_box):
    """Run each trial ``(exercise, cells, cases)`` in a process of its own; cells: [[name, source], …].

    Returns, in order, ``{"troubles": what went wrong in the cells, "outcomes": an outcome for each case, …}``. A
    trial that dies, hangs or answers nonsense gives each of its cases an outcome that says so; one that died in
    a cell is tried once more with its own answer's cell and those that belong to no exercise. box_for: gives the box
    for some libraries.
    """
    trials = list(trials)
    results = _try_once(trials, workers, box_for)
    again = [i for i, result in enumerate(results) if result["troubles"] is None]
    if again:
        fewer = [(exercise, own_cells(exercise, cells), cases) for exercise, cells, cases in (trials[i] for i in again)]
        for i, result in zip(again, _try_once(fewer, workers, box_for)):
            results[i] = result
    return [result | {"troubles": result["troubles"] or []} for result in results]


def own_cells(exercise, cells):
    """The cells without the other exercises' answers."""
    own = cell_name(exercise.id)
    return [[name, source] for name, source in cells if name == own or not name.startswith("answer-")]


def cell_name(id):
    """``answer-02-1`` for ``02.1``: the id of the cell in which the answer stands."""
    return f"answer-{id.replace('.', '-')}"


def _try_once(trials, workers, box_for):
    size = max(1, -(-len(trials) // workers)) if hasattr(os, "fork") else 1
    chunks = [trials[i : i + size] for i in range(0, len(trials), size)]
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        return [result for results in pool.map(_run_process, chunks, [box_for] * len(chunks)) for result in results]


def _run_process(trials, box_for):
    with box_for(of(exercise for exercise, *_ in trials)) as box:
        for exercise, cells, cases in trials:
            box.send(exercise, cells, cases)
        return [box.take(cases) for _, _, cases in trials]

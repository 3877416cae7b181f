"""Which numbers dropout keeps: drawn at once, or given from outside where a compiled step must not draw.

A graph holds no random numbers, else every run would drop the same ones. So a step that is to be compiled is first
watched (`watched`): which masks does it ask for? They are drawn before each run, by the same generator in the same
order, and handed in (`given`). So the compiled run drops what the eager one would.
"""

import threading
from contextlib import contextmanager

import numpy as np

from karpathy_course.ops.array_library import is_array, namespace
from karpathy_course.tensor.randomness import default_generator


class _Source(threading.local):
    ask = None  # of this thread: what answers instead of the generator


_source = _Source()


def keep_mask(like, p):
    """1/(1 - p) where a number of ``like`` (a Tensor or a stand-in) is kept, 0 with probability p."""
    if _source.ask is not None:
        return _source.ask(like, p)
    mask = drawn(like.shape, p, str(like.dtype).split(".")[-1])
    data = like.data
    return mask if type(data) is np.ndarray or not is_array(data) else namespace(data).asarray(mask, device=data.device)


def drawn(shape, p, dtype):
    """Such a mask from the default generator, an array of NumPy."""
    kept = default_generator().random(shape, dtype=np.float32) >= p
    return kept.astype(dtype) * np.asarray(1 / (1 - p) if p < 1 else 0, dtype)


@contextmanager
def _asking(answer):
    before, _source.ask = _source.ask, answer
    try:
        yield
    finally:
        _source.ask = before


@contextmanager
def watched():
    """Inside, every mask is all ones and nothing is drawn; gives the list of (shape, p, dtype) that was asked for."""
    asked = []

    def answer(like, p):
        asked.append((tuple(like.shape), p, str(like.dtype).split(".")[-1]))
        return np.ones(like.shape, asked[-1][-1])

    with _asking(answer):
        yield asked


def given(masks):
    """Inside, masks are these, one after the other, arrays or a trace's stand-ins."""
    rest = iter(masks)
    return _asking(lambda like, p: next(rest))

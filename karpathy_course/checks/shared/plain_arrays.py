"""Arrays as plain data, and back: how a case describes one, and how a probe tells what a function made of some.

A case holds ``{"shape": [2, 3], "dtype": "float32", "layout": "turned", "numbers": [...]}``, numbers in the order in
which one reads. Layouts are those that a learner's own arrays have: a transposed array lies column by column in memory,
a slice with a step has gaps, a reversed one runs backwards. This file runs beside the learner's code.
"""

import numpy as np

from karpathy_course.checks.runner.plain_data import describe

MOST = 100_000  # numbers of one array that are looked at


def array_of(described):
    """The array that a case describes."""
    whole = np.array(described["numbers"], dtype=described["dtype"]).reshape(described["shape"])
    layout = described.get("layout", "plain")
    if layout == "turned":
        return whole.T.copy().T
    if layout == "with gaps":
        room = np.full((*whole.shape, 2), np.nan if whole.dtype.kind == "f" else 99, dtype=whole.dtype)
        room[..., 0] = whole
        return room[..., 0]
    if layout == "backwards":
        return whole[::-1].copy()[::-1]
    return whole


def answer_of(function, make):
    """What function returns for the arguments that ``make()`` makes anew, what it did to them, and whether twice.

    ``{"parts": the arrays returned, taken apart, "many": whether they came as a list or a tuple, "changed": the places
    of the arguments that are not what they were, "again": whether a second call gave the same}``.
    """
    given, other = make(), make()
    before = [snapshot(thing) for thing in given]
    out = function(*given)
    changed = [place for place, (thing, was) in enumerate(zip(given, before)) if snapshot(thing) != was]
    found = taken(out, [*arrays_in(given)])
    last = function(*other)
    again = taken(last, [*arrays_in(out)])
    same = [part | {"own": True} for part in found["parts"]] == [part | {"own": True} for part in again["parts"]]
    if same and not all(part.get("own", True) for part in again["parts"]):
        found["parts"] = again["parts"]
    return found | {"changed": changed, "again": same}


def taken(out, others):
    many = type(out) in (list, tuple)
    parts, met = [], list(others)
    for thing in list(out)[:100] if many else [out]:
        parts.append(taken_apart(thing, met))
        met += arrays_in([thing])
    return {"parts": parts, "many": many}


def taken_apart(thing, others=()):
    """An array, or a number of NumPy's, as plain data; of anything else what it is.

    own: whether one may write into it without changing one of others, or more than one number of its own.
    """
    if type(thing) is not np.ndarray and not (isinstance(thing, np.generic) and type(thing).__module__ == "numpy"):
        return {"what": describe(thing)}
    if thing.dtype.kind not in "biuf" or thing.size > MOST:
        return {"what": f"an array of {thing.dtype}" if thing.size <= MOST else f"an array of {thing.size:,} numbers"}
    own = type(thing) is not np.ndarray or thing.size == 0
    if not own:
        stretched = any(step == 0 and size > 1 for step, size in zip(thing.strides, thing.shape))
        own = thing.flags.writeable and not stretched and not any(np.may_share_memory(thing, x) for x in others)
    numbers = np.asarray(thing).ravel().tolist()
    return {"dtype": str(thing.dtype), "shape": list(thing.shape), "numbers": [text(x) for x in numbers], "own": own}


def text(number):
    """NaN is not equal to itself, and two calls are to be compared."""
    return "nan" if number != number else number


def arrays_in(things):
    """The arrays among things, and in the lists and tuples among these."""
    found = []
    for thing in things if isinstance(things, (list, tuple)) else [things]:
        if isinstance(thing, np.ndarray):
            found.append(thing)
        elif isinstance(thing, (list, tuple)) and thing:
            found += arrays_in(thing)
    return found


def snapshot(thing):
    """Something that is equal as long as nobody has changed the thing."""
    if isinstance(thing, np.ndarray):
        return thing.shape, str(thing.dtype), thing.tobytes()
    if isinstance(thing, (list, tuple)):
        return type(thing).__name__, [snapshot(part) for part in thing]
    return repr(thing)

"""Large arrays as text: for weights of which a judge needs thousands, where JSON of each number would cost too much.

`packed` runs beside the learner's code, `unpacked` in the judge, which trusts nothing that it gets. A number keeps
7 digits, or 3 where it takes half of the room; what is too large for that becomes the largest number that fits.
"""

import base64
import math

import numpy as np

from karpathy_course.checks.shared.plain_arrays import taken_apart

ROOM = {"f4": 4, "f2": 2}


def packed(array, others=(), kind="f4"):
    """As `taken_apart`, but for the numbers of an array of floats: these are text. kind: "f4", or "f2" for 3 digits."""
    is_array = type(array) is np.ndarray and array.ndim and array.dtype.kind == "f" and np.isfinite(array).all()
    if not is_array or array.size * ROOM[kind] > 145_000:
        return taken_apart(array, others)
    part = taken_apart(array[:0], ()) | {"shape": list(array.shape), "numbers": []}
    own = array.flags.writeable and not any(np.may_share_memory(array, x) for x in others)
    most = np.finfo(kind).max
    raw = np.clip(array, -most, most).astype("<" + kind).tobytes()
    return part | {"own": bool(own), "packed": kind, "bytes": base64.b64encode(raw).decode()}


def unpacked(part):
    """The part with its numbers as a list, or as it came where it holds no such text."""
    if type(part) is not dict or type(part.get("bytes")) is not str or part.get("packed") not in ("f4", "f2"):
        return part
    shape = part.get("shape")
    try:
        raw = base64.b64decode(part["bytes"], validate=True)
    except ValueError:
        return part
    whole = type(shape) is list and len(shape) <= 8 and all(type(n) is int and 0 <= n < 10**6 for n in shape)
    if not whole or len(raw) != math.prod(shape) * ROOM[part["packed"]]:
        return part
    return part | {"array": np.frombuffer(raw, "<" + part["packed"]).reshape(shape).astype("float64")}

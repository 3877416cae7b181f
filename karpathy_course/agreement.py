"""What the operands of one operation must share: a dtype, a library, a device; and the error where they do not.

Asked only when two dtypes differ or a library has refused an operation, so that what fits pays nothing for it.
"""

from karpathy_course.arrays import is_array, library, namespace
from karpathy_course.shapes import ShapeError, result_shape

_OTHER_DTYPE = {"take", "scatter_add", "cross_entropy", "logical_and", "logical_or"}


def agreed(name, a, b):
    """Two operands of one dtype, or TypeError: the course never guesses which dtype was meant."""
    if name in _OTHER_DTYPE or not (is_array(a) and is_array(b)) or a.dtype == b.dtype:
        return [a, b]
    if library(a) == library(b):
        xp = namespace(a)
        if xp.isdtype(a.dtype, "bool"):
            return [xp.astype(a, b.dtype), b]
        if xp.isdtype(b.dtype, "bool"):
            return [a, xp.astype(b, a.dtype)]
    raise TypeError(f"{name}: {_kind(a)} and {_kind(b)}: make them alike first, for example with .to(dtype)")


def _kind(x):
    return f"{library(x)} array of {str(x.dtype).split('.')[-1]} on {x.device}"


def explained(error, name, values, attributes):
    """The error in the course's words where its cause is known, otherwise the library's own."""
    arrays = [x for x in values if is_array(x)]
    for x in values:
        if not is_array(x) and not isinstance(x, (bool, int, float)):
            return TypeError(f"{name}: expected Tensors, arrays or numbers, got {type(x).__name__}: {x!r:.60}")
    if len({(library(x), str(x.device)) for x in arrays}) > 1:
        return TypeError(f"{name}: {' and '.join(map(_kind, arrays))}: bring them to one library and device first")
    try:
        result_shape(name, [tuple(getattr(x, "shape", ())) for x in values], attributes)
    except ShapeError as found:
        return found
    return error

"""What the operands of one operation must share: a dtype, a library, a device; and the error where they do not.

Asked only when two dtypes differ or a library has refused an operation, so that what fits pays nothing for it.
"""

from karpathy_course.ops.array_library import is_array, library, namespace
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.ops.table import OPS, result_shape


def agreed(name, values):
    """The operands in one dtype, or TypeError: the course never guesses which dtype was meant."""
    together = OPS[name].alike
    arrays = [x for x in values[together] if is_array(x)]
    other = next((x for x in arrays if x.dtype != arrays[0].dtype), None)
    if other is None:
        return values
    numbers = [x for x in arrays if str(x.dtype).split(".")[-1] != "bool"]
    same_library = len({library(x) for x in arrays}) == 1
    if not same_library or any(x.dtype != numbers[0].dtype for x in numbers):
        raise TypeError(
            f"{name}: {_kind(arrays[0])} and {_kind(other)}: convert one of them first, for example with .to(dtype)"
        )
    xp, dtype = namespace(numbers[0]), numbers[0].dtype
    values = list(values)
    values[together] = [xp.astype(x, dtype) if is_array(x) and x.dtype != dtype else x for x in values[together]]
    return values


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

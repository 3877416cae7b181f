"""Numbers that change from step to step: plain ones, or in a compiled step inputs of the graph."""


def as_dtype_of(number, array):
    """A rate as it may meet the array: a plain number is taken in the array's dtype anyway, a stand-in is converted."""
    return number.to(array.dtype) if hasattr(number, "recorder") else number

"""The slope of a described function, for code that goes down it, as 07.1 and 07.2 ask for.

This file runs beside the learner's code.
"""

import numpy as np

from karpathy_course.checks.shared.plain_arrays import array_of


def gradient_of(case, asked):
    """A function from a point to the slope there, of its dtype; each point it is asked at is appended to asked.

    Of a plane it hands out one array, the same one each time: whoever writes into it changes the slope. Where the case
    says "reuses_memory", it writes each slope of a bowl into the array that held the last: whoever keeps it without a
    copy finds another slope in it later.
    """
    dtype = case["start"]["dtype"] if case["start"]["dtype"] == "float32" else "float64"
    slope = array_of(case["slope"]).astype(dtype) if "slope" in case else None
    if slope is None:
        hessian, minimum = array_of(case["hessian"]).astype(dtype), array_of(case["minimum"]).astype(dtype)
        buffer = np.empty(minimum.shape, dtype)

    def gradient(x):
        asked.append(np.array(x, dtype="float64").ravel().tolist())
        if len(asked) > 10_000:
            raise RuntimeError("gradient was asked more than 10 000 times")
        if slope is not None:
            return slope
        found = (hessian @ (x - minimum).ravel()).reshape(minimum.shape)
        if not case.get("reuses_memory"):
            return found
        buffer[...] = found
        return buffer

    return gradient

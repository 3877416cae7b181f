"""A learner's own ``unbroadcast(gradient, shape)``, tried on what the copies of an operand receive.

It may be wrong in any way; the loom then goes on, and says what came back and what was expected.
"""

import numpy as np

NEARLY = {"rtol": 1e-6, "atol": 1e-9}  # float32 sums in another order differ by less


def tried(unbroadcast, name, part, expected):
    """(the learner's gradient, None if it has no right shape; one sentence on what is wrong, "" if nothing is)."""
    wanted = f"the gradient of {name} has shape {expected.shape}"
    try:
        given = np.asarray(unbroadcast(np.array(part), expected.shape))
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        return None, f"Your unbroadcast raised {said}; {wanted}."
    if given.dtype.kind not in "fiub":
        return None, f"Your unbroadcast returned no array of numbers; {wanted}."
    if given.shape != expected.shape:
        return None, f"Your unbroadcast returned shape {given.shape}; {wanted}."
    many = int(np.sum(differs(given, expected)))
    verb = "number differs" if many == 1 else "numbers differ"
    return given, f"Your unbroadcast is wrong here: {many} {verb} from the sums of the copies." if many else ""


def differs(given, expected):
    return ~np.isclose(given, expected, equal_nan=True, **NEARLY)

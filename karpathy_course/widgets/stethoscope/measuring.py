"""What is told of a layer: how large its numbers are, how they lie, and whether it still lives.

Sizes are computed so that no square overflows or vanishes: a float64 of 1e200 has an honest RMS. A number that is inf
or nan is counted as lost, an exact zero as zero; neither has a place on a logarithmic axis.
"""

import numpy as np

BINS = 20  # of the sizes, on a logarithmic axis
BARS = 17  # of the values, from -reach to reach; odd, so that 0 is in the middle of one
LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"  # a bin's share of the fullest bin: 0 empty, z the fullest
LEAST_SPAN = 4  # decades
DEAD, SATURATED, LIMIT = 0.9, 0.5, 0.03 / 2
FACTOR = 1000.0


def rms(array):
    """The root of the mean square; inf or nan where a number is. 0 for no numbers."""
    array = np.asarray(array, "float64")
    largest = np.abs(array).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    return float(largest * np.sqrt(np.mean((array / largest) ** 2)))


def sizes(arrays):
    """What both strips need of a list of arrays: rms, zero and lost, one a layer; low, high, bins; reach, bars.

    low, high: decades that the bins span. bins, bars: a string a layer. reach: the largest finite size of a layer.
    """
    arrays = [np.asarray(a, "float64").reshape(-1) for a in arrays]
    finite = [a[np.isfinite(a)] for a in arrays]
    logs = [np.log10(np.abs(a[a != 0])) for a in finite]
    some = [log for log in logs if len(log)]
    low, high = (min(a.min() for a in some), max(a.max() for a in some)) if some else (-1.0, 1.0)
    low, high = _span(low, high)
    reach = [float(np.abs(a).max(initial=0.0)) for a in finite]
    return {
        "rms": [rms(a) for a in arrays],
        "zero": [float(np.mean(a == 0)) for a in arrays],
        "lost": [float(np.mean(~np.isfinite(a))) for a in arrays],
        "low": low,
        "high": high,
        "bins": [levels(np.histogram(log, bins=BINS, range=(low, high))[0]) for log in logs],
        "reach": reach,
        "bars": [levels(np.histogram(a / (r or 1), bins=BARS, range=(-1, 1))[0]) for a, r in zip(finite, reach)],
    }


def _span(low, high):
    """Whole decades around low and high, at least LEAST_SPAN of them."""
    low, high = int(np.floor(low)), int(np.ceil(high))
    lacking = max(0, LEAST_SPAN - (high - low))
    return low - (lacking + 1) // 2, high + lacking // 2


def levels(counts):
    """Counts as one letter each, from none to the fullest; what is there at all is never drawn as nothing."""
    most = max(1, int(counts.max(initial=0)))
    steps = np.maximum(np.rint(counts / most * (len(LEVELS) - 1)).astype(int), counts > 0)
    return "".join(LEVELS[k] for k in steps)


def dead_share(activations):
    """The share of units that are 0 for every row. activations: (rows, …, units)."""
    return float(np.mean(np.all(activations.reshape(-1, activations.shape[-1]) == 0, axis=0)))


def limits(function):
    """(lowest, highest) of an activation that is bounded on both sides, else None."""
    ends = np.array([-2000.0, -1000.0, 1000.0, 2000.0])
    found = function(ends)
    lowest, highest = found[0], found[3]
    flat = found[0] == found[1] and found[2] == found[3] and np.isfinite(found).all()
    return (float(min(lowest, highest)), float(max(lowest, highest))) if flat and lowest != highest else None


def saturated_share(activations, bounds):
    """The share of values within 1.5 % of the span from a limit: for tanh those beyond ±0.97. None without limits."""
    if bounds is None:
        return None
    low, high = bounds
    near = LIMIT * (high - low)
    return float(np.mean((activations < low + near) | (activations > high - near)))

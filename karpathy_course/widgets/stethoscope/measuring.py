"""What is told of a layer: how large its numbers are, how they lie, and whether it still lives.

Sizes are computed so that no square overflows or vanishes: a float64 of 1e200 has an honest RMS. A number that is inf
or nan is counted as lost, an exact zero as zero; neither has a place on a logarithmic axis.
"""

import numpy as np

BINS = 24  # of the sizes, on a logarithmic axis
BARS = 15  # of the values, from -reach to reach; odd, so that 0 is in the middle of one
LEAST_SPAN = 4  # decades of the axis
SMALLEST = 0.02  # this share of a layer's numbers, the smallest, does not lengthen the axis
DEAD, SATURATED, FACTOR = 0.9, 0.5, 1000.0
LIMIT = 0.015  # of the span between an activation's limits


def rms(array):
    """The root of the mean square; inf or nan where a number is. 0 for no numbers."""
    array = np.asarray(array, "float64")
    largest = np.abs(array).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    return float(largest * np.sqrt(np.mean((array / largest) ** 2)))


def sizes(arrays):
    """What a lane of the strip needs of a list of arrays, one a layer.

    Returns {"rms", "zero", "lost": the shares of 0 and of inf and nan, "reach": the largest finite size: a list, a
    number a layer; "low", "high": the axis in powers of ten; "bins", "bars": counts, (layers, BINS) by size, what is
    below the axis in the lowest, and (layers, BARS) by value from -reach to reach}.
    """
    arrays = [np.asarray(a, "float64").reshape(-1) for a in arrays]
    finite = [a[np.isfinite(a)] for a in arrays]
    logs = [np.log10(np.abs(a[a != 0])) for a in finite]
    low, high = _axis([log for log in logs if len(log)])
    reach = [float(np.abs(a).max(initial=0.0)) for a in finite]
    return {
        "rms": [rms(a) for a in arrays],
        "zero": [float(np.mean(a == 0)) for a in arrays],
        "lost": [1 - len(kept) / len(a) for kept, a in zip(finite, arrays)],
        "low": low,
        "high": high,
        "bins": np.array([_counted((log - low) / (high - low), BINS) for log in logs]),
        "reach": reach,
        "bars": np.array([_counted((a / (r or 1) + 1) / 2, BARS) for a, r in zip(finite, reach)]),
    }


def _axis(logs):
    """Whole powers of ten around all sizes but each layer's smallest, LEAST_SPAN at least."""
    if not logs:
        return -2, 2
    low = min(np.partition(log, k)[k] for log in logs for k in [int(SMALLEST * len(log))])
    low, high = int(np.floor(low)), int(np.ceil(max(log.max() for log in logs)))
    lacking = max(0, LEAST_SPAN - (high - low))
    return low - (lacking + 1) // 2, high + lacking // 2


def _counted(places, count):
    """How many places, 0 to 1, are in each of count parts; what lies outside is counted in the part nearest to it."""
    return np.bincount(np.clip((places * count).astype(int), 0, count - 1), minlength=count)


def dead_share(activations):
    """The share of units that are 0 for every row. activations: (rows, …, units)."""
    return float(np.mean(np.all(activations.reshape(-1, activations.shape[-1]) == 0, axis=0)))


def limits(function):
    """(lowest, highest) of an activation that is bounded on both sides, else None."""
    found = function(np.array([-2000.0, -1000.0, 1000.0, 2000.0]))
    flat = found[0] == found[1] and found[2] == found[3] and np.isfinite(found).all()
    return (float(min(found)), float(max(found))) if flat and found[0] != found[3] else None


def saturated_share(activations, bounds):
    """The share of values within 1.5 % of the span from a limit: for tanh those beyond ±0.97. None without limits."""
    if bounds is None:
        return None
    low, high = bounds
    near = LIMIT * (high - low)
    return float(np.mean((activations < low + near) | (activations > high - near)))


def fate(size, start, lost, dead, saturated):
    """The word for what has become of a layer, "" if it lives. start: RMS of the input."""
    of_size = fate_of_size(size, start, lost)
    if of_size != "exploded" and dead >= DEAD:
        return "dead"
    return of_size or ("saturated" if saturated is not None and saturated >= SATURATED else "")


def fate_of_size(size, reference, lost):
    """How a size compares with the one that it should keep; with none where that is not finite."""
    if lost > 0 or not np.isfinite(size) or size > FACTOR * reference:
        return "exploded"
    return "vanished" if size == 0 or (np.isfinite(reference) and size < reference / FACTOR) else ""

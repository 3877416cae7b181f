"""A curve of any length in a bounded number of bins, from which no peak is lost.

A bin keeps the least, the largest and the mean of what fell into it. When there would be too many bins, neighbours are
merged and each is twice as wide. So a curve of a million steps is as small as one of a thousand.
"""

from math import inf, isfinite

from karpathy_course.widgets.learner_graph.labels import plain


class ThinnedCurve:
    """Numbers at places 0, 1, 2, …, added in order; places may be left out.

    most: how many bins there are at most. width: how many places one bin holds.
    """

    def __init__(self, most):
        self.most, self.width, self.changed = most, 1, 0
        self._bins = []  # [least, largest, sum, how many, the last one that was not finite or None], or None

    def add(self, place, value):
        while place // self.width >= self.most:
            self._widen()
        k = place // self.width
        self._bins += [None] * (k + 1 - len(self._bins))
        found = self._bins[k] = self._bins[k] or [inf, -inf, 0.0, 0, None]
        if isfinite(value):
            found[0], found[1] = min(found[0], value), max(found[1], value)
            found[2] += value
            found[3] += 1
        else:
            found[4] = value
        self.changed = min(self.changed, k)

    def _widen(self):
        if len(self._bins) % 2:
            self._bins.append(None)
        self._bins = [_merged(*pair) for pair in zip(self._bins[::2], self._bins[1::2])]
        self.width, self.changed = 2 * self.width, 0

    def bins(self, start=0):
        """The bins from ``start`` on, as JSON: null, one number, [least, largest, mean], or [… , "nan"] with what was
        not finite; then the three are null if nothing was.
        """
        return [_plain(found) for found in self._bins[start:]]

    def whole(self):
        return {"width": self.width, "from": 0, "bins": self.bins()}

    def news(self):
        """What has changed since it was last asked for: as `whole`, from the first bin that changed."""
        start, self.changed = self.changed, len(self._bins)
        return {"width": self.width, "from": start, "bins": self.bins(start)}


def _merged(one, other):
    if one is None or other is None:
        return one or other
    odd = one[4] if other[4] is None else other[4]
    return [min(one[0], other[0]), max(one[1], other[1]), one[2] + other[2], one[3] + other[3], odd]


def _plain(found):
    if found is None:
        return None
    least, largest, total, count, odd = found
    three = [short(least), short(largest), short(total / count)] if count else [None] * 3
    if odd is not None:
        return [*three, plain(odd)]
    return three[0] if least == largest else three


def short(number):
    """Nine digits, which tell any two float32 apart, and are half as long as a double's."""
    return float(f"{number:.9g}")

"""What has reached one node so far, on the way back: added up at once, so that nothing waits for the end.

A parameter that is used in a hundred steps gets a hundred gradients. Kept until the last has come they take a
hundred times its memory; added on arrival they take it once, and the sum is the same bits.
"""

import numpy as np

from karpathy_course.graph.traced_value import Traced


class Arrived:
    """The sum of the gradients that reach a node.

    Slices of a vector are kept apart by where they lie, each one a sum of its own: where none overlap they are
    laid side by side in the end, instead of adding up whole vectors that are zero almost everywhere.
    """

    def __init__(self, F):
        self.F, self.sum, self.slices, self.like = F, None, {}, None

    def add(self, part):
        if self.sum is None and (found := _slice(part)) is not None:
            place, piece = found
            piece = piece if piece.shape else self.F.reshape(piece, shape=(1,))
            self.slices[place] = self.slices[place] + piece if place in self.slices else piece
            self.like = part
        else:
            self.sum = part if (before := self._flat()) is None else before + part

    def total(self):
        if self.sum is None and len(self.slices) > 1 and (whole := self._side_by_side()) is not None:
            return whole
        self.sum = self._flat()
        return self.sum

    def _flat(self):
        """All as one vector, from the first slice that came to the last."""
        if self.sum is not None or not self.slices:
            return self.sum
        total = None
        for (start, stop), piece in self.slices.items():
            whole = self.F.put(piece, index=(slice(start, stop), ...), shape=self.like.shape)
            total = whole if total is None else total + whole
        self.slices = {}
        return total

    def _side_by_side(self):
        """The slices laid out in one vector with zeros between; None where they overlap."""
        summed, end, size = [], 0, self.like.shape[0]
        for (start, stop), piece in sorted(self.slices.items(), key=lambda item: item[0]):
            if start < end:
                return None
            summed += [_zeros(piece, start - end)] * (start > end)
            summed.append(piece)
            end = stop
        summed += [_zeros(self.like, size - end)] * (size > end)
        return self.F.concat(*summed, axis=0)


def _slice(part):
    """((start, stop), the piece) of a `put` of neighbours into a vector, otherwise None."""
    op, inputs, attributes = part.recorder.code[part.place]
    index = dict(attributes)["index"] if op == "put" and len(part.shape) == 1 else None
    if index is None or len(index) != 2 or not isinstance(index[0], (int, slice)):
        return None
    at = index[0] if isinstance(index[0], slice) else slice(index[0] % part.shape[0], index[0] % part.shape[0] + 1)
    start, stop, step = at.indices(part.shape[0])
    return ((start, stop), Traced(part.recorder, inputs[0], None)) if step == 1 else None


def _zeros(like, size):
    return Traced(like.recorder, like.recorder.constant(np.zeros(size, like.dtype)), None)

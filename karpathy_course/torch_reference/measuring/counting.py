"""How much work a convolution is: FLOPs and bytes, by formula, before anything is measured.

Two operations for each multiply-and-add; each array read or written once, which is the least that must be moved
(Williams, Waterman and Patterson 2009 divide the one by the other: the arithmetic intensity). float32: 4 bytes.
"""

from dataclasses import dataclass, replace
from math import isqrt, prod

import numpy as np

PASSES = ("forward", "backward")


@dataclass(frozen=True)
class Convolution:
    """batch images of size × size outputs' pixels, made by kernel × kernel windows without padding, at stride 1."""

    batch: int
    channels: int
    outputs: int
    size: int
    kernel: int

    @property
    def label(self):
        return f"{self.channels} → {self.outputs}, {self.kernel}×{self.kernel}, {self.size}×{self.size}"

    @property
    def shapes(self):
        """The shapes of x, of the weight, and of y."""
        side = self.size + self.kernel - 1
        return (
            (self.batch, self.channels, side, side),
            (self.outputs, self.channels, self.kernel, self.kernel),
            (self.batch, self.outputs, self.size, self.size),
        )

    def flops(self, which):
        """Backward makes two such sums: one for the images' gradient, one for the weight's."""
        _, weight, y = self.shapes
        return {"forward": 2, "backward": 4}[which] * prod(y) * prod(weight[1:])

    def bytes(self, which):
        """Forward reads x and the weight and writes y; backward reads x, the weight and g, and writes two gradients."""
        x, weight, y = map(prod, self.shapes)
        return 4 * (x + weight + y if which == "forward" else 2 * x + 2 * weight + y)

    def part(self, most):
        """The same with at most so many multiply-adds: fewer images, then fewer outputs, then fewer pixels."""
        window, pixels = self.channels * self.kernel**2, self.size**2
        if most >= window * pixels * self.outputs:
            return replace(self, batch=min(self.batch, most // (window * pixels * self.outputs)))
        if most >= window * pixels:
            return replace(self, batch=1, outputs=most // (window * pixels))
        return replace(self, batch=1, outputs=1, size=max(1, min(self.size, isqrt(most // window))))

    def arrays(self):
        """x, weight and g, drawn from a fixed seed."""
        draw = np.random.default_rng(0)
        return [draw.standard_normal(shape, dtype="float32") for shape in self.shapes]


# From one that has to read and write much for each operation to one that uses every number hundreds of times.
CONVOLUTIONS = (
    Convolution(batch=64, channels=8, outputs=8, size=28, kernel=1),
    Convolution(batch=64, channels=1, outputs=8, size=28, kernel=3),
    Convolution(batch=64, channels=16, outputs=32, size=8, kernel=3),
    Convolution(batch=16, channels=64, outputs=64, size=16, kernel=3),
)

"""What a driver can look at: an object with a ``space`` and a call that takes the world and gives one row for each car.

A camera is another such object. It reads the world's public arrays (``state``, ``grip``, ``track``, ``tracks``) and
returns an array of shape (cars, *space.shape), of the world's library.
"""

import numpy as np
from gymnasium import spaces

# No car can leave these bounds: a decision of 0.2 s at 18 m/s carries it 3.6 m over the edge, and turns it by 1.1 rad.
# The speed has a slack for float32's rounding.
LOW = np.array([-0.81, -6, -2, -1.5, *[-12 / 8.9] * 6])
HIGH = np.array([1.01, 6, 2, 1.5, *[12 / 8.9] * 6])


class RoadObserver:
    """The ten numbers of ``physics.observation``: speed, heading, offset, grip, and the curvature at six distances."""

    def __init__(self, dtype="float32"):
        self.space = spaces.Box(LOW.astype(dtype), HIGH.astype(dtype), dtype=np.dtype(dtype).type)

    def __call__(self, world):
        return world.observe()


def checked(observer, dtype):
    """The observer, or a RoadObserver for None. Raises TypeError for what cannot observe."""
    observer = RoadObserver(dtype) if observer is None else observer
    if not callable(observer) or not isinstance(getattr(observer, "space", None), spaces.Space):
        raise TypeError(
            "observe: expected an object with a `space` of gymnasium that can be called with the world, "
            f"got {observer!r:.60}"
        )
    return observer


def seen(observer, world, shape):
    """The observer's rows for all cars. Raises ValueError where their shape is not what its space says."""
    rows = observer(world)
    found, expected = tuple(getattr(rows, "shape", ())), (world.cars, *shape)
    if found != expected:
        raise ValueError(f"observe: the observer returned an array of shape {found}, its space needs {expected}")
    return rows

"""Steps as JSON for the page, small: arrays as base64 of their own bytes, so that the page has Python's very numbers.

What the page can compute exactly from other numbers is left out: what ReLU and max-pool return.
"""

import base64

import numpy as np

MOST_BYTES = 240_000


def packed(array, dtype):
    """Base64 of an array's numbers, row by row, little-endian, in dtype ("float32" or "float64")."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(dtype).newbyteorder("<")).tobytes()).decode("ascii")


def as_json(step, before, dtype):
    """One step as plain data. before: (channels, height, width) of what it is given."""
    kind = "relu" if step.kind == "each" and _is_relu(step) else step.kind
    found = {"kind": kind, "name": step.name, "title": step.title, "shape": list(step.y.shape)}
    facts = step.facts
    if not (kind == "relu" or kind == "max"):
        found["out"] = packed(step.y, dtype)
    if kind == "each":
        slope = facts["slope"][0]
        constant = (slope == slope[:, :1, :1]).all()  # a BatchNorm: one slope a channel
        found["slope"] = packed(slope[:, 0, 0] if constant else slope, dtype)
    if kind in ("conv", "rest"):
        found["weight"] = packed(facts["weight"], dtype)
        found["bias"] = None if facts["bias"] is None else packed(facts["bias"], dtype)
    if kind in ("conv", "max", "mean"):
        found |= {name: list(facts[name]) for name in ("kernel", "stride", "padding", "dilation")}
    if kind == "conv":
        found["groups"] = facts["groups"]
    if kind == "mean":
        found["divisor"] = facts["divisor"]
    if kind == "rest":
        found |= {"kernel": list(before[1:]), "names": facts["names"]}
    return found


def _is_relu(step):
    return step.facts["named"] == "ReLU"


def fitting(steps, rest_of, image, dtype):
    """(steps, their JSON, how many are left out): the first that fit into MOST_BYTES, with the rest after them.

    rest_of(k): [the Step that all after the first k are], or [] where there is none.
    """
    shapes = [image.shape[1:], *(step.y.shape for step in steps)]
    written = [as_json(step, before, dtype) for step, before in zip(steps, shapes)]
    sizes = np.cumsum([len(packed(image, dtype)) + 1000, *(_bytes(one) for one in written)])
    most = int((sizes <= MOST_BYTES).sum()) - 1
    if most == len(steps):
        return steps, written, 0
    for count in range(most, 0, -1):
        for rest in rest_of(count):
            one = as_json(rest, shapes[count], dtype)
            if sizes[count] + _bytes(one) <= MOST_BYTES:
                return [*steps[:count], rest], [*written[:count], one], 0
    return steps[: max(most, 0)], written[: max(most, 0)], len(steps) - max(most, 0)


def _bytes(one):
    return sum(len(part) for part in one.values() if isinstance(part, str)) + 300

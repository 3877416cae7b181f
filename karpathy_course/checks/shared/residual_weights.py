"""The names, shapes and drawn numbers of a ResNet-18: what a probe puts into one and a judge computes with."""

import numpy as np

STAGES = (1, 2, 4, 8)  # times the width


def shapes_of(width, classes):
    """``{name: shape}`` of all that such a network holds, under torchvision's names."""
    found = {"conv1.weight": (width, 3, 7, 7), **norm("bn1", width)}
    before = width
    for stage, times in enumerate(STAGES, 1):
        after = times * width
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            found[f"{name}.conv1.weight"] = (after, before, 3, 3)
            found |= norm(f"{name}.bn1", after)
            found[f"{name}.conv2.weight"] = (after, after, 3, 3)
            found |= norm(f"{name}.bn2", after)
            if block == 0 and stage > 1:
                found[f"{name}.downsample.0.weight"] = (after, before, 1, 1)
                found |= norm(f"{name}.downsample.1", after)
            before = after
    return found | {"fc.weight": (classes, before), "fc.bias": (classes,)}


def norm(name, features):
    learnt = {f"{name}.{part}": (features,) for part in ("weight", "bias", "running_mean", "running_var")}
    return learnt | {f"{name}.num_batches_tracked": ()}


def numbers_of(width, classes, seed):
    """Drawn float64 numbers for each name, of a size that keeps what goes through the network alive."""
    rng, found = np.random.default_rng(seed), {}
    for name, shape in shapes_of(width, classes).items():
        if name.endswith("num_batches_tracked"):
            found[name] = np.array(0)
        elif name.endswith("running_var"):
            found[name] = rng.uniform(0.5, 2, shape)
        elif len(shape) == 4:
            found[name] = rng.normal(0, (2 / (shape[1] * shape[2] * shape[3])) ** 0.5, shape)
        else:
            found[name] = rng.normal(1 if name.endswith("weight") and len(shape) == 1 else 0, 0.5, shape)
    return found

"""What the judges of lecture 09 take for right, held to PyTorch, to impulses, and to the course's own layers."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from karpathy_course.checks import find
from karpathy_course.checks.lecture05.array_answers import exact
from karpathy_course.checks.lecture09 import exercise_1_conv2d as forwards
from karpathy_course.checks.lecture09 import exercise_2_gradients as backwards
from karpathy_course.checks.lecture09 import exercise_3_columns as columns
from karpathy_course.checks.lecture09 import exercise_4_max_pool as pool
from karpathy_course.checks.lecture09 import exercise_5_receptive_field as field
from karpathy_course.checks.lecture09 import ten_layers
from karpathy_course.checks.lecture09.windows import exactly, how_of, pair

SEEDS = range(4)


def cases(id, *properties):
    """The cases of two draws, but for those of batches without pictures, which PyTorch does not fold or pool."""
    for seed in SEEDS:
        for case in find(id).cases(random.Random(seed)):
            if not properties or case["property"] in properties:
                yield case


def tensors(*arrays):
    return [None if array is None else torch.tensor(array.copy(), requires_grad=True) for array in arrays]


def close(ours, theirs):
    return np.allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_a_convolution_is_that_of_pytorch_over_more_than_forty_combinations():
    met = set()
    for case in cases("09.1", *(name for name in find("09.1").properties if name != forwards.REFUSED)):
        x, weight, bias = exactly(case, "x", "weight", "bias")
        how = how_of(case)
        assert close(forwards.right(x, weight, bias, how), F.conv2d(*tensors(x, weight, bias), **how))
        met.add((weight.shape[2:], *how.values()))
    assert len(met) >= 40
    assert {groups for *_, groups in met} > {1, 2, 3}


def test_what_a_convolution_refuses_pytorch_refuses_too():
    for case in cases("09.1", forwards.REFUSED):
        with pytest.raises(RuntimeError):
            F.conv2d(*tensors(*exactly(case, "x", "weight", "bias")), **how_of(case))


def test_the_gradients_of_a_convolution_are_those_of_pytorch():
    for case in cases("09.2"):
        x, weight, gradient = exactly(case, "x", "weight", "gradient")
        how, bias = how_of(case), np.zeros(len(weight))
        theirs = tensors(x, weight, bias)
        F.conv2d(*theirs, **how).backward(torch.tensor(gradient))
        for ours, tensor in zip(backwards.right(x, weight, gradient, how), theirs):
            assert close(ours, tensor.grad)


def test_windows_as_columns_and_back_are_unfold_and_fold():
    for case in cases("09.3"):
        how, kernel, size = how_of(case), pair(case["kernel"]), tuple(case["size"])
        options = {name: how[name] for name in columns.OPTIONS}
        if "x" in case and case["x"]["shape"][0]:
            x = exact(case["x"])
            assert close(columns.columns_right(x, kernel, how), F.unfold(torch.tensor(x), kernel, **options))
        if "columns" in case and case["columns"]["shape"][0]:
            y = exact(case["columns"])
            theirs = F.fold(torch.tensor(y), size, kernel, **options)
            assert close(columns.picture_right(y, size, kernel, how), theirs)


def test_at_a_tie_the_gradient_of_a_pool_goes_where_pytorch_sends_it():
    for case in cases("09.4"):
        how, x = pool.how_of(case), exact(case["x"])
        if not len(x):
            continue
        options = {"kernel_size": how["kernel"], "stride": how["stride"], "padding": how["padding"]}
        (theirs,) = tensors(x)
        out = F.max_pool2d(theirs, **options)
        assert close(pool.pooled(x, how), out)
        if "gradient" in case:
            gradient = exact(case["gradient"])
            out.backward(torch.tensor(gradient))
            assert close(pool.pooled_back(x, gradient, how), theirs.grad)


def test_bright_pixels_show_the_receptive_field_of_the_recurrence():
    rng = random.Random(0)
    for _ in range(60):
        layers = [field.layer(rng) for _ in range(rng.randrange(4))]
        assert field.fields_right(layers) == field.right_by_formula(layers), layers


def test_a_size_found_with_bright_pixels_is_that_of_pytorch():
    for case in cases("09.5", field.SIZES, field.TOO_LARGE):
        x, right = torch.zeros(1, 1, case["size"]), field.sizes_right(case["size"], case["layers"])
        try:
            for kernel, stride, padding, dilation in case["layers"]:
                x = F.conv1d(x, torch.zeros(1, 1, kernel), None, stride, padding, dilation)
        except RuntimeError:
            x = None
        assert right == (None if x is None else x.shape[2])


def predicted(layer, rows, by):
    """The word for a layer on pictures of 16 x 16 pixels that are moved down by rows, the result by one of these."""
    x = np.random.default_rng(0).normal(size=(1, 1, 16, 16))
    numpy = lambda x: layer(torch.tensor(x)).numpy()
    shares = []
    for moved in by:
        one, other = numpy(np.roll(x, rows, axis=2)), np.roll(numpy(x), moved, axis=2)
        shares.append((abs(one - other) <= 1e-9).all(axis=(0, 1, 3)).mean())
    share = max(shares)
    return "everywhere" if share == 1 else "inside" if share > 0.5 else "nowhere" if share == 0 else share


def test_the_ten_predictions_are_what_the_layers_do():
    weight = torch.tensor(np.random.default_rng(1).normal(size=(1, 1, 3, 3)))
    factors = torch.tensor(np.random.default_rng(2).normal(size=(16, 16)))
    wrap = lambda x: F.pad(x, (1, 1, 1, 1), mode="circular")
    layers = {
        "A": (lambda x: F.conv2d(x, weight), 1, [1]),
        "B": (lambda x: F.conv2d(x, weight, padding=1), 1, [1]),
        "C": (lambda x: F.conv2d(wrap(x), weight), 1, [1]),
        "D": (F.relu, 1, [1]),
        "E": (lambda x: F.conv2d(wrap(x), weight, stride=2), 1, [0, 1]),
        "F": (lambda x: F.conv2d(x, weight, stride=2, padding=1), 2, [1]),
        "G": (lambda x: F.max_pool2d(x, 2), 1, [0, 1]),
        "H": (lambda x: F.max_pool2d(x, 2), 2, [1]),
        "I": (lambda x: x * factors, 1, [1]),
        "J": (lambda x: x - x.mean(), 1, [1]),
    }
    found = {letter: predicted(*each) for letter, each in layers.items()}
    assert len(ten_layers.WORDS) ** len(found) >= 1000, "guessing all right"
    for seed in range(200):
        assert ten_layers.measured(seed) == found

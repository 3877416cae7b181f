"""Convolutions and pools beside PyTorch's, at every size of window, in all the ways that an operation is used."""

import itertools

import array_api_strict
import numpy as np
import pytest
import torch

from karpathy_course import nn
from karpathy_course.graph import batch, compile, jvp, merge_common, simplify, trace
from karpathy_course.graph import grad as graph_grad
from karpathy_course.ops import evaluate
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor, grad, gradcheck

F = nn.functional
ZEROS = lambda *shape, dtype="float32": np.zeros(shape, dtype)
# (kernel), stride, (padding), dilation, groups, outputs: rectangular in one thing or another, never square in all.
KERNELS = ((1, 1), (2, 3), (3, 2), (1, 4), (5, 3))
STRIDES = ((1, 1), (2, 1), (3, 2))
OTHERS = (((0, 0), (1, 1), 1, 4), ((1, 2), (1, 1), 2, 6), ((3, 0), (1, 2), 1, 8), ((2, 4), (2, 1), 4, 4))
COMBINATIONS = [(k, s, *others) for k, s, others in itertools.product(KERNELS, STRIDES, OTHERS)]


def setting(combination):
    """(images, weight, options of F.conv2d) of a combination: 4 channels, 9 × 8 pixels."""
    kernel, stride, padding, dilation, groups, outputs = combination
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(2, 4, 9, 8)), rng.normal(size=(outputs, 4 // groups, *kernel))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def close(found, expected, tolerance=1e-12):
    found, expected = np.asarray(found), np.asarray(expected.detach())
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max(initial=0)))


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_conv2d_and_its_first_and_second_gradients_equal_torchs(combination):
    x, w, how = setting(combination)
    ours, theirs = (Tensor(x, True), Tensor(w, True)), (torch.tensor(x), torch.tensor(w))
    theirs = [t.requires_grad_() for t in theirs]
    out, expected = F.conv2d(*ours, **how), torch.nn.functional.conv2d(*theirs, **how)
    close(out.data, expected)
    rng = np.random.default_rng(2)
    g, u, v = rng.normal(size=out.shape), rng.normal(size=x.shape), rng.normal(size=w.shape)
    first = grad(out, ours, g, create_graph=True)
    reference = torch.autograd.grad(expected, theirs, torch.tensor(g), create_graph=True)
    for d, e in zip(first, reference):
        close(d.data, e)
    slope = (first[0] * u).sum() + (first[1] * v).sum()
    expected_slope = (reference[0] * torch.tensor(u)).sum() + (reference[1] * torch.tensor(v)).sum()
    for d, e in zip(grad(slope, ours), torch.autograd.grad(expected_slope, theirs)):
        close(d.data, e)


@pytest.mark.parametrize("combination", COMBINATIONS[::3], ids=str)
def test_each_gradient_row_is_the_transpose_of_the_convolution(combination):
    x, w, how = setting(combination)
    y = evaluate("conv2d", x, w, **how)
    g = np.random.default_rng(3).normal(size=y.shape)
    product = (y * g).sum()
    assert (x * evaluate("conv2d_input", g, w, size=(9, 8), **how)).sum() == pytest.approx(product, rel=1e-11)
    assert (w * evaluate("conv2d_weight", x, g, kernel=w.shape[2:], **how)).sum() == pytest.approx(product, rel=1e-11)


def test_a_convolution_is_what_its_definition_says():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(4, 3, 2, 3))
    expected = np.zeros((2, 4, 4, 4))
    for n, o, r, s, c, i, j in itertools.product(*map(range, (2, 4, 4, 4, 3, 2, 3))):
        expected[n, o, r, s] += w[o, c, i, j] * x[n, c, r + i, s + j]
    np.testing.assert_allclose(F.conv2d(x, w).data, expected, atol=1e-13)


MODELS = {
    "conv": lambda x, w: F.conv2d(x, w, None, (2, 1), (1, 0), (1, 2), 2),
    "narrow": lambda x, w: F.conv2d(x[:, :2], w, padding=1),
    "max": lambda x, w: F.max_pool2d(F.conv2d(x, w, groups=2), (2, 3), (1, 2), (1, 1)),
    "avg": lambda x, w: F.avg_pool2d(F.conv2d(x, w, groups=2), (2, 3), (1, 2), (1, 0), count_include_pad=False),
    "adaptive": lambda x, w: F.adaptive_avg_pool2d(F.conv2d(x, w, groups=2), (2, 3)),
    "lines": lambda x, w: F.max_pool1d(F.conv1d(x[:, :, 0], w[:, :, 0], None, 2, 1, 1, 2), 2, 1),
}


def arrays():
    rng = np.random.default_rng(5)
    return rng.normal(size=(2, 4, 6, 7)), rng.normal(size=(6, 2, 2, 3))


def loss(name):
    return lambda x, w: (MODELS[name](x, w).square()).sum()


@pytest.mark.parametrize("name", MODELS)
def test_traced_compiled_differentiated_and_along_a_direction_it_is_what_the_tape_says(name):
    x, w = arrays()
    eager = Tensor(x, True), Tensor(w, True)
    value = loss(name)(*eager)
    expected = [value.data, *(d.data for d in grad(value, eager))]
    graph = trace(loss(name), x, w)
    for program in (graph_grad(graph), compile(merge_common(simplify(graph_grad(graph))))):
        for found, wanted in zip(program(x, w), expected):
            np.testing.assert_allclose(found, wanted, atol=1e-10)
    rng = np.random.default_rng(6)
    t, u = rng.normal(size=x.shape), rng.normal(size=w.shape)
    along = jvp(graph)(x, w, t, u)[1]
    assert float(along) == pytest.approx((expected[1] * t).sum() + (expected[2] * u).sum(), rel=1e-9)


@pytest.mark.parametrize("lifted", [("x",), ("w",), ("x", "w")], ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_a_batch_of_images_of_weights_or_of_both_is_each_of_them_alone(name, lifted):
    x, w = arrays()
    size, rng = 3, np.random.default_rng(7)
    xs = rng.normal(size=(size, *x.shape)) if "x" in lifted else x
    ws = rng.normal(size=(size, *w.shape)) if "w" in lifted else w
    graph = graph_grad(trace(loss(name), x, w))
    found = compile(batch(graph, lifted, size))(xs, ws)
    for k in range(size):
        alone = graph(xs[k] if "x" in lifted else x, ws[k] if "w" in lifted else w)
        for a, b in zip(found, alone):
            np.testing.assert_allclose(a[k], b, atol=1e-10)


@pytest.mark.parametrize("library", ["torch", "strict"])
@pytest.mark.parametrize("name", MODELS)
def test_torchs_and_the_standards_arrays_give_what_numpys_give(name, library):
    make = torch.tensor if library == "torch" else array_api_strict.asarray
    expected = [Tensor(a, True) for a in arrays()]
    loss(name)(*expected).backward()
    found = [Tensor(make(a), True) for a in arrays()]
    loss(name)(*found).backward()
    for a, b in zip(found, expected):
        np.testing.assert_allclose(np.asarray(a.grad), b.grad, atol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_what_nudging_shows(name):
    assert gradcheck(MODELS[name], [Tensor(a, True) for a in arrays()])


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(2, None, 0, 1), ((3, 2), (1, 2), (1, 1), 1), (3, 1, 1, 1), ((2, 3), 3, 0, (2, 1)), (1, 2, 0, 1)],
)
def test_max_pools_equal_torchs_and_of_equal_pixels_the_first_gets_the_gradient(kernel, stride, padding, dilation):
    rng = np.random.default_rng(8)
    for x in (rng.normal(size=(2, 3, 7, 8)), rng.integers(0, 2, size=(2, 3, 7, 8)).astype(float), np.ones((1, 7, 8))):
        a, b = Tensor(x, True), torch.tensor(x, requires_grad=True)
        out = F.max_pool2d(a, kernel, stride, padding, dilation)
        expected = torch.nn.functional.max_pool2d(b, kernel, stride, padding, dilation)
        close(out.data, expected)
        g = rng.normal(size=out.shape)
        out.backward(g)
        expected.backward(torch.tensor(g))
        close(a.grad, b.grad)


def test_a_window_with_nan_gives_nan():
    x = np.ones((1, 1, 2, 4))
    x[..., 0, 1] = np.nan
    out = F.max_pool2d(Tensor(x), 2).data
    assert np.isnan(out[..., 0]).all() and (out[..., 1] == 1).all()


@pytest.mark.parametrize("divisor", [None, 5])
@pytest.mark.parametrize("count", [True, False])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), ((3, 2), (1, 2), (1, 1)), (1, 1, 0)])
def test_average_pools_equal_torchs(kernel, stride, padding, count, divisor):
    x = np.random.default_rng(9).normal(size=(2, 3, 7, 8))
    options = {"count_include_pad": count, "divisor_override": divisor}
    a, b = Tensor(x, True), torch.tensor(x, requires_grad=True)
    out = F.avg_pool2d(a, kernel, stride, padding, **options)
    expected = torch.nn.functional.avg_pool2d(b, kernel, stride, padding, **options)
    close(out.data, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    close(a.grad, b.grad)
    for make in (torch.tensor, array_api_strict.asarray):
        close(F.avg_pool2d(Tensor(make(x)), kernel, stride, padding, **options).data, expected)


@pytest.mark.parametrize("size", [1, 3, (4, None), (None, 5), (2, 11)])
def test_adaptive_pools_equal_torchs_where_windows_overlap_too(size):
    x = np.random.default_rng(10).normal(size=(2, 3, 7, 8))
    a, b = Tensor(x, True), torch.tensor(x, requires_grad=True)
    out, expected = F.adaptive_avg_pool2d(a, size), torch.nn.functional.adaptive_avg_pool2d(b, size)
    close(out.data, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    close(a.grad, b.grad)


def count(model):
    return sum(p.numel() for p in model.parameters())


def test_lenet_5_has_61_706_parameters_and_one_class_score_for_each_digit():
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
    assert count(model) == 61706
    assert model(np.zeros((2, 1, 28, 28), "float32")).shape == (2, 10)


class LeCun1989(nn.Module):
    """LeCun et al. 1989, figure 3: 16×16 pixels, 12 maps of 8×8, 12 maps of 4×4 that see 8 maps each, 30 units, 10.

    Every unit has a bias of its own; which 8 maps a map sees the paper does not say.
    """

    SEEN = np.array([[(k + j) % 12 for j in range(8)] for k in range(12)]).reshape(-1)

    def __init__(self):
        self.h1, self.bias1 = nn.Conv2d(1, 12, 5, 2, 2, bias=False), nn.Parameter(ZEROS(12, 8, 8))
        self.h2, self.bias2 = nn.Conv2d(96, 12, 5, 2, 2, groups=12, bias=False), nn.Parameter(ZEROS(12, 4, 4))
        self.h3, self.output = nn.Linear(192, 30), nn.Linear(30, 10)

    def forward(self, x):
        x = (self.h1(x) + self.bias1).tanh()
        x = (self.h2(x[:, self.SEEN]) + self.bias2).tanh()
        return self.output(self.h3(x.flatten(1)).tanh()).tanh()


def test_the_network_of_1989_has_9_760_parameters():
    model = LeCun1989()
    assert count(model) == 9760
    out = model(np.random.default_rng(0).normal(size=(3, 1, 16, 16)).astype("float32"))
    assert out.shape == (3, 10)
    out.sum().backward()
    assert all(np.abs(p.grad).max() > 0 for p in model.parameters())


def test_a_step_downhill_lowers_the_loss_of_a_network_of_convolutions():
    nn.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3))
    x, labels = np.random.default_rng(0).normal(size=(6, 1, 8, 8)).astype("float32"), np.array([0, 1, 2, 0, 1, 2])
    before = F.cross_entropy(model(x), labels)
    before.backward()
    for p in model.parameters():
        assert p.grad.dtype == np.float32 and np.abs(p.grad).max() > 0
        p.data -= 0.1 * p.grad
    assert F.cross_entropy(model(x), labels).item() < before.item()


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_padding_by_a_word_is_torchs(padding):
    x, w = np.random.default_rng(0).normal(size=(1, 2, 6, 7)), np.random.default_rng(1).normal(size=(2, 2, 3, 5))
    expected = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(w), padding=padding, dilation=(1, 1))
    close(F.conv2d(x, w, padding=padding).data, expected)
    line = torch.nn.functional.conv1d(torch.tensor(x[:, :, 0]), torch.tensor(w[:, :, 0]), padding=padding)
    close(F.conv1d(x[:, :, 0], w[:, :, 0], padding=padding).data, line)


WRONG = {
    "kernel larger than the padded image": (
        lambda: nn.Conv2d(1, 2, 5, padding=1)(ZEROS(3, 1, 2, 8)),
        ShapeError,
        r"kernel \(5, 5\) is larger than the padded image \(4, 10\), which is \(2, 8\).*padding=\(2, 1\)",
    ),
    "channels that do not divide by groups": (
        lambda: F.conv2d(ZEROS(2, 3, 8, 8), ZEROS(4, 1, 3, 3), groups=2),
        ShapeError,
        r"images \(2, 3, 8, 8\) and weight \(4, 1, 3, 3\): 3 channels and 4 outputs do not divide into 2 groups",
    ),
    "a layer of such channels": (lambda: nn.Conv2d(4, 6, 3, groups=4), ValueError, "do not divide into groups=4"),
    "uint8 images": (
        lambda: nn.Conv2d(1, 2, 3)(ZEROS(2, 1, 8, 8, dtype="uint8")),
        TypeError,
        r'images \(2, 1, 8, 8\) of uint8, weight \(2, 1, 3, 3\) of float32.*\.to\("float32"\) / 255',
    ),
    "float64 images": (
        lambda: nn.Conv2d(1, 2, 3)(ZEROS(2, 1, 8, 8, dtype="float64")),
        TypeError,
        r'images \(2, 1, 8, 8\) of float64.*\.to\("float32"\)$',
    ),
    "uint8 images in a pool": (lambda: nn.MaxPool2d(2)(ZEROS(1, 1, 4, 4, dtype="uint8")), TypeError, "uint8.*float"),
    "NHWC": (
        lambda: nn.Conv2d(3, 2, 3)(ZEROS(2, 8, 9, 3)),
        ShapeError,
        r"images \(2, 8, 9, 3\) and weight \(2, 3, 3, 3\).*channels stand last \(NHWC\)\? permute\(0, 3, 1, 2\)",
    ),
    "other channels": (
        lambda: nn.Conv2d(3, 2, 3)(ZEROS(2, 4, 9, 9)),
        ShapeError,
        r"images \(2, 4, 9, 9\).*have 4 channels, the weight takes 3",
    ),
    "no axis of channels": (
        lambda: nn.Conv2d(1, 2, 3)(ZEROS(64, 8, 8)),
        ShapeError,
        r"images \(64, 8, 8\) and weight \(2, 1, 3, 3\).*unsqueeze\(1\)",
    ),
    "a vector for images": (lambda: F.conv2d(ZEROS(8), ZEROS(1, 1, 3, 3)), ShapeError, r"images \(8,\) and weight"),
    "a kernel longer than the line": (
        lambda: nn.Conv1d(3, 4, 9)(ZEROS(2, 3, 8)),
        ShapeError,
        r"conv1d: kernel \(1, 9\) is larger than the padded image \(1, 8\)",
    ),
    "images for lines": (lambda: nn.Conv1d(3, 4, 2)(ZEROS(2, 3, 8, 8)), ShapeError, r"conv1d: lines \(2, 3, 8, 8\)"),
    "a pool larger than the image": (lambda: nn.MaxPool2d(9)(ZEROS(1, 1, 8, 8)), ShapeError, r"kernel \(9, 9\)"),
    "a pool in the padding alone": (
        lambda: F.avg_pool2d(ZEROS(1, 1, 8, 8), 2, padding=2),
        ShapeError,
        r"kernel \(2, 2\) and padding \(2, 2\).*at most half the kernel",
    ),
    "stride 0": (lambda: F.conv2d(ZEROS(1, 1, 8, 8), ZEROS(1, 1, 3, 3), stride=0), ShapeError, "at least 1"),
    "three strides": (lambda: nn.Conv2d(1, 1, 3, stride=(1, 1, 1)), ValueError, r"Conv2d: stride=\(1, 1, 1\)"),
    "a kernel of half a pixel": (lambda: nn.Conv2d(1, 1, 1.5), ValueError, "kernel_size=1.5: expected a whole number"),
    "same with an even kernel": (lambda: nn.Conv2d(1, 1, 2, padding="same")(ZEROS(1, 1, 4, 4)), ValueError, "odd"),
    "another word for padding": (lambda: nn.Conv2d(1, 1, 3, padding="full")(ZEROS(1, 1, 4, 4)), ValueError, "'same'"),
    "mirrored borders": (lambda: nn.Conv2d(1, 1, 3, padding_mode="reflect"), ValueError, "expected 'zeros'"),
    "ceil_mode": (lambda: nn.MaxPool2d(2, ceil_mode=True)(ZEROS(1, 1, 5, 5)), ValueError, "ceil_mode=True is not"),
    "a batch norm of lines": (
        lambda: nn.BatchNorm2d(3)(ZEROS(2, 3, 8)),
        ShapeError,
        r"BatchNorm2d: expected \(batch, 3, height, width\), got \(2, 3, 8\)",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_is_refused_with_both_shapes_and_a_cure(what):
    run, kind, message = WRONG[what]
    with pytest.raises(kind, match=message) as caught:
        run()
    assert "\n" not in str(caught.value)


def test_a_trace_names_the_line_of_a_convolution_that_does_not_fit():
    for x in (ZEROS(2, 8, 9, 3), ZEROS(2, 3, 9, 9, dtype="uint8")):
        with pytest.raises(
            Exception, match=r"conv2d: images .*test_convolution.py|test_convolution.py.*conv2d: images"
        ):
            trace(lambda v: F.conv2d(v, np.zeros((2, 3, 3, 3), "float32")), x)


def test_a_batch_without_images_stays_without():
    x, w = Tensor(np.zeros((0, 2, 5, 5)), True), Tensor(np.ones((3, 2, 2, 2)), True)
    out = F.max_pool2d(F.conv2d(x, w), 2)
    assert out.shape == (0, 3, 2, 2)
    out.sum().backward()
    assert x.grad.shape == x.shape and (w.grad == 0).all()

"""The image networks, ours beside PyTorch's: counts, names, values and gradients, training, and wrong images."""

from math import prod

import numpy as np
import pytest
import torch

from karpathy_course import nn, optim, train
from karpathy_course import torch_reference as reference
from karpathy_course.nn import networks
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor
from karpathy_course.torch_reference import from_torch, to_torch

# name: (parameters, an image's shape)
NETWORKS = {
    "ConvNet": (9_930, (1, 8, 8)),
    "LeNet5": (61_706, (1, 32, 32)),
    "LeCun1989": (9_760, (1, 16, 16)),
    "SmallResNet": (77_754, (1, 8, 8)),
    "ResNet18": (11_689_512, (3, 64, 64)),
}
EACH = pytest.mark.parametrize("name", NETWORKS)


def ours(name, dtype="float64"):
    nn.manual_seed(0)
    return getattr(networks, name)(dtype=dtype)


def batch(name, n=3):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, *NETWORKS[name][1])), rng.integers(0, 10, n)


@EACH
def test_both_have_the_published_number_of_parameters(name):
    assert sum(p.numel() for p in ours(name, "float32").parameters()) == NETWORKS[name][0]
    assert sum(p.numel() for p in getattr(reference, name)(device="meta").parameters()) == NETWORKS[name][0]


def test_the_network_of_1989_has_its_four_parts():
    parts = dict.fromkeys(("h1", "h2", "h3", "output"), 0)
    for name, p in networks.LeCun1989().named_parameters():
        parts[name.split(".")[0].removesuffix("_bias")] += p.numel()
    assert list(parts.values()) == [1_068, 2_592, 5_790, 310]


def test_each_map_of_h2_in_1989_sees_eight_of_the_twelve_maps_of_h1():
    seen = []
    for k in range(12):
        model = ours("LeCun1989")
        reads = model.h3.weight.data.reshape(30, 12, 16)
        reads[:, [other for other in range(12) if other != k]] = 0  # so that H3 sees map k of H2 alone
        model(batch("LeCun1989")[0]).sum().backward()
        seen.append(tuple(np.flatnonzero(abs(model.h1_bias.grad).sum((1, 2)))))
    assert seen == [tuple(range(8))] * 4 + [tuple(range(4, 12))] * 4 + [(*range(4), *range(8, 12))] * 4


@EACH
def test_our_weights_go_to_the_reference_and_back_under_the_same_names(name):
    model = ours(name)
    twin = to_torch(model)
    back = from_torch(twin)
    assert type(twin) is getattr(reference, name) and type(back) is type(model)
    made = getattr(reference, name)(device="meta")
    assert list(model.state_dict()) == list(twin.state_dict()) == list(back.state_dict()) == list(made.state_dict())
    assert repr(model) == repr(twin) == repr(back) == repr(made)
    for key, value in model.state_dict().items():
        assert np.array_equal(value, twin.state_dict()[key].numpy()) and np.array_equal(value, back.state_dict()[key])


def test_a_part_that_was_exchanged_is_exchanged_in_the_twin():
    model = ours("ConvNet")
    setattr(model, "1", nn.Tanh())
    model[6].bias.requires_grad = False
    twin = to_torch(model.eval())
    assert type(twin[1]) is torch.nn.Tanh and not twin[6].bias.requires_grad and not twin.training
    x, _ = batch("ConvNet")
    np.testing.assert_allclose(model(x).data, twin(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-12)
    setattr(model, "1", type("Own", (nn.Module,), {})())
    with pytest.raises(TypeError, match="Own has no twin"):
        to_torch(model)


@EACH
@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
def test_values_and_all_gradients_equal_the_references(name, mode):
    model = ours(name).train(mode)
    for buffer in model.buffers():  # else eval mode would divide by 1 and take away 0
        if buffer.numel() > 1:
            buffer.data += np.random.default_rng(2).uniform(0, 0.5, buffer.shape)
    twin, (x, target) = getattr(reference, name)(dtype=torch.float64).train(mode), batch(name, 4)
    twin.load_state_dict(to_torch(model).state_dict())
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = model(a), twin(b)
    nn.CrossEntropyLoss()(out, target).backward()
    torch.nn.functional.cross_entropy(expected, torch.tensor(target)).backward()
    close(out.data, expected, "output")
    close(a.grad, b.grad, "gradient of the images")
    for (key, p), q in zip(model.named_parameters(), twin.parameters(), strict=True):
        close(p.grad, q.grad, key)
    for key, value in twin.state_dict().items():
        close(model.state_dict()[key], value, key)


def close(found, expected, what):
    expected = expected.detach().numpy()
    assert abs(found - expected).max() <= 1e-10 * max(1, abs(expected).max()), what


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", ["ConvNet", "LeNet5", "LeCun1989", "SmallResNet"])
def test_a_few_steps_of_training_are_the_references(name, compiled):
    model = ours(name)
    twin = to_torch(model)
    x, target = batch(name, 12)
    batches = [(x[k : k + 4], target[k : k + 4]) for k in (0, 4, 8)]
    words = {"lr": 0.05, "momentum": 0.9}
    steps = train.fit(
        model, batches, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), **words), epochs=2, compiled=compiled
    )
    theirs = reference.fit(
        twin, batches, torch.nn.CrossEntropyLoss(), torch.optim.SGD(twin.parameters(), **words), epochs=2
    )
    for a, b in zip(steps, theirs, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-9)
    for key, value in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[key], value.numpy(), rtol=1e-7, atol=1e-9, err_msg=key)


@EACH
def test_every_reference_trains_on_meta_where_no_number_can_be_read(name):
    model, (x, target) = getattr(reference, name)(device="meta"), batch(name)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    steps = reference.fit(model, [(x.astype("float32"), target)], torch.nn.CrossEntropyLoss(), optimizer)
    assert [step.number for step in steps] == [1]
    assert model(torch.empty(2, *NETWORKS[name][1], device="meta")).shape == (2, 1000 if name == "ResNet18" else 10)


@EACH
@pytest.mark.filterwarnings("error::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_every_reference_can_be_traced_for_tensorboard_and_compiled_whole(name):
    model, x = getattr(reference, name)().eval(), torch.tensor(batch(name)[0], dtype=torch.float32)
    assert torch.equal(torch.jit.trace(model, x)(x), model(x))
    if name in ("ConvNet", "LeCun1989"):  # a second each; "eager" needs no compiler of C++
        assert torch.equal(torch.compile(model, backend="eager", fullgraph=True)(x), model(x))


@EACH
def test_a_tensor_that_hides_on_the_cpu_is_found_on_meta(name):
    model = getattr(reference, name)(device="meta")
    with pytest.raises((RuntimeError, NotImplementedError)):
        model(torch.zeros(2, *NETWORKS[name][1]))


def test_resnet18_has_the_keys_and_shapes_of_torchvisions():
    expected = published_resnet18()
    found = {name: tuple(x.shape) for name, x in reference.ResNet18(device="meta").state_dict().items()}
    assert list(found.items()) == list(expected.items())
    assert len(expected) == 122
    learnt = {name: shape for name, shape in expected.items() if not name.endswith(("mean", "var", "tracked"))}
    assert sum(map(prod, learnt.values())) == 11_689_512


def published_resnet18():
    """{key: shape} of torchvision's resnet18, written down from its structure."""

    def norm(name, channels):
        words = ("weight", "bias", "running_mean", "running_var")
        return {f"{name}.{word}": (channels,) for word in words} | {f"{name}.num_batches_tracked": ()}

    keys = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64)}
    channels = 64
    for layer, out in enumerate((64, 128, 256, 512), 1):
        for block in range(2):
            at = f"layer{layer}.{block}"
            keys |= {f"{at}.conv1.weight": (out, channels, 3, 3), **norm(f"{at}.bn1", out)}
            keys |= {f"{at}.conv2.weight": (out, out, 3, 3), **norm(f"{at}.bn2", out)}
            if channels != out:
                keys |= {f"{at}.downsample.0.weight": (out, channels, 1, 1), **norm(f"{at}.downsample.1", out)}
            channels = out
    return keys | {"fc.weight": (1000, 512), "fc.bias": (1000,)}


@pytest.mark.parametrize("library", [networks, reference], ids=["ours", "torch"])
def test_convolutions_of_the_residual_networks_begin_as_he_et_al_begin_them(library):
    for model, out in ((library.ResNet18().layer2[0], 128), (library.SmallResNet().layer3, 64)):
        assert np.asarray(model.conv1.weight.data).std() == pytest.approx((2 / (out * 9)) ** 0.5, rel=0.03)


def test_weights_of_1989_begin_within_the_bounds_of_the_paper():
    for model in (networks.LeCun1989(), reference.LeCun1989()):
        for name, p in model.named_parameters():
            values = np.asarray(p.data)
            bound = 0 if name.endswith("bias") else 2.4 / prod(values.shape[1:])
            assert abs(values).max() <= bound and abs(values).max() >= 0.9 * bound


def test_a_slice_of_a_network_is_a_plain_sequence_of_its_layers():
    model = ours("ConvNet")
    first = model[:2]
    assert type(first) is nn.Sequential and [type(part) for part in first] == [nn.Conv2d, nn.ReLU]
    assert first(batch("ConvNet")[0]).shape == (3, 16, 8, 8)


WRONG = {
    "height, width, channels": ("ConvNet", (5, 8, 8, 1), "look like (batch, height, width, channels)"),
    "rows of pixels": ("ConvNet", (5, 64), "x.reshape(-1, 1, 8, 8)"),
    "one image": ("ConvNet", (1, 8, 8), "x[None]"),
    "no channel": ("ConvNet", (5, 8, 8), "x[:, None]"),
    "one grey image": ("ConvNet", (8, 8), "x[None, None]"),
    "of MNIST's size": ("LeNet5", (5, 1, 28, 28), "np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))"),
    "colours last": ("ResNet18", (2, 32, 32, 3), "x.movedim(-1, 1)"),
    "grey without an axis": ("SmallResNet", (2, 8, 8), "x[:, None]"),
    "too large": ("LeCun1989", (2, 1, 20, 20), "expected images (batch, 1, 16, 16)"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_images_are_named_with_both_shapes_and_a_cure(what):
    name, shape, cure = WRONG[what]
    size = NETWORKS[name][1] if name not in ("ResNet18", "SmallResNet") else (NETWORKS[name][1][0], "height", "width")
    expected = f"expected images (batch, {', '.join(map(str, size))}), got {shape}"
    for model, x in (
        (ours(name, "float32"), np.zeros(shape, "float32")),
        (getattr(reference, name)(device="meta"), torch.zeros(shape)),
    ):
        with pytest.raises(ShapeError) as caught:
            model(x)
        assert str(caught.value).startswith(f"{name}: {expected}") and cure in str(caught.value)


@EACH
def test_pixels_that_are_whole_numbers_are_refused_with_the_cure(name):
    shape = (2, *NETWORKS[name][1])
    for model, x in (
        (ours(name, "float32"), np.zeros(shape, "uint8")),
        (getattr(reference, name)(device="meta"), torch.zeros(shape, dtype=torch.uint8)),
    ):
        with pytest.raises(TypeError, match=rf"{name}: images .* of uint8: expected floating-point numbers.*/ 255"):
            model(x)

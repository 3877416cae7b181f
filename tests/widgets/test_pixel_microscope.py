"""The pixel microscope without a browser: maps and gradients are the model's, it stays as it was, mistakes named."""

import base64
import io
import json
import struct

import numpy as np
import pytest
import torch

from karpathy_course.nn import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Tanh,
)
from karpathy_course.tensor import Tensor, grad
from karpathy_course.tensor.randomness import default_generator, state_of
from karpathy_course.torch_reference import to_torch
from karpathy_course.widgets import PixelMicroscope
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.pixel_microscope.reading import Step
from tests.widgets.image_networks import (
    Own,
    OwnForward,
    OwnPool,
    TwoPaths,
    digits_network,
    image,
    random_network,
    residual_network,
)


def kinds(shown):
    return [step.kind for step in shown.steps]


def in_torch(model, x):
    """Every layer's output for an image, and the image, of the torch twin of a Sequential in float64."""
    twin = to_torch(model).double().eval()
    start = torch.tensor(x[None], dtype=torch.float64, requires_grad=True)
    outputs = [start]
    for module in twin:
        outputs.append(module(outputs[-1]))
        outputs[-1].retain_grad()
    return outputs


@pytest.mark.parametrize("seed", range(8))
def test_maps_and_gradients_are_those_of_torch(seed):
    model, x = random_network(seed)
    shown, draw = PixelMicroscope(model, x), np.random.default_rng(seed)
    outputs = in_torch(model, x)
    assert len(shown.steps) == len(model) - 1  # the last two, Flatten and Linear, are one step
    outputs = [*outputs[:-2], outputs[-1][..., None, None]]
    for layer in range(len(outputs)):
        found, expected = shown.maps(layer), outputs[layer].detach().numpy()[0]
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)
        if layer == 0:
            continue
        place = tuple(int(draw.integers(n)) for n in found.shape)
        before, first = shown.gradient(layer, *place)
        wanted = torch.autograd.grad(
            outputs[layer][(0, *place)], [outputs[layer - 1], outputs[0]], retain_graph=True, allow_unused=True
        )
        for g, w in zip((before, first), wanted):
            np.testing.assert_allclose(g, w.numpy()[0], rtol=1e-4, atol=2e-5)


def test_the_last_layers_are_one_step_with_their_weights():
    model = digits_network()
    shown = PixelMicroscope(model, image())
    assert kinds(shown) == ["conv", "each", "conv", "each", "max", "rest"]
    last = shown.steps[-1]
    np.testing.assert_array_equal(last.facts["weight"].reshape(10, 512), model[6].weight.data)
    np.testing.assert_allclose(last.facts["bias"], model[6].bias.data, atol=1e-6)
    assert shown.data["layers"][-1]["title"] == "Flatten + Linear"
    np.testing.assert_array_equal(shown.maps(6).reshape(-1), model(Tensor(image()[None])).data[0])


def test_a_learners_own_layers_are_read_from_outside():
    model = Sequential(Conv2d(1, 2, 3, padding=1), Own(), Tanh(), OwnPool(), Flatten(), Linear(12, 2))
    shown = PixelMicroscope(model, image(1, 9, 9))
    assert kinds(shown) == ["conv", "conv", "each", "max", "rest"]
    facts = shown.steps[1].facts
    assert (facts["stride"], facts["padding"], facts["dilation"]) == ((2, 2), (0, 0), (1, 1))
    assert shown.steps[3].facts["kernel"] == (2, 2)
    twin = Conv2d(2, 3, (3, 2), stride=2)
    twin.weight.data, twin.bias.data = model[1].weight.data, model[1].bias.data
    again = PixelMicroscope(Sequential(model[0], twin, Tanh(), MaxPool2d(2), Flatten(), model[5]), image(1, 9, 9))
    for layer in range(1, 6):
        np.testing.assert_allclose(shown.maps(layer), again.maps(layer), rtol=1e-5, atol=1e-6)
        for mine, wanted in zip(shown.gradient(layer, 1), again.gradient(layer, 1)):
            np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-6)  # its own loops hand no gradient back
    assert np.abs(shown.gradient(5, 1)[1]).max() > 0


def test_a_layer_that_computes_something_else_is_not_taken_for_a_convolution():
    flipped = Sequential(Conv2d(1, 2, 3), Own(flip=True), Flatten(), Linear(27, 2))
    shown = PixelMicroscope(flipped, image(1, 9, 9))  # what its loops would hand back nobody knows
    assert kinds(shown) == ["conv"] and shown.data["unread"] == ["Own", "Flatten", "Linear"]
    assert repr(shown).endswith("  what comes after them cannot be read: Own, Flatten, Linear")
    assert PixelMicroscope(digits_network(), image()).data["unread"] == []


def test_what_a_models_forward_does_between_its_layers_is_read_too():
    model, x = OwnForward().eval(), image()
    shown = PixelMicroscope(model, x)
    assert kinds(shown) == ["each", "conv", "each", "mean", "conv", "each", "max", "rest"]
    assert [layer["title"] for layer in shown.data["layers"]] == [
        *("in its forward", "Conv2d", "in its forward", "AvgPool2d", "Conv2d", "ReLU", "max pool", "scores"),
    ]
    start = Tensor(x[None], requires_grad=True)
    scores = model(start)
    np.testing.assert_array_equal(shown.maps(8).reshape(-1), scores.data[0])
    np.testing.assert_allclose(shown.gradient(8, 2)[1], grad(scores[0, 2], [start])[0].data[0], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(("model", "kept"), [(residual_network(), ["conv", "each", "rest"]), (TwoPaths(), None)])
def test_where_a_second_path_goes_around_all_that_follows_is_one_step(model, kept):
    x = image()
    if kept is None:
        with pytest.raises(ValueError, match="no convolution of the model could be read"):
            PixelMicroscope(model, x)
        return
    shown = PixelMicroscope(model, x)
    assert kinds(shown) == kept
    assert shown.steps[-1].facts["names"] == ["Block", "Block", "AdaptiveAvgPool2d", "Flatten", "Linear"] and (
        shown.steps[-1].facts["bias"] is None
    )
    start = Tensor(x[None], requires_grad=True)
    wanted = grad(model.eval()(start)[0, 1], [start])[0].data[0]
    np.testing.assert_allclose(shown.gradient(3, 1)[1], wanted, rtol=1e-5, atol=1e-8)


def test_a_model_of_torch_is_shown_as_its_twin():
    model = digits_network()
    twin = to_torch(model)
    shown = PixelMicroscope(twin, torch.tensor(image()))
    assert shown.data == PixelMicroscope(model, image()).data


class Failing(Module):
    def forward(self, input):
        raise RuntimeError("this layer\nfails")


@pytest.mark.parametrize("fails", [False, True])
def test_the_model_stays_as_it_was_even_where_it_fails(fails):
    model = Sequential(Conv2d(1, 4, 3), BatchNorm2d(4), Dropout(0.5), ReLU(), *([Failing()] if fails else []))
    model[0].weight.grad = Tensor(np.ones((4, 1, 3, 3), "float32"))
    model[1].eval()  # modes of its own
    before = {name: array.copy() for name, array in model.state_dict().items()}
    held = [vars(module).copy() for module in model.modules()]
    state, modes = state_of(default_generator()), [module.training for module in model.modules()]
    if fails:
        with pytest.raises(ValueError, match=r"cannot be run on an image \(1, 8, 8\): RuntimeError: this layer fails"):
            PixelMicroscope(model, image())
    else:
        shown = PixelMicroscope(model, image())
        shown.gradient(4, 1, 2, 2)
        assert kinds(shown) == ["conv", "each", "each", "each"]
        model[0].weight.data[...] = 0  # it is trained on
        assert np.abs(shown.gradient(1, 0, 0, 0)[1]).max() > 0
        model[0].weight.data[...] = before["0.weight"]
    assert state_of(default_generator()) == state and modes == [module.training for module in model.modules()]
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert held == [vars(module) for module in model.modules()]
    assert (model[0].weight.grad.data == 1).all()


def test_a_batchnorm_and_a_dropout_are_shown_as_they_work_in_eval_mode():
    norm = BatchNorm2d(2)
    norm.running_mean.data[...], norm.running_var.data[...] = [1, -1], [4, 0.25]
    model = Sequential(Conv2d(1, 2, 1), norm, Dropout(0.9))
    shown = PixelMicroscope(model, image())
    scale = 1 / np.sqrt(np.array([4, 0.25]) + 1e-5)[:, None, None]
    np.testing.assert_allclose(shown.maps(2), (shown.maps(1) - np.array([1, -1])[:, None, None]) * scale, rtol=1e-5)
    np.testing.assert_array_equal(shown.maps(3), shown.maps(2))
    slopes = [struct.unpack("<2f", base64.b64decode(shown.data["layers"][1]["slope"]))]
    np.testing.assert_allclose(slopes[0], scale[:, 0, 0], rtol=1e-5)  # one number a channel is enough


def with_nan():
    model = digits_network()
    model[2].weight.data[0, 0, 0, 0] = np.nan
    return model


def nhwc():
    return image().transpose(1, 2, 0)


@pytest.mark.parametrize(
    ("model", "given", "kind", "said"),
    [
        (lambda: "a model", image, TypeError, r"expected a Module of nn, or of torch.nn, got str: write"),
        (lambda: [Conv2d(1, 2, 3)], image, TypeError, r"got list: write .* layers of your own go into a Sequential"),
        (lambda: Sequential(Linear(64, 10)), image, ValueError, r"the model has no convolution: no weight \(out, in"),
        (with_nan, image, ValueError, r"1 of the 4608 numbers of 2.weight are inf or nan"),
        (digits_network, nhwc, ValueError, r"image \(8, 8, 1\): expected \(channels, height, width\) with 1 channel: "
         r"it looks like \(height, width, channels\): image.transpose\(2, 0, 1\)"),
        (digits_network, lambda: nhwc()[None], ValueError, r"image.transpose\(0, 3, 1, 2\)"),
        (digits_network, lambda: image(3), ValueError, r"image \(3, 8, 8\): .*grey images have one channel"),
        (digits_network, lambda: np.stack([image()] * 3), ValueError, r"these are 3 images: give one, images\[0\]"),
        (digits_network, lambda: image().reshape(-1), ValueError, r"image.reshape\(1, 8, 8\)"),
        (lambda: Sequential(Conv2d(3, 2, 3)), lambda: image()[0], ValueError, r"with 3 channels: give one image whose"),
        (digits_network, lambda: (image() * 9).astype("uint8"), TypeError, r"\(1, 8, 8\) is uint8: expected floats: "
         r"image.astype\('float32'\) / 255"),
        (digits_network, lambda: image() * np.nan, ValueError, r"64 of the 64 pixels are inf or nan"),
        (digits_network, lambda: "0", TypeError, r"expected floats"),
        (digits_network, lambda: image(1, 12, 12), ValueError, r"cannot be run on an image \(1, 12, 12\): \w+: "),
        (lambda: Sequential(Conv2d(1, 2, 9)), image, ValueError, r"cannot be run on an image \(1, 8, 8\): ShapeError"),
        (lambda: Sequential(Conv2d(3, 64, 7)), lambda: image(3, 99, 99), ValueError, r"the first maps of an image "
         r"\(3, 99, 99\) take more than 240 KB on a page: give a part of it"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_in_one_sentence(model, given, kind, said):
    with pytest.raises(kind, match=said) as caught:
        PixelMicroscope(model(), given())
    words = str(caught.value)
    assert words.startswith("PixelMicroscope: ") and "\n" not in words


def test_one_grey_image_may_come_without_a_channel_or_in_a_batch_of_one():
    shown = [PixelMicroscope(digits_network(), x).data for x in (image(), image()[0], image()[None], Tensor(image()))]
    assert shown[0] == shown[1] == shown[2] == shown[3]


def test_layers_that_do_not_fit_become_one_step_or_are_left_out():
    wide = Sequential(Conv2d(1, 8, 5), Tanh(), MaxPool2d(2), Conv2d(8, 200, 5), ReLU(), Flatten(), Linear(12800, 10))
    shown = PixelMicroscope(wide, image(1, 28, 28))
    assert kinds(shown) == ["conv", "each", "max", "rest"] and shown.data["lost"] == 0
    assert shown.steps[-1].facts["names"] == ["Conv2d", "ReLU", "Flatten", "Linear"]
    start = Tensor(image(1, 28, 28)[None], requires_grad=True)
    wanted = grad(wide.eval()(start)[0, 7], [start])[0].data[0]
    np.testing.assert_allclose(shown.gradient(4, 7)[1], wanted, rtol=1e-4, atol=1e-7)
    endless = Sequential(Conv2d(1, 8, 5), ReLU(), Conv2d(8, 300, 5), ReLU())
    shown = PixelMicroscope(endless, image(1, 28, 28))
    assert kinds(shown) == ["conv", "each"] and shown.data["lost"] == 2
    assert repr(shown).endswith("what comes after them does not fit on a page: 2 layers")
    for one in (shown, PixelMicroscope(digits_network(), image())):
        assert len(compact_json(one.data).encode()) <= 250_000


def test_its_text_is_the_same_on_every_run_and_its_data_is_json():
    shown = PixelMicroscope(digits_network(), image())
    text = repr(shown)
    assert text.splitlines()[0] == "Pixel microscope: image 1 × 8 × 8, float32, 6 layers"
    assert text.splitlines()[3] == "  3 Conv2d 3 × 3, padding 1 “2”: 32 × 8 × 8"
    assert text.splitlines()[6] == "  6 Flatten + Linear: 10 numbers"
    assert text == repr(PixelMicroscope(digits_network(), image()))
    assert json.loads(compact_json(shown.data)) == shown.data
    assert isinstance(shown.steps[0], Step)


def test_its_picture_shows_something_even_where_numbers_overflow():
    from PIL import Image

    model = Sequential(Conv2d(1, 2, 3), Conv2d(2, 2, 3))
    model[1].weight.data[0] = 3e38
    for shown in (PixelMicroscope(digits_network(), image()), PixelMicroscope(model, 9 * image())):
        png = shown.picture()
        drawn = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
        assert len(png) <= 100_000 and len(np.unique(drawn, axis=0)) > 20
    assert not np.isfinite(shown.maps(2)).all()


def test_a_model_over_torch_arrays_is_shown_with_the_same_numbers():
    model, over_torch = digits_network(), digits_network()
    for p in over_torch.parameters():
        p.data = torch.tensor(p.data)
    assert PixelMicroscope(over_torch, torch.tensor(image())).data == PixelMicroscope(model, image()).data
    assert all(isinstance(p.data, torch.Tensor) for p in over_torch.parameters())

"""The pixel microscope: what one output of a layer is made of, and where its gradient lands.

The model is run once, when the widget is made; the page has the weights and all maps, and computes each product, sum
and gradient itself. `PixelMicroscope.gradient` runs the model, so that both can be compared. Stable names for tests
and assistive tools: data-testid pixel-microscope, layer, channel, input-channel, output-map, input-map, image-map,
input-gradient, image-gradient, patch, kernel, products, sums, text-line, gradient-line; ``[data-fact]`` are a pixel's
numbers, data-exact their digits.
"""

import numpy as np

from karpathy_course.tensor import Tensor, grad
from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.pixel_microscope.given import as_image, as_model
from karpathy_course.widgets.pixel_microscope.packing import MOST_BYTES, fitting, packed
from karpathy_course.widgets.pixel_microscope.reading import read, rest_after
from karpathy_course.widgets.pixel_microscope.running import Runner


class PixelMicroscope(Widget, folder="pixel_microscope"):
    """Look at single pixels of a network: ``PixelMicroscope(model, image)``.

    model: a Module of `nn`, such as a Sequential of Conv2d, BatchNorm2d, ReLU, MaxPool2d, Flatten, Linear; one of
    torch.nn is copied into `nn`. A layer of your own is shown too: a Module whose weight is a Parameter (out, in /
    groups, height, width), a pool, or whatever works on each number by itself; it may compute with arrays, outside of
    Tensors. recognising.py says what is asked of it. What cannot be read, and all that follows, is one last step.
    image: (channels, height, width), floats; (height, width) will do for one channel.

    The model is copied: it stays as it is, and if it is trained later the widget still shows it as it was given. It
    runs in eval mode. Raises TypeError for what is no model and for images that are no floats; ValueError for a model
    without a convolution or with weights that are not finite, for an image of another shape, and for one whose maps do
    not fit on a page.
    """

    title = "Pixel microscope"

    def __init__(self, model, image):
        runner = Runner(as_model(model))
        self._image = as_image(image, runner.model)
        try:
            steps, unread = read(runner, self._image)
        except Exception as error:
            words = " ".join(str(error).split())
            raise ValueError(
                f"PixelMicroscope: the model cannot be run on an image {self._image.shape[1:]}: "
                f"{type(error).__name__}: {words}"
            ) from error
        if not any(step.kind == "conv" for step in steps):
            raise ValueError(
                "PixelMicroscope: no convolution of the model could be read: each has to be a Module of its own, "
                "through which the image goes before anything else joins it; one of yours has to keep its weight as a "
                "Parameter (out, in / groups, height, width)"
            )
        dtype = "float64" if self._image.dtype == np.float64 else "float32"
        kept, written, lost = fitting(steps, lambda k: rest_after(runner, self._image, steps, k), self._image, dtype)
        if not any(step.kind == "conv" for step in kept):
            raise ValueError(
                f"PixelMicroscope: the first maps of an image {self._image.shape[1:]} take more than "
                f"{MOST_BYTES // 1000} KB on a page: give a part of it, image[:, :32, :32], or fewer channels"
            )
        self.steps = kept
        super().__init__(
            data={
                "shape": list(self._image.shape[1:]),
                "dtype": str(self._image.dtype),
                "packed": dtype,
                "image": packed(self._image, dtype),
                "layers": written,
                "lost": lost,
                "unread": unread,
            }
        )

    def maps(self, layer):
        """What a layer returns, an array (channels, height, width). layer: its number on the page; 0 is the image."""
        return self._image[0] if layer == 0 else self.steps[layer - 1].y

    def gradient(self, layer, channel, row=0, column=0):
        """Of one pixel that a layer returns: (its gradient in the layer before, the same in the image), arrays.

        It is the model itself that is run and differentiated.
        """
        t = start = before = Tensor(self._image, requires_grad=True)
        with np.errstate(all="ignore"):
            for step in self.steps[:layer]:
                before, t = t, step.run(t)
            found = grad(t[0, channel, row, column], [before, start], allow_unused=True)
        zero = [np.zeros(x.shape, self._image.dtype) for x in (before, start)]
        return tuple(np.asarray(z if g is None else g.data)[0] for g, z in zip(found, zero))

    def describe(self):
        data = self.data
        lines = [f"Pixel microscope: image {_by(data['shape'])}, {data['dtype']}, {len(self.steps)} layers"]
        for k, layer in enumerate(data["layers"], 1):  # sizes alone: numbers of a trained model differ between machines
            size = f"{layer['shape'][0]} numbers" if layer["kind"] == "rest" else _by(layer["shape"])
            name = f" “{layer['name']}”" if layer["name"] else ""
            lines.append(f"  {k} {title(layer)}{name}: {size}")
        if data["lost"]:
            lines.append(
                f"  what comes after them does not fit on a page: {data['lost']} layer{'s' * (data['lost'] > 1)}"
            )
        if data["unread"]:
            lines.append(f"  what comes after them cannot be read: {', '.join(data['unread'])}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.pixel_microscope.picture import draw

        return draw(self)


def title(layer):
    """What a layer is called, "conv 3 × 3, stride 2"."""
    text = layer["title"]
    if "kernel" in layer and layer["kind"] != "rest":
        text += f" {_by(layer['kernel'])}"
        plain = {"stride": [1, 1] if layer["kind"] == "conv" else layer["kernel"], "padding": [0, 0]}
        for name, usual in {**plain, "dilation": [1, 1]}.items():
            value = layer[name]
            if value != usual:
                text += f", {name} {value[0] if value[0] == value[1] else _by(value)}"
    return text


def _by(sizes):
    return " × ".join(map(str, sizes))

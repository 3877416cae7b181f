"""What the microscope is given, checked: a copy of the model that nothing else holds, and one image that it can take.

Each mistake gets one sentence that names what was given, what was expected and what to do.
"""

import copy
import sys

import numpy as np

from karpathy_course.nn import Module
from karpathy_course.tensor import Tensor


def as_model(model):
    """A copy of the model in eval mode; one of torch.nn becomes its twin in `nn`.

    Raises TypeError for what is no model, ValueError for one without a convolution or with weights that are not finite.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        from karpathy_course.torch_reference import from_torch

        model = from_torch(model)
    if not isinstance(model, Module):
        raise TypeError(
            f"PixelMicroscope: expected a Module of nn, or of torch.nn, got {type(model).__name__}: "
            "write PixelMicroscope(model, image); layers of your own go into a Sequential, each a Module"
        )
    try:
        model = copy.deepcopy(model)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        raise TypeError(f"PixelMicroscope: the model cannot be copied, and it must stay as it is: {words}") from error
    model = model.eval()
    for p in (*model.parameters(), *model.buffers()):
        p.data = _array(p)  # of whatever library and device
    if not any(len(p.shape) == 4 for p in model.parameters()):
        raise ValueError(
            "PixelMicroscope: the model has no convolution: no weight (out, in, height, width). "
            "Put a Conv2d, or a layer of your own with such a weight, before its Flatten"
        )
    for name, p in (*model.named_parameters(), *model.named_buffers()):
        if lost := int((~np.isfinite(_array(p))).sum()):
            count = _array(p).size
            raise ValueError(
                f"PixelMicroscope: {lost} of the {count} numbers of {name} are inf or nan, and so would be every "
                "pixel after it: draw the weights anew, or load them again"
            )
    return model


def as_image(image, model):
    """The image as an array (1, channels, height, width) of the model's dtype.

    Raises TypeError for whole numbers and for what is no array, ValueError for another shape and for inf or nan.
    """
    first = next(module for module in model.modules() if _kernel(module) is not None)
    weight = _kernel(first)
    channels = weight.shape[1] * getattr(first, "groups", 1)
    image = _array(image)
    shape, wanted = image.shape, f"(channels, height, width) with {channels} channel{'s' * (channels != 1)}"
    if image.dtype.kind in "iub":
        divided = " / 255" if image.dtype == np.uint8 else ""
        raise TypeError(
            f"PixelMicroscope: the image {shape} is {image.dtype}: expected floats: image.astype('float32'){divided}"
        )
    if image.dtype.kind != "f":
        raise TypeError(f"PixelMicroscope: the image is {image.dtype} of shape {shape}: expected floats, {wanted}")
    if len(shape) == 4 and shape[0] == 1:
        image = image[0]
    elif len(shape) == 2 and channels == 1 and min(shape) > 1:
        image = image[None]
    if image.ndim != 3 or image.shape[0] != channels:
        raise ValueError(f"PixelMicroscope: image {shape}: expected {wanted}: {_cure(shape, channels)}")
    if lost := int((~np.isfinite(image)).sum()):
        raise ValueError(f"PixelMicroscope: {lost} of the {image.size} pixels are inf or nan: give an image without")
    return np.ascontiguousarray(image[None], dtype=weight.dtype)


def _cure(shape, channels):
    if len(shape) in (3, 4) and shape[-1] == channels:
        turned = "0, 3, 1, 2" if len(shape) == 4 else "2, 0, 1"
        rows = "batch, " * (len(shape) == 4)
        return f"it looks like ({rows}height, width, channels): image.transpose({turned}) puts the channels first"
    if len(shape) == 4 and shape[1] == channels:
        return f"these are {shape[0]} images: give one, images[0]"
    if len(shape) == 3 and channels == 1:
        return "grey images have one channel: give one of them, images[0]"
    if len(shape) in (1, 2) and (side := round(max(shape, default=0) ** 0.5)) ** 2 * channels == np.prod(shape):
        return f"a row has an image's pixels: image.reshape({channels}, {side}, {side})"
    return "give one image whose channels are those of the first convolution"


def _kernel(module):
    """A module's own weight (out, in / groups, height, width), as an array; None if it has none."""
    found = (p for p in vars(module).values() if isinstance(p, Tensor) and len(p.shape) == 4)
    return next((_array(p) for p in found), None)


def _array(thing):
    thing = thing.data if isinstance(thing, Tensor) else thing
    return np.asarray(thing.detach().cpu().numpy() if hasattr(thing, "detach") else thing)

"""Are these the images that a network expects? Asked by its shape and dtype alone, so of any library's arrays."""

from karpathy_course.ops.shapes import ShapeError


def check_images(name, images, channels, size=None):
    """Raises ShapeError where images are not (batch, channels, size, size), TypeError where they are no floats.

    name: the network's. size: None if every height and width will do.
    """
    shape, wanted = tuple(images.shape), ("height", "width") if size is None else (size, size)
    fits = len(shape) == 4 and shape[1] == channels and (size is None or shape[2:] == wanted)
    if not fits:
        expected = f"(batch, {channels}, {wanted[0]}, {wanted[1]})"
        raise ShapeError(f"{name}: expected images {expected}, got {shape}{_cure(shape, channels, size)}")
    if not str(images.dtype).split(".")[-1].startswith(("float", "bfloat")):
        kind = str(images.dtype).split(".")[-1]
        cure = "make floats of them first, and of pixels from 0 to 255 numbers from 0 to 1: / 255"
        raise TypeError(f"{name}: images {shape} of {kind}: expected floating-point numbers: {cure}")


def _cure(shape, channels, size):
    if len(shape) == 4 and shape[3] == channels and (size is None or shape[1:3] == (size, size)):
        return (
            ": they look like (batch, height, width, channels): bring the last axis to the second place, "
            "by np.moveaxis(x, -1, 1), or in PyTorch x.movedim(-1, 1)"
        )
    if size is not None and len(shape) == 2 and shape[1] == channels * size * size:
        return f": a row has an image's pixels: x.reshape(-1, {channels}, {size}, {size})"
    if len(shape) == 3 and shape[0] == channels and (size is None or shape[1:] == (size, size)):
        return ": one image is a batch of one: x[None]"
    if len(shape) == 3 and channels == 1 and (size is None or shape[1:] == (size, size)):
        return ": grey images have one channel: x[:, None]"
    if len(shape) == 2 and channels == 1 and (size is None or shape == (size, size)):
        return ": one grey image is a batch of one with one channel: x[None, None]"
    if size is not None and len(shape) == 4 and shape[1] == channels and shape[2] == shape[3] < size:
        before, rest = divmod(size - shape[2], 2)
        around = (before, before + rest)
        return f": put a border around them: np.pad(x, ((0, 0), (0, 0), {around}, {around}))"
    return ""

"""Does a batch fit the model, and is the loss a loss? Asked at each step, so that the answer is one clear error."""

import numpy as np

from karpathy_course.ops.array_library import is_array, library
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.methods import Operators


def check_batch(batch, like):
    """Raises TypeError where a batch is not (inputs…, target), arrays of like's library on its device.

    like: an array of the model, or None.
    """
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        raise TypeError(f"fit: the loader gave {_kind(batch)}: expected a batch (inputs…, target)")
    for x in batch:
        x = x.data if isinstance(x, Tensor) else x
        if type(x) is type(like) is np.ndarray:
            continue
        if not is_array(x):
            raise TypeError(f"fit: the batch has {_kind(x)}: expected arrays; np.asarray makes one")
        if like is not None and (library(x), str(x.device)) != (library(like), str(like.device)):
            raise TypeError(
                f"fit: the batch has {_kind(x)}, the model {_kind(like)}: bring them to one library and device first"
            )


def check_loss(loss):
    """Raises TypeError where what loss_fn gave is neither a Tensor nor a trace's stand-in."""
    if not isinstance(loss, Operators):
        raise TypeError(
            f"fit: the loss is {_kind(loss)}, which has no gradient: return what the Tensors' own functions give, "
            "without float() or item()"
        )


def _kind(x):
    if is_array(x):
        return f"a {library(x)} array on {x.device}"
    return f"a {type(x).__name__} of {len(x)}" if isinstance(x, (tuple, list)) else f"a {type(x).__name__}"

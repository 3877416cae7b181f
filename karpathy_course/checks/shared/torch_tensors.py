"""Tensors of PyTorch as plain data, and back: what the probes of lecture 10 have in common.

A case holds ``{"shape": [2, 3], "dtype": "float32", "numbers": [...]}``, as for arrays. This file runs beside the
learner's code.
"""

import contextlib
import random

import numpy as np
import torch

from karpathy_course.checks.runner.plain_data import describe

MOST = 100_000  # numbers of one tensor that are looked at


def tensor_of(described, **more):
    """The tensor that a case describes."""
    dtype = getattr(torch, described["dtype"])
    return torch.tensor(described["numbers"], dtype=dtype, **more).reshape(described["shape"])


def taken(thing):
    """A tensor as plain data; of anything else what it is. graph: whether a graph hangs on it."""
    if not isinstance(thing, torch.Tensor):
        return {"what": describe(thing)}
    if thing.numel() > MOST or thing.dtype not in KNOWN:
        return {"what": f"a tensor of {thing.dtype}, shape {list(thing.shape)[:9]}"}
    numbers = [] if thing.device.type == "meta" else thing.detach().reshape(-1).tolist()
    return {
        **{"dtype": str(thing.dtype).removeprefix("torch."), "shape": list(thing.shape), "device": thing.device.type},
        **{"numbers": [text(x) for x in numbers], "own": True, "graph": thing.requires_grad},
    }


KNOWN = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.int32, torch.bool)


def text(number):
    """NaN is not equal to itself, and two calls are to be compared."""
    return "nan" if number != number else number


def global_states():
    """The states of the random numbers that everybody shares, PyTorch's, NumPy's and Python's, to be compared."""
    _, numbers, *more = np.random.get_state()
    return torch.get_rng_state().numpy().tobytes(), (numbers.tobytes(), *more), random.getstate()


@contextlib.contextmanager
def kept_states():
    """Puts these states back at the end, whatever happens in between."""
    of_torch, of_numpy, of_python = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        torch.set_rng_state(of_torch)
        np.random.set_state(of_numpy)
        random.setstate(of_python)


def stirred(seed):
    """Seeds all three with something else, as other code in a notebook would have left them."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)

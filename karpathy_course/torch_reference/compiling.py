"""`torch.compile` where it can work, which needs more than PyTorch: a C++ compiler on a CPU, Triton on a GPU."""

import warnings
from functools import cache

import torch


def compiled_if_possible(model, device):
    """The compiled model; where nothing can be compiled, the model, and one RuntimeWarning that says why."""
    why = why_not_compiled(device.type)
    if why is None:
        return torch.compile(model)
    warnings.warn(f"torch.compile: {why}. The model runs without it, as exact and slower", RuntimeWarning, stacklevel=4)
    return model


@cache
def why_not_compiled(kind):
    """Why nothing can be compiled for a kind of device, in one line; None where a trial of one line worked.

    Whether a compiler is there says too little: Triton wants a C compiler beside it, and both want Python's headers.
    """
    if kind == "meta":
        return "the meta device computes nothing"
    try:
        torch.compile(_trial)(torch.ones(4, device=kind))
    except Exception as error:  # whichever part of three compilers failed
        return f"no working compiler for {kind}: {_first_line(error)}"
    return None


def _trial(x):
    return x * x + 1


def _first_line(error):
    return str(error).strip().split("\n")[0].rstrip(".")

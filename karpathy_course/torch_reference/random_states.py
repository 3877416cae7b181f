"""Where every source of random numbers stands that a training draws from, as plain data."""

import numpy as np
import torch

from karpathy_course.tensor.randomness import default_generator, set_state, state_of


def random_states(run):
    """{source: state}: PyTorch's on the CPU and on the GPU that is used, the course's, and the loader's own.

    A source's name says what draws its numbers, so that two runs draw alike where their names are equal.
    """
    states = {"torch": torch.get_rng_state()}
    if run.device.type in ("cuda", "mps"):
        states[run.device.type] = _of_gpu(run.device).get_rng_state()
    for who, generator in _generators(run.loader):
        states[_name(who, generator)] = _state(generator)
    return states


def set_random_states(run, states):
    """Put all of them where they stood when `random_states` was asked of such a run."""
    torch.set_rng_state(states["torch"])
    if run.device.type in ("cuda", "mps"):
        _of_gpu(run.device).set_rng_state(states[run.device.type])
    for who, generator in _generators(run.loader):
        state = states[_name(who, generator)]
        if isinstance(generator, torch.Generator):
            generator.set_state(state)
        else:
            set_state(generator, state)


def _generators(loader):
    """[(whose, generator)]: the course's default, and the one that orders the batches where the loader has its own."""
    own = getattr(loader, "generator", None)
    is_own = isinstance(own, (torch.Generator, np.random.Generator)) and own is not default_generator()
    return [("course", default_generator()), *([("loader", own)] if is_own else [])]


def _name(who, generator):
    kind = "torch" if isinstance(generator, torch.Generator) else type(generator.bit_generator).__name__
    return f"{who}: {kind}"


def _state(generator):
    return generator.get_state() if isinstance(generator, torch.Generator) else _plain(state_of(generator))


def _plain(x):
    """NumPy's arrays as lists: a checkpoint holds nothing that only code could bring back."""
    if isinstance(x, dict):
        return {name: _plain(value) for name, value in x.items()}
    return x.tolist() if isinstance(x, np.ndarray) else x


def _of_gpu(device):
    return torch.mps if device.type == "mps" else torch.cuda

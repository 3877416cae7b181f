"""The one source of random numbers that nobody has to pass on: first weights, dropped-out numbers, shuffled rows.

As in PyTorch, `manual_seed` sets it and functions that draw take a ``generator`` that is used instead. Its state is
plain data, so that a run that is resumed draws what it would have drawn.
"""

import numpy as np

_default = np.random.default_rng()


def manual_seed(seed):
    """Start the default generator from a whole number, as torch.manual_seed; returns the generator."""
    _default.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return _default


def default_generator():
    """The numpy.random.Generator that is used where none is given."""
    return _default


def state_of(generator):
    """Where a generator stands, as plain data."""
    return generator.bit_generator.state


def set_state(generator, state):
    """Put a generator where it stood when `state_of` was asked. Raises ValueError for another kind of generator."""
    try:
        generator.bit_generator.state = state
    except (TypeError, ValueError, KeyError) as error:
        kind = type(generator.bit_generator).__name__
        given = state.get("bit_generator") if isinstance(state, dict) else type(state).__name__
        raise ValueError(f"random numbers: this is the state of {given}, the generator is {kind}: {error}") from None

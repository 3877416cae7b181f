"""A model with other values in the place of its parameters and buffers, for as long as a graph of it is traced."""

from contextlib import contextmanager

from karpathy_course.nn.module import Buffer, Parameter


@contextmanager
def substituted(model, values):
    """Inside, the model computes with values, {name: array, Tensor or stand-in}, instead of its own.

    A buffer that the model sets inside is set in ``values``; afterwards the model is as it was.
    """
    attributes = [
        (f"{prefix}.{name}" if prefix else name, vars(module), name, part)
        for prefix, module in model.named_modules()
        for name, part in list(vars(module).items())
        if isinstance(part, (Parameter, Buffer))
    ]
    new = {id(part): values[full] for full, _, _, part in attributes if full in values}  # a shared one has one name
    try:
        for _, own, name, part in attributes:
            own[name] = new.get(id(part), part)
        yield values
    finally:
        for full, own, name, part in attributes:
            if full in values:
                values[full] = own[name]
            own[name] = part

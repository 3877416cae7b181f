"""A model as a tree of modules: what it has to learn, under PyTorch's names.

A module's parameters, buffers and modules are its own attributes, in the order in which they were set; a `Parameter`
is learnt, a buffer only kept. `state_dict` names each by the way to it, ``0.weight``, as PyTorch does, so that
weights go both ways. Nothing here computes: that is what a module's ``forward`` does.
"""

from collections import namedtuple

import numpy as np

from karpathy_course.ops.array_library import is_array, namespace
from karpathy_course.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a module learns. data: an array, kept as it is."""

    __slots__ = ()

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A Tensor that a module keeps beside its parameters and does not learn, a running mean for example."""

    __slots__ = ()


IncompatibleKeys = namedtuple("IncompatibleKeys", "missing_keys unexpected_keys")


class Module:
    """What every layer and model is. A subclass sets its parts as attributes and says what it does in ``forward``."""

    training = True

    def __call__(self, *inputs, **named):
        return self.forward(*inputs, **named)

    def forward(self, *inputs, **named):
        raise NotImplementedError(f"{type(self).__name__}: its class has no forward: say there what it computes")

    def named_children(self):
        """(name, module) of the modules that are this one's own attributes."""
        return ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def children(self):
        return (part for _, part in self.named_children())

    def named_modules(self, prefix=""):
        """(name, module) of this module, named "", and of all below it, each once."""
        return _once(self._all_modules(prefix))

    def modules(self):
        return (module for _, module in self.named_modules())

    def _all_modules(self, prefix):
        yield prefix, self
        for name, part in self.named_children():
            yield from part._all_modules(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self):
        """(name, Parameter) of all that is learnt, in the order of `state_dict`; a shared one once."""
        return _once(self._below(Parameter))

    def parameters(self):
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self):
        return _once(self._below(Buffer))

    def buffers(self):
        return (buffer for _, buffer in self.named_buffers())

    def _below(self, *kinds):
        for prefix, module in self._all_modules(""):
            for kind in kinds:
                for name, part in vars(module).items():
                    if isinstance(part, kind):
                        yield (f"{prefix}.{name}" if prefix else name), part

    def set_buffer(self, name, value):
        """Let a buffer hold a new value. In a trace, where a stand-in is in its place, the new stand-in replaces it."""
        if isinstance(getattr(self, name), Buffer):
            data = value.data  # NumPy makes plain numbers of arrays without a shape
            getattr(self, name).data = np.asarray(data) if isinstance(data, np.generic) else data
        else:
            setattr(self, name, value)

    def state_dict(self):
        """{name: array} of parameters and buffers. The arrays are the model's own: copy what must not change."""
        return {name: part.data for name, part in self._below(Parameter, Buffer)}

    def load_state_dict(self, state_dict, strict=True):
        """Copy arrays of these names into the model; nothing is copied unless all of them fit.

        state_dict: {name: array}, of this library or another. Returns the names that were missing or unexpected,
        which only ``strict=False`` allows. Raises RuntimeError that lists what does not fit.
        """
        own = dict(self._below(Parameter, Buffer))
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        wrong = []
        if strict and missing:
            wrong.append(f"Missing key(s) in state_dict: {_quoted(missing)}.")
        if strict and unexpected:
            wrong.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}.")
        new = {name: _array(name, state_dict[name]) for name in own if name in state_dict}
        for name, array in new.items():
            if tuple(array.shape) != own[name].shape:
                wrong.append(
                    f"size mismatch for {name}: the state has shape {tuple(array.shape)}, "
                    f"the model's is {own[name].shape}."
                )
        if wrong:
            listed = "".join(f"\n\t{line}" for line in wrong)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:{listed}")
        for name, array in new.items():
            data = own[name].data
            data[...] = namespace(data).asarray(_numbers(array, data), dtype=data.dtype, device=data.device)
        return IncompatibleKeys(missing, unexpected)

    def train(self, mode=True):
        """Behave as in training (dropout drops, running statistics run) or, with mode=False, as when asked."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def zero_grad(self):
        """Forget the gradients, as torch does by default: each ``grad`` is None again."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self, requires_grad=True):
        """Whether the parameters are learnt: with False they are frozen."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype):
        """All floating-point parameters and buffers in another dtype: ``"float64"``, or the library's own."""
        for part in dict.fromkeys([*self.parameters(), *self.buffers()]):
            xp = namespace(part.data)
            if xp.isdtype(part.dtype, "real floating"):
                part.data = xp.astype(part.data, getattr(xp, dtype) if isinstance(dtype, str) else dtype)
                part.grad = None
        return self

    def float(self):
        return self.to("float32")

    def double(self):
        return self.to("float64")

    def extra_repr(self):
        """What stands between the brackets of the module's text."""
        return ""

    def __repr__(self):
        parts = [f"({name}): " + repr(part).replace("\n", "\n  ") for name, part in self.named_children()]
        if not parts:
            return f"{type(self).__name__}({self.extra_repr()})"
        inside = "".join(f"\n  {line}" for line in [self.extra_repr(), *parts] if line)
        return f"{type(self).__name__}({inside}\n)"


def _once(pairs):
    met = set()
    for name, thing in pairs:
        if id(thing) not in met:
            met.add(id(thing))
            yield name, thing


def _quoted(names):
    return ", ".join(f'"{name}"' for name in names)


def _array(name, value):
    value = value.data if isinstance(value, Tensor) else value
    if not is_array(value):
        raise TypeError(f"load_state_dict: {name}: expected an array, got {type(value).__name__}: {value!r:.60}")
    return value


def _numbers(array, like):
    """An array as like's library can read it: PyTorch's detached, and brought to the CPU for NumPy."""
    if type(array) is type(like) or not hasattr(array, "detach"):
        return array
    return array.detach().cpu().numpy()

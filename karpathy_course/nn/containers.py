"""Modules made of modules: one after the other, a sum of two paths, a list that a model's own forward goes through."""

from karpathy_course.nn.functional import as_operand
from karpathy_course.nn.module import Module
from karpathy_course.ops.shapes import ShapeError


class _Numbered(Module):
    """Modules called "0", "1", …, as PyTorch names them."""

    def __len__(self):
        return len(list(self.named_children()))

    def __iter__(self):
        return iter(list(self.children()))

    def __getitem__(self, index):
        parts = list(self.children())
        if isinstance(index, slice):  # a part of a ConvNet is none
            return ModuleList(parts[index]) if isinstance(self, ModuleList) else Sequential(*parts[index])
        return parts[index]

    def append(self, module):
        _is_module(type(self).__name__, module)
        setattr(self, str(len(self)), module)
        return self


class Sequential(_Numbered):
    """The modules one after the other: each gets what the one before gave. One dict names them by its keys."""

    _order = ()

    def __init__(self, *modules):
        if len(modules) == 1 and isinstance(modules[0], dict):
            named = modules[0].items()
        else:
            named = ((str(k), module) for k, module in enumerate(modules))
        for name, module in named:
            _is_module("Sequential", module)
            setattr(self, name, module)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        self._look_up()

    def __delattr__(self, name):
        super().__delattr__(name)
        self._look_up()

    def _look_up(self):
        super().__setattr__("_order", tuple(self.children()))  # once, not at every step

    def forward(self, input):
        for module in self._order:
            input = module.forward(input)
        return input


class ModuleList(_Numbered):
    """A list of modules whose parameters are the model's; it computes nothing itself."""

    def __init__(self, modules=()):
        for k, module in enumerate(modules):
            _is_module("ModuleList", module)
            setattr(self, str(k), module)


class Residual(Module):
    """``x + body(x)``: the body learns what to change, and the gradient has a path around it. He et al. 2016, eq. 1.

    shortcut: a module for the path around, where body changes the shape: ``shortcut(x) + body(x)``; None is x itself.
    torch.nn has no such module, since each model there writes the sum in its own forward; its twin is in
    `torch_reference`. Raises ShapeError where the two do not have one shape, which a sum might hide by broadcasting.
    """

    def __init__(self, body, shortcut=None):
        for module in (body, *([] if shortcut is None else [shortcut])):
            _is_module("Residual", module)
        self.body, self.shortcut = body, shortcut

    def forward(self, input):
        input = as_operand(input)
        around = input if self.shortcut is None else self.shortcut(input)
        out = self.body(input)
        if tuple(around.shape) != tuple(out.shape):
            shapes = f"the body gives {tuple(out.shape)}, the path around {tuple(around.shape)}"
            raise ShapeError(f"Residual: {shapes}: give a shortcut that changes the shape as the body does")
        return around + out


def _is_module(where, thing):
    if not isinstance(thing, Module):
        raise TypeError(f"{where}: {thing!r:.60} is not a Module: for a function write a module with it as forward")

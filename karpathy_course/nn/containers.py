"""Modules made of modules: one after the other, or a list that a model's own forward goes through."""

from karpathy_course.nn.module import Module


class _Numbered(Module):
    """Modules called "0", "1", …, as PyTorch names them."""

    def __len__(self):
        return len(list(self.named_children()))

    def __iter__(self):
        return iter(list(self.children()))

    def __getitem__(self, index):
        parts = list(self.children())
        if isinstance(index, slice):
            return type(self)(parts[index]) if isinstance(self, ModuleList) else type(self)(*parts[index])
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


def _is_module(where, thing):
    if not isinstance(thing, Module):
        raise TypeError(f"{where}: {thing!r:.60} is not a Module: for a function write a module with it as forward")

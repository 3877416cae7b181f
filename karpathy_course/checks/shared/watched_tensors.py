"""What a training loop does with tensors: whether it reads a number, and whether it mixes devices.

On a GPU the one costs time that no line shows, the other raises an error. No GPU is needed to see either: `Watch` sees
each function that is called on a tensor, and on PyTorch's `meta` device there is no number to be read. This file runs
beside the learner's code.
"""

import torch
import torch._dynamo  # the first operation on the meta device loads it, in a second: so it is loaded once for all
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

READS = {  # what has to know a tensor's numbers, and so waits for the device: how it is written
    **{"item": ".item()", "tolist": ".tolist()", "numpy": ".numpy()", "cpu": ".cpu()", "nonzero": "nonzero"},
    **{"__float__": "float(…)", "__int__": "int(…)", "__index__": "a tensor as an index or in range(…)"},
    **{"__bool__": "a tensor in `if`, `while`, `and`, `max` or `assert`", "__array__": "np.asarray(…)"},
    **{"__format__": "a tensor in an f-string", "__repr__": "print of a tensor", "__contains__": "`in` a tensor"},
    **{"equal": "torch.equal", "allclose": "torch.allclose", "is_nonzero": "is_nonzero"},
    **{"masked_select": "masked_select", "unique": "unique", "bincount": "bincount"},
}
BETWEEN = {"to", "copy_", "_to_copy"}  # what carries a tensor to another device, and says so


class Watch(TorchFunctionMode):
    """Notes, while it is entered: reads, how numbers were read; mixed, functions that got tensors of two devices."""

    def __init__(self):
        super().__init__()
        self.reads, self.mixed = [], []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        if name in READS and len(self.reads) < 100:
            self.reads.append(READS[name])
        tensors = tensors_in([*args, *kwargs.values()])
        if name not in BETWEEN and len({tensor.device.type for tensor in tensors}) > 1:
            small = [tensor for tensor in tensors if tensor.device.type == "cpu" and not tensor.dim()]
            of_cpu = [tensor for tensor in tensors if tensor.device.type == "cpu"]
            if len(small) < len(of_cpu) or (of_cpu[0] is tensors[0] and in_place(name)):
                self.mixed.append(name)
        return function(*args, **kwargs)


def in_place(name):
    return name.startswith(("__i", "__setitem__")) or (name.endswith("_") and not name.endswith("__"))


def tensors_in(things):
    found = []
    for thing in things:
        if isinstance(thing, torch.Tensor):
            found.append(thing)
        elif isinstance(thing, (list, tuple)):
            found += tensors_in(thing)
    return found


class Descent:
    """An optimiser with PyTorch's interface: p -= rate · grad. steps: how often it was asked for one."""

    def __init__(self, parameters, rate):
        self.param_groups = [{"params": list(parameters), "lr": rate}]
        self.steps = 0

    def zero_grad(self, set_to_none=True):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    @torch.no_grad()
    def step(self):
        self.steps += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])


class Batches:
    """What a loop goes through once an epoch: new pairs of tensors on the CPU each time; it has no length."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter([(x, y) for x, y in self.pairs])


class Moded(torch.nn.Sequential):
    """A model that notes in which mode it was called, and on how many samples."""

    def __init__(self, *layers):
        super().__init__(*layers)
        self.modes, self.rows = [], []

    def forward(self, x):
        self.modes.append(all(module.training for module in self.modules()))
        self.rows.append(len(x))
        return super().forward(x)


class Made(TorchDispatchMode):
    """Counts, while it is entered, the numbers of all tensors that come into being on the CPU."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        self.numbers += sum(t.numel() for t in tensors_in([out]) if t.device.type == "cpu")
        return out

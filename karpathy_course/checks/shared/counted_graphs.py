"""How many graphs are alive: what 10.7 counts while the learner's loop runs. This file runs beside the learner's code.

A graph's nodes are C++ objects. One of them is a function of ours, whose context lives exactly as long as the node, and
holds a `Mark`: so the marks that are alive are the graphs that somebody still holds.
"""

import torch


class Mark:
    """Counted while it is alive."""

    alive = 0

    def __init__(self):
        Mark.alive += 1

    def __del__(self):
        Mark.alive -= 1


class Layer(torch.autograd.Function):
    """x @ weight.T + bias."""

    @staticmethod
    def forward(context, x, weight, bias, note):
        context.mark = Mark()
        context.save_for_backward(x, weight)
        note(context)
        return x @ weight.T + bias

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        return gradient @ weight, gradient.T @ x, gradient.sum(0), None


class Counted(torch.nn.Module):
    """A linear model. with_graph: whether each call made a graph; last: the context of the last one, if it did."""

    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
        self.last, self.with_graph = None, []

    def forward(self, x):
        self.with_graph.append(torch.is_grad_enabled() and (self.weight.requires_grad or x.requires_grad))
        return Layer.apply(x, self.weight, self.bias, self.note)

    def note(self, context):
        self.last = context if self.with_graph[-1] else None


class Stepping:
    """An optimiser. retained: for each step, whether the graph it came from could still be gone through."""

    def __init__(self, model, rate):
        self.model, self.rate, self.retained = model, rate, []

    def zero_grad(self, set_to_none=True):
        for p in self.model.parameters():
            p.grad = None

    @torch.no_grad()
    def step(self):
        context, self.model.last = self.model.last, None
        try:
            self.retained.append(bool(context is not None and context.saved_tensors))
        except RuntimeError:  # "Trying to backward through the graph a second time": it was given back
            self.retained.append(False)
        for p in self.model.parameters():
            if p.grad is not None:
                p.add_(p.grad, alpha=-self.rate)


class Fetched:
    """Pairs of tensors, once; alive: how many graphs there were beyond those of before, each time one was asked for."""

    def __init__(self, pairs):
        self.pairs, self.alive, self.before = iter(pairs), [], Mark.alive

    def __iter__(self):
        return self

    def __next__(self):
        self.alive.append(Mark.alive - self.before)
        return next(self.pairs)

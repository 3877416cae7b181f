"""One training step as one compiled graph: the model, its gradients and the optimiser's rule in a single program.

What changes from step to step goes in and comes out, else it would be frozen in: the step's number, the rates, what
dropout keeps, running statistics, what the optimiser keeps. Options that stay (betas, a momentum) are part of the
program, unless the schedule says that it sets them; a change of one makes another program, and so does a batch of
another shape.
"""

import inspect
import re
from itertools import islice
from math import isfinite

import numpy as np

from karpathy_course import graph
from karpathy_course.nn.masks import drawn, given, watched
from karpathy_course.nn.substituting import substituted
from karpathy_course.optim.optimizer import SCHEDULED
from karpathy_course.tensor import Tensor, no_grad
from karpathy_course.train.batch_checks import check_loss
from karpathy_course.train.clipping import clipped
from karpathy_course.train.not_finite import check_gradients, not_finite

PLAIN = (bool, int, float, str, type(None))


class CompiledStep:
    """Called like `eager_step`, and gives the same; the model and the optimiser hold new arrays afterwards.

    programs: {what is frozen in: a `jit` function}.
    """

    def __init__(self, run):
        self.run, self.programs, self._plans = run, {}, {}
        self._buffers = list(run.model.named_buffers())
        names = {id(p): name for name, p in run.learnt}
        self._learnt = [(names[id(p)], p, k) for k, g in enumerate(run.optimizer.param_groups) for p in g["params"]]
        self._names = [name for name, _, _ in self._learnt]
        learnt = {id(p) for _, p, _ in self._learnt}
        self._frozen = [(name, p) for name, p in run.parameters if id(p) not in learnt]
        self._moving = ("lr", *(run.scheduler.changes if run.scheduler is not None else ()))  # they go in as numbers
        self._aside = {"params", *SCHEDULED, *self._moving}
        self._plain = self._last = self._plan = None

    def __call__(self, batch):
        run, groups = self.run, self.run.optimizer.param_groups
        batch = [x.data if isinstance(x, Tensor) else x for x in batch]
        states = [run.optimizer.state_of(p, groups[k]) for _, p, k in self._learnt]
        steps = [state["step"] for state in states]
        numbers = sorted(set(steps))
        frozen_in = self._frozen_in(batch, [numbers.index(n) for n in steps])
        if frozen_in != self._last:  # compared, which is quicker than a look into a dict
            key = tuple(map(tuple, frozen_in))
            if key not in self._plans:
                self._plans[key] = self._plan_for(batch, key[1:], states)
            self._last, self._plan = frozen_in, self._plans[key]
        program, masks, slots = self._plan
        for _, p, _ in self._learnt:
            p.grad = None  # the last step's: their memory is used again
        found = program(
            *[np.asarray(n + 1.0) for n in numbers],
            *[np.asarray(number, float) for group in groups for number in self._moved(group)],
            *batch,
            *[p.data for _, p, _ in self._learnt],
            *[p.data for _, p in self._frozen],
            *[states[k][name] for k, name in slots],
            *[buffer.data for _, buffer in self._buffers],
            *[drawn(*mask) for mask in masks],
        )
        return self._kept(found, batch, states, slots)

    def _moved(self, group):
        """The numbers of a group that change from step to step: its rate, and what the schedule sets beside it."""
        numbers = []
        for name in self._moving:
            value = group[name]
            numbers += value if isinstance(value, tuple) else [value]
        return numbers

    def _frozen_in(self, batch, counts):
        """What another program is made for, as lists: shapes, which step counts go together, options, settings…

        Settings are the modules' plain attributes as they are now: a dropout's p, a momentum, whether it trains.
        """
        if self._plain is None:
            parts = [vars(module) for module in self.run.model.modules()]
            self._plain = [(own, name) for own in parts for name, x in own.items() if type(x) in PLAIN]
        groups = self.run.optimizer.param_groups
        return [
            [(x.shape, x.dtype) for x in batch],
            counts,
            [value for group in groups for name, value in group.items() if name not in self._aside],
            [own[name] for own, name in self._plain],
            [p.requires_grad for _, p, _ in self._learnt],
        ]

    def _plan_for(self, batch, key, states):
        """(the program, [(shape, p, dtype)] of the masks it asks for, [(parameter, name)] of what is kept of each).

        key: what the program is made for but for the batch's shapes, for which a `jit` function traces anew itself.
        """
        slots = [(k, name) for k, state in enumerate(states) for name in state if name != "step"]
        key = (len(batch), *key)
        if key not in self.programs:
            kept = [[name for j, name in slots if j == k] for k in range(len(states))]
            self.programs[key] = graph.jit(self._step(key[1], len(batch), kept))
        before = [(buffer, buffer.data) for _, buffer in self._buffers]
        with watched() as masks, no_grad():
            self.run.model(*batch[:-1])
        for buffer, data in before:
            buffer.data = data
        return self.programs[key], masks, slots

    def _step(self, counts, batch_size, kept):
        """The function that is traced: flat arguments in, (loss, output, gradients…, new values…) out."""
        run, learnt = self.run, self._learnt
        groups = run.optimizer.param_groups
        moved = sum(len(self._moved(group)) for group in groups)
        names = [name for name, _, _ in learnt] + [name for name, _ in self._frozen]
        buffers = [name for name, _ in self._buffers]

        def losses(batch, parameters, values, masks):
            held = dict(zip([*names, *buffers], [*parameters, *values]))
            with substituted(run.model, held), given(masks):
                output = run.model(*batch[:-1])
                loss = run.loss_fn(output, batch[-1])
                check_loss(loss)
                return loss, output, held

        def step(*arguments):
            rest = iter(arguments)
            numbers, rates, batch, parameters, states, values = (
                list(islice(rest, n))
                for n in (max(counts) + 1, moved, batch_size, len(names), sum(map(len, kept)), len(buffers))
            )
            rates = iter(rates)
            options = [group | {name: self._like(group[name], rates) for name in self._moving} for group in groups]
            inputs = [*batch, *parameters, *values, *rest]
            cuts = batch_size, batch_size + len(names), batch_size + len(names) + len(buffers)

            def loss(*x):
                return losses(x[: cuts[0]], x[cuts[0] : cuts[1]], x[cuts[1] : cuts[2]], x[cuts[2] :])[0]

            wanted = [f"x{batch_size + k}" for k, (_, p, _) in enumerate(learnt) if p.requires_grad]
            backward = graph.grad(graph.trace(loss, *[x.value for x in inputs]), wanted)
            value, *gradients = backward(*inputs)
            gradients = gradients[batch_size : batch_size + len(learnt)]
            _, output, held = losses(batch, parameters, values, inputs[cuts[2] :])  # merged with the same in backward
            known = [g for g in gradients if g is not None]
            shorter = iter(known if run.clip_norm is None else clipped(known, run.clip_norm))
            states, new, news = iter(states), [], []
            for (_, _, k), own, p, g, count in zip(learnt, kept, parameters, gradients, counts):
                state = {name: next(states) for name in own}
                if g is not None:
                    p = run.optimizer.update(p, next(shorter), state, options[k], numbers[count])
                new.append(p)
                news += state.values()
            return (value, output, *gradients, *new, *news, *[held[name] for name in buffers])

        step.__signature__ = _signature(
            *(f"number{k}" for k in range(max(counts) + 1)),
            *(f"rate{k}" for k in range(moved)),
            *(f"input{k}" for k in range(batch_size - 1)),
            "target",
            *names,
            *(f"{name}.{what}" for name, own in zip(names, kept) for what in own),
            *buffers,
        )
        return step

    @staticmethod
    def _like(value, numbers):
        """The next of the numbers in the place of an option: one, or as many as a tuple has."""
        return tuple(islice(numbers, len(value))) if isinstance(value, tuple) else next(numbers)

    def _kept(self, found, batch, states, slots):
        """Takes the new values over, if the loss and the gradients are finite."""
        loss, output, *found = found
        if not isfinite(loss):
            raise not_finite(self.run, batch, float(loss))
        gradients = dict(zip(self._names, found))
        check_gradients(self.run, gradients)
        new = iter([x if type(x) is np.ndarray else np.asarray(x) for x in found[len(self._names) :]])
        for name, p, _ in self._learnt:  # NumPy had made plain numbers of arrays without a shape
            p.data, p.grad = next(new), gradients[name]
        for k, name in slots:
            states[k][name] = next(new)
        for name, state in zip(self._names, states):
            state["step"] += gradients[name] is not None
        for _, buffer in self._buffers:
            buffer.data = next(new)
        return loss, Tensor(output) if isinstance(output, np.ndarray) else output, gradients


def _signature(*names):
    """Names of the flat arguments, from which the program's text takes its own; the masks come after them."""
    words = (re.sub(r"\W", "_", f"layer{name}" if name[0].isdigit() else name) for name in names)
    return inspect.Signature([inspect.Parameter(word, inspect.Parameter.POSITIONAL_ONLY) for word in words])

"""The training loop as a PyTorch user writes it, on any device, as the same stream of Steps.

Reading a number from a GPU waits for all that it still has to do. So a Step holds its loss unread, nothing here reads
one, and readers read every so many steps. On the ``meta`` device, which has no numbers, the loop runs all the same.
"""

from math import isfinite

import numpy as np
import torch

from karpathy_course.train import NotFinite
from karpathy_course.train.step import Step


class Run:
    """What the Steps of one training share; see `karpathy_course.train.fitting.Run`."""

    def __init__(self, model, loader, optimizer, epochs, metrics, validation):
        self.model, self.loader, self.optimizer, self.validation = model, loader, optimizer, validation
        self.epochs, self.metrics, self.total = epochs, metrics or {}, epochs * len(loader)


def fit(model, loader, loss_fn, optimizer, *, epochs=1, metrics=None, validation=None, schedule=None, clip_norm=None):
    """Train a torch module where its parameters are, and yield a `Step` after every step; nothing is read.

    loader: batches (inputs…, target) of NumPy's arrays or tensors on any device, with a length. schedule: a function of
    the step's number, or one of torch.optim.lr_scheduler, which steps after every batch. The other arguments mean what
    they mean for `karpathy_course.train.fit`; validation is measured with one reading an epoch.
    """
    if len(loader) == 0:
        raise ValueError("fit: the loader has no batches: is drop_last=True with a batch_size above the data's?")
    run, number = Run(model, loader, optimizer, epochs, metrics, validation), 0
    scheduled = isinstance(schedule, torch.optim.lr_scheduler.LRScheduler)
    device = next(model.parameters()).device
    learnt = {id(p) for group in optimizer.param_groups for p in group["params"]}
    parameters = {name: p for name, p in model.named_parameters() if id(p) in learnt}
    for epoch in range(1, epochs + 1):
        model.train()
        for position, batch in enumerate(loader, 1):
            if schedule is not None and not scheduled:
                for group in optimizer.param_groups:
                    group["lr"] = schedule(number + 1)
            rate = optimizer.param_groups[0]["lr"]
            *inputs, target = batch = [_on(device, x) for x in batch]
            model.zero_grad(set_to_none=True)  # of those too that the optimiser has not: else they would add up
            output = model(*inputs)
            loss = loss_fn(output, target)
            loss.backward()
            gradients = {name: p.grad for name, p in parameters.items()}
            if clip_norm is not None:
                gradients = {name: None if g is None else g.clone() for name, g in gradients.items()}
                torch.nn.utils.clip_grad_norm_(parameters.values(), clip_norm)
            optimizer.step()
            if scheduled:
                schedule.step()
            number += 1
            ends = position == len(loader)
            found = evaluate(model, validation, loss_fn, metrics) if ends and validation is not None else None
            yield Step(run, number, epoch, ends, rate, loss.detach(), output.detach(), batch, gradients, found)


@torch.no_grad()
def evaluate(model, batches, loss_fn, metrics=None):
    """{"loss": …, each metric: …} over batches in eval mode, every row counting as much; read once, at the end.

    The modules' modes are as before afterwards. Raises ValueError where there is no batch.
    """
    device = next(model.parameters()).device
    functions = {"loss": loss_fn, **(metrics or {})}
    modes = [(module, module.training) for module in model.modules()]
    totals, rows = dict.fromkeys(functions, 0.0), 0
    model.eval()
    try:
        for batch in batches:
            *inputs, target = [_on(device, x) for x in batch]
            output, n = model(*inputs), target.shape[0]
            totals = {name: total + n * functions[name](output, target) for name, total in totals.items()}
            rows += n
    finally:
        for module, mode in modes:
            module.training = mode
    if not rows:
        raise ValueError("evaluate: there is no batch to evaluate on")
    return {name: float(total) / rows for name, total in totals.items()}


def every(steps, count):
    """Each count-th step alone, and the last: for readers of numbers, each of which makes a GPU wait."""
    step = None
    for step in steps:
        if step.number % count == 0:
            yield step
            step = None
    if step is not None:
        yield step


def stop_if_not_finite(steps, count=50):
    """The steps again; the loss of each count-th is read, and NotFinite raised where it is inf or nan."""
    for step in steps:
        if step.number % count == 0 and not isfinite(step.loss):
            raise NotFinite(step.number, "the loss", f"step {step.number}: the loss is {step.loss}: lower the rate")
        yield step


def _on(device, x):
    x = torch.from_numpy(x) if isinstance(x, np.ndarray) else x
    return x.to(device, non_blocking=True)

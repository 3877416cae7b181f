"""The training loop as a PyTorch user writes it, on any device, as the same stream of Steps.

Reading a number from a GPU waits for all that it still has to do. So a Step holds its loss unread, nothing here reads
one, and readers read every so many steps. On the ``meta`` device, which has no numbers, the loop runs all the same.
"""

import warnings
from contextlib import nullcontext
from itertools import islice
from math import isfinite

import numpy as np
import torch
from torch.nn.parallel import DistributedDataParallel

from karpathy_course.torch_reference.checkpoint_files import load_checkpoint
from karpathy_course.torch_reference.compiling import compiled_if_possible
from karpathy_course.torch_reference.devices import full_memory
from karpathy_course.torch_reference.precision import Precision
from karpathy_course.torch_reference.random_states import random_states, set_random_states
from karpathy_course.train import NotFinite
from karpathy_course.train.step import Step


def fit(
    model,
    loader,
    loss_fn,
    optimizer,
    *,
    epochs=1,
    metrics=None,
    validation=None,
    schedule=None,
    clip_norm=None,
    compiled=False,
    autocast=None,
    channels_last=False,
    accumulate=1,
    resume=None,
):
    """Train a torch module where its parameters are, and yield a `Step` after every step; nothing is read.

    loader: batches (inputs…, target) of NumPy's arrays or tensors on any device, with a length. schedule: a function of
    the step's number, or one of torch.optim.lr_scheduler, which steps after every batch. metrics, validation and
    clip_norm mean what they mean for `karpathy_course.train.fit`; validation is read once an epoch.

    compiled: by torch.compile, where it works. autocast: torch.bfloat16 or torch.float16, see `precision`.
    channels_last: images and kernels lie in memory as (batch, height, width, channels), which GPUs compute fastest.
    accumulate: work each batch out in so many parts whose gradients add up, for a batch that the memory cannot hold:
    the same step, but for norms over the batch. resume: a checkpoint's path (see `checkpoints`), from which to go on.

    Raises CheckpointError for a checkpoint that does not fit, torch.OutOfMemoryError with a cure where the memory is
    full, ValueError for arguments that are none of these. A model in DistributedDataParallel is trained as such.
    """
    words = {"compiled": compiled, "autocast": autocast, "channels_last": channels_last, "accumulate": accumulate}
    run = Run(model, loader, loss_fn, optimizer, epochs, metrics, validation, schedule, clip_norm, **words)
    if resume is not None:
        load_checkpoint(resume, run)
    return run.steps()


class Run:
    """What a training knows of where it is, and how it takes a step; a checkpoint holds it and the weights.

    model: the module without what distributes or compiles it. number: steps done. epoch, position: epochs done, and
    batches of the one that runs. order: where the random numbers stood when that epoch's order was drawn.
    """

    def __init__(self, model, loader, loss_fn, optimizer, epochs, metrics, validation, schedule, clip_norm, **words):
        if len(loader) == 0:
            raise ValueError("fit: the loader has no batches: is drop_last=True with a batch_size above the data's?")
        self.accumulate = words["accumulate"]
        if not isinstance(self.accumulate, int) or self.accumulate < 1:
            raise ValueError(f"fit: accumulate={self.accumulate!r}: expected a whole number of parts from 1")
        self.model = model.module if isinstance(model, DistributedDataParallel) else model
        self.loader, self.loss_fn, self.optimizer = loader, loss_fn, optimizer
        self.epochs, self.metrics, self.validation, self.clip_norm = epochs, metrics or {}, validation, clip_norm
        self.device = next(self.model.parameters()).device
        self.precision = Precision(words["autocast"], self.device)
        self.scheduler = schedule if isinstance(schedule, torch.optim.lr_scheduler.LRScheduler) else None
        self.schedule = schedule if self.scheduler is None else None
        self.memory_format = torch.channels_last if words["channels_last"] else None
        if words["channels_last"]:
            self.model.to(memory_format=torch.channels_last)
        self._distributed = model if isinstance(model, DistributedDataParallel) else None
        self._forward = compiled_if_possible(model, self.device) if words["compiled"] else model
        learnt = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self._learnt = {name: p for name, p in self.model.named_parameters() if id(p) in learnt}
        self.number = self.epoch = self.position = 0
        self.total, self.order = epochs * len(loader), None

    def steps(self):
        length = len(self.loader)
        while self.epoch < self.epochs:
            epoch = self.epoch + 1
            self.model.train()
            for batch in self._batches():
                rate = self._rate()
                loss, output, batch, gradients = self._take(batch)
                self.number += 1
                self.position += 1
                ends, found = self.position == length, None
                if ends:  # counted before the step is handed out: a checkpoint of it goes on with the next epoch
                    self.epoch, self.position = epoch, 0
                    if self.validation is not None:
                        found = self._evaluate()
                yield Step(self, self.number, epoch, ends, rate, loss, output, batch, gradients, found)
                loss = output = batch = gradients = None  # their memory is free, unless a reader has kept the Step
                if ends:
                    break  # what a loader gives beyond its length is not of this epoch
            if self.epoch < epoch:
                raise ValueError(f"fit: the loader's length is {length} batches, it gave {self.position}")

    def _batches(self):
        """The batches of this epoch that are still to come, in the order in which they would have come."""
        sampler = getattr(self.loader, "sampler", None)
        if hasattr(sampler, "set_epoch"):  # a DistributedSampler draws the same order in every process, from this
            sampler.set_epoch(self.epoch)
        if self.position == 0:
            self.order = random_states(self)
            return iter(self.loader)
        now = random_states(self)
        set_random_states(self, self.order)
        batches = iter(self.loader)
        for _ in islice(batches, self.position):
            pass  # torch's loader draws its order with the first batch
        set_random_states(self, now)
        return batches

    def _rate(self):
        groups = self.optimizer.param_groups
        if self.schedule is not None:
            for group in groups:
                group["lr"] = self.schedule(self.number + 1)
        return groups[0]["lr"]

    def _take(self, batch):
        """One step: (loss, output, the batch on the device, gradients before clipping)."""
        rows = batch[-1].shape[0]
        try:
            batch = [_on(self.device, x, self.memory_format) for x in batch]
            self.model.zero_grad(set_to_none=True)  # of those too that the optimiser has not: else they would add up
            loss, output = self._backward(batch, rows)
            self.precision.unscale(self.optimizer)
            gradients = {name: p.grad for name, p in self._learnt.items()}
            if self.clip_norm is not None:
                gradients = {name: None if g is None else g.clone() for name, g in gradients.items()}
                torch.nn.utils.clip_grad_norm_(self._learnt.values(), self.clip_norm)
            self.precision.step(self.optimizer)
        except RuntimeError as error:
            full = full_memory(error, self.number + 1, rows, self.accumulate, self.device)
            if full is None:
                raise
            self.model.zero_grad(set_to_none=True)
            raise full from None
        if self.scheduler is not None:
            self._turn_schedule()
        return loss, output, batch, gradients

    def _turn_schedule(self):
        if self.number > 0 or self.precision.scaler is None:
            return self.scheduler.step()
        with warnings.catch_warnings():
            # Where fp16 has left the first step out, torch takes that for a loop in the wrong order.
            warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
            self.scheduler.step()

    def _backward(self, batch, rows):
        """Add up the gradients of a batch, part by part, each part's mean weighted by its rows."""
        if self.accumulate == 1:
            return self._backward_of_part(batch, 1)
        parts = list(zip(*(x.chunk(self.accumulate) for x in batch), strict=True))
        total, outputs = 0, []
        for part in parts:
            with nullcontext() if self._distributed is None or part is parts[-1] else self._distributed.no_sync():
                loss, output = self._backward_of_part(part, part[-1].shape[0] / rows)
            total = total + loss
            outputs.append(output)
        return total, torch.cat(outputs)

    def _backward_of_part(self, part, weight):
        *inputs, target = part
        with self.precision.autocast():
            output = self._forward(*inputs)
            loss = self.loss_fn(output, target)
        loss = loss if weight == 1 else loss * weight
        self.precision.backward(loss)
        return loss.detach(), output.detach()

    def _evaluate(self):
        with self.precision.autocast():
            return evaluate(self.model, self.validation, self.loss_fn, self.metrics)


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


def _on(device, x, memory_format=None):
    x = torch.from_numpy(x) if isinstance(x, np.ndarray) else x
    images = {} if memory_format is None or x.ndim != 4 else {"memory_format": memory_format}
    return x.to(device, non_blocking=True, **images)

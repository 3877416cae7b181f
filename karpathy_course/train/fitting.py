"""The training loop, as a stream of small records that everything else reads."""

from functools import partial
from itertools import islice

import numpy as np

from karpathy_course.optim.lr_scheduler import LRScheduler
from karpathy_course.tensor.randomness import default_generator, set_state, state_of
from karpathy_course.train.batch_checks import check_batch
from karpathy_course.train.compiled import CompiledStep
from karpathy_course.train.eager import eager_step
from karpathy_course.train.metrics import evaluate
from karpathy_course.train.saving import load_checkpoint
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
    resume=None,
):
    """Train model and yield a `Step` after every step; who stops reading stops the training, and loses nothing.

    loader: gives batches (inputs…, target) and has a length, a `DataLoader` for example. loss_fn(output, target): one
    number. metrics: {name: function(output, target)}. validation: batches that each epoch ends with an `evaluate` of.
    schedule: the learning rate as a function of the step's number, from 1, or a schedule of `optim.lr_scheduler` of
    this optimiser, which steps once after every batch: what counts epochs there counts batches here, so give a StepLR
    ``30 * len(loader)``. Without one ``optimizer.param_groups`` says the rate, and a change counts from the next step.
    clip_norm: the most that the gradients' length may be. compiled: run
    the step, optimiser included, as one compiled graph. resume: a checkpoint's path, from which to go on; that is
    exact where the order of the batches comes from a NumPy Generator, the loader's ``generator`` or the default one.

    Raises NotFinite where the loss or a gradient is inf or nan, CheckpointError for a checkpoint that does not fit,
    TypeError and ValueError for arguments and batches that do not.
    """
    run = Run(model, loader, loss_fn, optimizer, epochs, metrics, validation, schedule, clip_norm, compiled)
    if resume is not None:
        load_checkpoint(resume, run)
    run.check_length()
    return run.steps()


class Run:
    """What a training knows of where it is: all that a checkpoint holds besides the weights.

    number: steps done. epoch, position: epochs done, and batches of the one that runs. order: where the loader's
    generator stood when that epoch's order was drawn.
    """

    def __init__(self, model, loader, loss_fn, optimizer, epochs, metrics, validation, schedule, clip_norm, compiled):
        if not hasattr(loader, "__len__"):
            raise TypeError(f"fit: the loader, a {type(loader).__name__}, has no length: give a DataLoader or a list")
        if len(loader) == 0:
            raise ValueError("fit: the loader has no batches: is drop_last=True with a batch_size above the data's?")
        if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 0:
            raise ValueError(f"fit: epochs={epochs!r}: expected a whole number from 0")
        if clip_norm is not None and not clip_norm > 0:
            raise ValueError(f"fit: clip_norm={clip_norm}: expected a length above 0, or None")
        self.model, self.loader, self.loss_fn, self.optimizer = model, loader, loss_fn, optimizer
        self.epochs, self.metrics, self.validation = epochs, metrics or {}, validation
        self.scheduler = _checked(schedule, optimizer)
        self.schedule = schedule if self.scheduler is None else None
        self.clip_norm, self.compiled = clip_norm, compiled
        self.parameters, self.buffers = list(model.named_parameters()), list(model.buffers())
        self._prepare()
        self.number = self.epoch = self.position = 0
        self.total = epochs * len(loader)
        self.order = None

    @property
    def shuffler(self):
        """The generator that orders the batches."""
        own = getattr(self.loader, "generator", None)
        return own if isinstance(own, np.random.Generator) else default_generator()

    def _prepare(self):
        """What follows from the optimiser's groups: at the start, and again after an add_param_group."""
        self.learnt, self._groups = self._learnt(), len(self.optimizer.param_groups)
        self._take = CompiledStep(self) if self.compiled else partial(eager_step, self)

    def _learnt(self):
        """[(name, parameter)] of the optimiser's, in the model's order; ValueError for one that the model lacks."""
        changed = {id(p) for _, p, _ in self.optimizer.parameters()}
        if changed - {id(p) for _, p in self.parameters}:
            raise ValueError(
                "fit: the optimiser has a parameter that the model has not: give it this model's parameters()"
            )
        return [(name, p) for name, p in self.parameters if id(p) in changed]

    def check_length(self):
        """Raises ValueError where the schedule ends before the training does."""
        left = self.total - self.number
        if self.scheduler is not None and self.scheduler.total_steps is not None:
            lasts = self.scheduler.total_steps - self.scheduler.last_epoch
            if left > lasts:
                raise ValueError(
                    f"fit: {left} steps are to come, the {type(self.scheduler).__name__} ends after {lasts}: "
                    "give it total_steps=epochs * len(loader)"
                )

    def steps(self):
        self.model.train()
        length = len(self.loader)
        like = next((p.data for _, p in self.parameters), None)
        while self.epoch < self.epochs:
            epoch = self.epoch + 1
            for batch in self._batches():
                check_batch(batch, like)
                if len(self.optimizer.param_groups) != self._groups:
                    self._prepare()
                rate = self._rate()
                loss, output, gradients = self._take(batch)
                self.number += 1
                self.position += 1
                if self.scheduler is not None:
                    self.scheduler.step()
                ends, found = self.position == length, None
                if ends:  # counted before the step is handed out: a checkpoint of it goes on with the next epoch
                    self.epoch, self.position = epoch, 0
                    if self.validation is not None:
                        found = evaluate(self.model, self.validation, self.loss_fn, self.metrics)
                yield Step(self, self.number, epoch, ends, rate, loss, output, batch, gradients, found)
                loss = output = gradients = None  # their memory is used again, unless a reader has kept the Step
                if ends:
                    break  # what a loader gives beyond its length is not of this epoch
            if self.epoch < epoch:
                raise ValueError(f"fit: the loader's length is {length} batches, it gave {self.position}")

    def _batches(self):
        """The batches of this epoch that are still to come, in the order in which they would have come."""
        if self.position == 0:
            self.order = state_of(self.shuffler)
            return iter(self.loader)
        now = state_of(self.shuffler)
        set_state(self.shuffler, self.order)
        batches = iter(self.loader)
        set_state(self.shuffler, now)
        return islice(batches, self.position, None)

    def _rate(self):
        groups = self.optimizer.param_groups
        if self.schedule is not None:
            rate = self.schedule(self.number + 1)
            for group in groups:
                group["lr"] = rate
        self.optimizer.check_rates()
        return groups[0]["lr"]


def _checked(schedule, optimizer):
    """The schedule if it is one of `optim.lr_scheduler`, None if it is a function or None."""
    if schedule is None or (callable(schedule) and not isinstance(schedule, LRScheduler)):
        return None
    if not isinstance(schedule, LRScheduler):
        raise TypeError(
            f"fit: schedule is a {type(schedule).__name__}: expected a function of the step's number, or a schedule of "
            "karpathy_course.optim.lr_scheduler"
        )
    if schedule.optimizer is not optimizer:
        raise ValueError(
            f"fit: the {type(schedule).__name__} is of another optimiser, whose rates it would set: make it of this one"
        )
    return schedule

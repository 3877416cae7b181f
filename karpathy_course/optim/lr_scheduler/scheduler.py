"""What schedules share: the steps that were counted, the rate that each group began with, a state as plain data.

A schedule is made after its optimiser, sets the first rate at once, and the next one at each ``step()``, which comes
after the optimiser's. What a step is, is the caller's: `fit` counts every batch.
"""

import warnings

from karpathy_course.optim.optimizer import Optimizer

FLAGS = {"_is_initial", "_get_lr_called_within_step"}  # torch's, of the moment; a state may have them or not


class LRScheduler:
    """Sets the rates of an optimiser. last_epoch: the number of steps done; -1 begins with the rates that there are.

    Raises TypeError for what is no optimiser, KeyError where last_epoch goes on with groups that no schedule has met.
    """

    changes = ()  # the options besides the rate that it sets: of a compiled step they are inputs
    total_steps = None  # for how many steps it is made, where it ends

    def __init__(self, optimizer, last_epoch=-1):
        check_optimizer(type(self).__name__, optimizer)
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__}: group {k} has no 'initial_lr' to go on from: load the optimiser's state "
                    "first, or leave last_epoch at -1"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.begin()

    def begin(self):
        """Count from the start, and set the first rates."""
        self._step_count, self._is_initial = 0, True
        self.step()
        self._is_initial = False

    def rates(self):
        """The rate of each group at step last_epoch, most often the present one times a factor."""
        raise NotImplementedError

    def first_rates(self):
        """The rates at step 0, whatever the present ones are."""
        return list(self.base_lrs)

    def step(self):
        """Set the rates of the next step; after the optimiser's own ``step()``, else a warning says so, as torch's."""
        groups = len(self.optimizer.param_groups)
        if len(self.base_lrs) != groups:
            raise ValueError(
                f"{type(self).__name__}: made for {len(self.base_lrs)} groups, the optimiser has {groups}: make the "
                "schedule after add_param_group"
            )
        if self._step_count == 1 and not self.optimizer.state:
            warnings.warn(
                f"{type(self).__name__}: step() before the optimiser's first step(): the first rate is never used. "
                "Call optimizer.step() first",
                stacklevel=2,
            )
        self.last_epoch += 1
        try:
            self.set_rates(self.rates())
        except ValueError:  # the schedule is over: it stays at its last step
            self.last_epoch -= 1
            raise
        self._step_count += 1

    def set_rates(self, rates):
        for group, rate in zip(self.optimizer.param_groups, rates):
            group["lr"] = rate
        self._last_lr = list(rates)

    def get_last_lr(self):
        """The rate of each group, as this schedule set it last."""
        return self._last_lr

    def times(self, factor):
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self):
        """All that the schedule knows but the optimiser: {name: value}, plain data."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Go on from such a state, of this library or of torch. ValueError for another's, and nothing is changed."""
        self.check_state(state_dict)
        vars(self).update({name: value for name, value in state_dict.items() if name not in FLAGS})

    def check_state(self, state_dict):
        """Raises ValueError where this is no state of such a schedule with as many groups."""
        found, own = state_dict.keys() - FLAGS, self.state_dict().keys() - FLAGS
        wrong = [("missing", own - found), ("unknown", found - own)]
        if found != own:
            listed = "; ".join(f"{what}: {', '.join(sorted(names))}" for what, names in wrong if names)
            raise ValueError(f"load_state_dict: not the state of a {type(self).__name__}: {listed}")
        groups, saved = len(self.optimizer.param_groups), len(state_dict["_last_lr"])
        if saved != groups:
            raise ValueError(f"load_state_dict: a state of {saved} groups, the optimiser has {groups}")


def check_optimizer(name, optimizer):
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{name}: expected an optimiser of this library, got {type(optimizer).__name__}")


def check_whole(name, **numbers):
    for what, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name}: {what}={value!r}: expected a whole number of steps from 1")


def check_factor(name, **numbers):
    for what, value in numbers.items():
        if not value >= 0:
            raise ValueError(f"{name}: {what}={value}: expected 0 or more, a rate is not negative")

"""Schedules one after the other: a warm-up and then a cosine, for example."""

from bisect import bisect_right
from itertools import pairwise

from karpathy_course.optim.lr_scheduler.scheduler import LRScheduler, check_optimizer


class SequentialLR(LRScheduler):
    """The first schedule until step milestones[0], which is the second one's step 0, and so on.

    schedulers: of this optimiser, one more than milestones, numbers of steps that grow. Raises ValueError where they
    are not; and for a SequentialLR among them: write all in one list.
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        check_optimizer("SequentialLR", optimizer)
        for k, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler) or isinstance(scheduler, SequentialLR):
                kind = type(scheduler).__name__
                raise ValueError(f"SequentialLR: schedule {k} is a {kind}: expected another schedule of this module")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedule {k}, a {type(scheduler).__name__}, is of another optimiser")
        if not schedulers or len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedules and {len(milestones)} milestones: expected one schedule "
                "more than milestones"
            )
        if any(a >= b for a, b in pairwise([0, *milestones])):
            raise ValueError(f"SequentialLR: milestones {list(milestones)}: expected numbers of steps from 1 that grow")
        self.optimizer, self._schedulers, self._milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:  # each schedule has set its own first rate: only the first one's holds
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:
            scheduler.last_epoch -= 1
        self._schedulers[0].begin()
        self._last_lr = self._schedulers[0].get_last_lr()

    @property
    def changes(self):
        return tuple(dict.fromkeys(name for scheduler in self._schedulers for name in scheduler.changes))

    def step(self):
        self.last_epoch += 1
        k = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[k]
        if k and self._milestones[k - 1] == self.last_epoch:
            scheduler.last_epoch = 0
            scheduler.set_rates(scheduler.first_rates())
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self):
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def check_state(self, state_dict):
        super().check_state(state_dict)
        states = state_dict["_schedulers"]
        if len(states) != len(self._schedulers):
            raise ValueError(f"load_state_dict: a state of {len(states)} schedules, here are {len(self._schedulers)}")
        for scheduler, state in zip(self._schedulers, states):
            scheduler.check_state(state)

    def load_state_dict(self, state_dict):
        own = self._schedulers
        super().load_state_dict(state_dict)
        self._schedulers = own
        for scheduler, state in zip(own, state_dict["_schedulers"]):
            scheduler.load_state_dict(state)

"""Schedules that multiply: the present rate times a factor, so that several of one optimiser work together."""

import math
from collections import Counter

from karpathy_course.optim.lr_scheduler.scheduler import LRScheduler, check_factor, check_optimizer, check_whole


class LambdaLR(LRScheduler):
    """The first rate times ``lr_lambda(step)``, step from 0; a list has one function a group.

    The state holds no functions: give the same ones again.
    """

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        check_optimizer("LambdaLR", optimizer)
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"LambdaLR: {len(self.lr_lambdas)} functions for {groups} groups")
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas)]

    def first_rates(self):
        return self.rates()

    def state_dict(self):
        return {**super().state_dict(), "lr_lambdas": [None] * len(self.lr_lambdas)}

    def load_state_dict(self, state_dict):
        own = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = own


class StepLR(LRScheduler):
    """Times gamma after every step_size steps."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        check_whole("StepLR", step_size=step_size)
        check_factor("StepLR", gamma=gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return self.times(self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else 1)


class MultiStepLR(LRScheduler):
    """Times gamma at each of the milestones, which are numbers of steps."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        check_factor("MultiStepLR", gamma=gamma)
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return self.times(self.gamma ** self.milestones[self.last_epoch])

    def first_rates(self):
        return [base * self.gamma ** self.milestones[0] for base in self.base_lrs]

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self.milestones = Counter({int(step): times for step, times in self.milestones.items()})  # JSON: "30"


class ConstantLR(LRScheduler):
    """Times factor until step total_iters, from there the first rate."""

    def __init__(self, optimizer, factor=1.0 / 3, total_iters=5, last_epoch=-1):
        check_whole("ConstantLR", total_iters=total_iters)
        if not 0 < factor <= 1:  # torch takes 0 too, and divides by it at the end
            raise ValueError(f"ConstantLR: factor={factor}: expected above 0 and at most 1")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self.last_epoch == 0:
            return self.times(self.factor)
        return self.times(1.0 / self.factor if self.last_epoch == self.total_iters else 1)

    def first_rates(self):
        return [base * self.factor for base in self.base_lrs]


class LinearLR(LRScheduler):
    """A straight line from start_factor to end_factor times the first rate in total_iters steps; then as it is."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if not 0 < start_factor <= 1:
            raise ValueError(f"LinearLR: start_factor={start_factor}: expected above 0 and at most 1")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor={end_factor}: expected 0 to 1")
        check_whole("LinearLR", total_iters=total_iters)
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self.last_epoch == 0:
            return self.times(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self.times(1)
        rise = self.end_factor - self.start_factor
        return self.times(1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise))

    def first_rates(self):
        return [base * self.start_factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Times gamma at every step."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        check_factor("ExponentialLR", gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return self.times(1 if self._is_initial else self.gamma)


class CosineAnnealingLR(LRScheduler):
    """Down half a cosine from the first rate to eta_min in T_max steps; beyond them up again, as torch's.

    Loshchilov and Hutter 2017, eq. 5, without its restarts.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        check_whole("CosineAnnealingLR", T_max=T_max)
        check_factor("CosineAnnealingLR", eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self._is_initial:
            return self.times(1)
        groups, bottom, step = self.optimizer.param_groups, self.eta_min, self.last_epoch
        if (step - 1 - self.T_max) % (2 * self.T_max) == 0:  # the rate was eta_min: there is nothing to multiply
            up = 1 - math.cos(math.pi / self.T_max)
            return [group["lr"] + (base - bottom) * up / 2 for base, group in zip(self.base_lrs, groups)]
        factor = self._height(step) / self._height(step - 1)
        return [factor * (group["lr"] - bottom) + bottom for group in groups]

    def first_rates(self):
        return [self.eta_min + (base - self.eta_min) * self._height(0) / 2 for base in self.base_lrs]

    def _height(self, step):
        return 1 + math.cos(math.pi * step / self.T_max)

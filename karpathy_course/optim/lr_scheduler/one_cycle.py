"""One cycle: the rate up, then down to below its start, and the momentum the other way. Smith and Topin 2018."""

import math

from karpathy_course.optim.lr_scheduler.scheduler import LRScheduler, check_factor, check_optimizer, check_whole

# The ends of each phase, as options of a group: the rate's, then the momentum's.
UP = {"start_lr": "initial_lr", "end_lr": "max_lr", "start_momentum": "max_momentum", "end_momentum": "base_momentum"}
DOWN = {"start_lr": "max_lr", "end_lr": "min_lr", "start_momentum": "base_momentum", "end_momentum": "max_momentum"}
BACK = {**DOWN, "end_lr": "initial_lr"}
OUT = {"start_lr": "initial_lr", "end_lr": "min_lr", "start_momentum": "max_momentum", "end_momentum": "max_momentum"}


class OneCycleLR(LRScheduler):
    """From max_lr / div_factor up to max_lr in pct_start of the steps, then down to that / final_div_factor.

    total_steps, or epochs times steps_per_epoch: how many steps there are; ``step()`` raises ValueError beyond them.
    three_phase: down to where it began first, then out. cycle_momentum: momentum, or the first of betas, goes from
    max_momentum to base_momentum and back. max_lr, base_momentum, max_momentum: a number, or a list of one a group.
    """

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps=None,
        epochs=None,
        steps_per_epoch=None,
        pct_start=0.3,
        anneal_strategy="cos",
        cycle_momentum=True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25.0,
        final_div_factor=1e4,
        three_phase=False,
        last_epoch=-1,
    ):
        check_optimizer("OneCycleLR", optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch")
            check_whole("OneCycleLR", epochs=epochs, steps_per_epoch=steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        check_whole("OneCycleLR", total_steps=total_steps)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start={pct_start!r}: expected a float from 0 to 1")
        if not hasattr(self, f"_anneal_{anneal_strategy}"):
            raise ValueError(f"OneCycleLR: anneal_strategy={anneal_strategy!r}: expected 'cos' or 'linear'")
        if cycle_momentum:
            if not optimizer.defaults.keys() & {"betas", "momentum"}:
                raise ValueError("OneCycleLR: the optimiser has no momentum and no betas: give cycle_momentum=False")
            self.use_beta1 = "betas" in optimizer.defaults
        self.total_steps, self.cycle_momentum, self._anneal_func_type = total_steps, cycle_momentum, anneal_strategy
        up = float(pct_start * total_steps) - 1
        phases = (
            [(up, UP), (2 * up, BACK), (total_steps - 1, OUT)] if three_phase else [(up, UP), (total_steps - 1, DOWN)]
        )
        self._schedule_phases = [{"end_step": end, **names} for end, names in phases]
        if last_epoch == -1:
            self._set_ends(optimizer.param_groups, max_lr, base_momentum, max_momentum, div_factor, final_div_factor)
        super().__init__(optimizer, last_epoch)

    @property
    def changes(self):
        return () if not self.cycle_momentum else ("betas",) if self.use_beta1 else ("momentum",)

    def _set_ends(self, groups, max_lr, base_momentum, max_momentum, div_factor, final_div_factor):
        """Write into each group between which rates and momentums it goes."""
        if not (div_factor > 0 and final_div_factor > 0):
            raise ValueError(
                f"OneCycleLR: div_factor={div_factor}, final_div_factor={final_div_factor}: expected above 0"
            )
        tops, lows, highs = (
            _one_a_group(name, value, len(groups))
            for name, value in (
                ("max_lr", max_lr),
                ("base_momentum", base_momentum),
                ("max_momentum", max_momentum),
            )
        )
        for group, top, low, high in zip(groups, tops, lows, highs):
            group.update(initial_lr=top / div_factor, max_lr=top, min_lr=top / div_factor / final_div_factor)
            if self.cycle_momentum:
                group.update(max_momentum=high, base_momentum=low)
                self._set_momentum(group, high)

    def _set_momentum(self, group, momentum):
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum

    def rates(self):
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {self.last_epoch} of {self.total_steps}: the cycle is over. "
                "Give total_steps as many as the training has"
            )
        share, names = self._phase()
        between, rates = getattr(self, f"_anneal_{self._anneal_func_type}"), []
        for group in self.optimizer.param_groups:
            rates.append(between(group[names["start_lr"]], group[names["end_lr"]], share))
            if self.cycle_momentum:
                ends = group[names["start_momentum"]], group[names["end_momentum"]]
                self._set_momentum(group, between(*ends, share))
        return rates

    def first_rates(self):
        return self.rates()

    def _phase(self):
        """(how much of it is done, its names) of the phase in which step last_epoch lies."""
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                return (self.last_epoch - start) / (end - start) if end != start else 1.0, phase
            start = end

    def _anneal_cos(self, start, end, share):
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)

    def _anneal_linear(self, start, end, share):
        return (end - start) * share + start


def _one_a_group(name, value, groups):
    """A list of one value a group. Raises ValueError for another number of them and for negative ones."""
    values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"OneCycleLR: {name}: {len(values)} values for {groups} groups")
    check_factor("OneCycleLR", **dict.fromkeys([name], min(values)))
    return values

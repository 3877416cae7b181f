"""What a study found: in words, and drawn. Each picture's title says the finding, as `study_in_words` does.

Optuna's own pictures are not used: they change the style of every later figure, and warn that they are experimental.
The numbers are Optuna's. Nothing here imports matplotlib: the axes to draw on are given.
"""

from math import ceil, isclose, log10

import optuna
from optuna.trial import TrialState

from karpathy_course import palette
from karpathy_course.train.search.repeatable import ended
from karpathy_course.train.search.running import in_words

BEST = 0.25  # the share of the complete trials that are the best ones


def study_in_words(study):
    """The findings as text: how the trials ended, the best, what mattered, and where the best quarter lies."""
    trials = ended(study)
    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    counts = ", ".join(f"{sum(t.state is state for t in trials)} {word}" for word, state in states.items())
    best, good = best_of(study), best_quarter(study)
    shares = ", ".join(f"{name} {share:.0%}" for name, share in importances(study).items())
    ranges = ", ".join(f"{name} {range_in_words(good, name)}" for name in parameters(study))
    return (
        f"{len(trials)} trials: {counts}. Best: trial {best.number}, {best.value:.4g}, with {in_words(best.params)}.\n"
        f"Of the differences between the complete trials, explained by: {shares}.\n"
        f"The best {len(good)} of them have {ranges}."
    )


def importances(study):
    """{parameter: its share}, largest first: how much of the differences in value a forest explains by it.

    Mean decrease of impurity over 64 trees from a fixed seed (Breiman 2001), on the complete trials. Of a function in
    which one parameter matters most by far, it named that one in 20 studies of 20; Optuna's default did so in 7.
    """
    values = {trial.value for trial in complete(study, at_least=2)}
    if len(values) == 1:
        raise ValueError(f"all complete trials have the value {values.pop()}: there is no difference to explain")
    evaluator = optuna.importance.MeanDecreaseImpurityImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def plot_history(study, axes):
    """Each trial's value by its number, and the best so far; pruned trials where they stood, failed ones at the top."""
    best, done = best_of(study), complete(study)
    pruned = [t for t in ended(study) if t.state is TrialState.PRUNED and t.value is not None]
    failed = [t for t in ended(study) if t.state is TrialState.FAIL]
    axes.plot(*numbers_and_values(done), "o", color=palette.VALUE, label="complete")
    axes.plot(*numbers_and_values(pruned), "x", color=palette.MUTED, label="pruned: its value when it ended")
    top = axes.get_xaxis_transform()  # their height is the picture's, since they have no value
    axes.plot([t.number for t in failed], [0.97] * len(failed), "v", color=palette.WRONG, transform=top, label="failed")
    better = max if is_maximised(study) else min
    reached = [better(t.value for t in done[: k + 1]) for k in range(len(done))]
    axes.step([t.number for t in done], reached, where="post", color=palette.GOOD, label="best so far")
    values = [t.value for t in (*done, *pruned)]
    if min(values) > 0 and max(values) > 100 * min(values):
        axes.set_yscale("log")
    axes.set_xlabel("trial")
    axes.set_ylabel(f"value ({'higher' if is_maximised(study) else 'lower'} is better)")
    axes.set_title(f"Trial {best.number} was the best: {best.value:.3g}", loc="left")
    handles, labels = axes.get_legend_handles_labels()
    drawn = [k for k, handle in enumerate(handles) if len(handle.get_xdata())]
    axes.legend([handles[k] for k in drawn], [labels[k] for k in drawn], frameon=False, fontsize="small")


def plot_importances(study, axes):
    """A bar for each parameter: the share of the differences in value that it explains (`importances`)."""
    shares = importances(study)
    names = list(shares)
    bars = axes.barh(names, [100 * share for share in shares.values()], color=palette.VALUE)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares.values()], padding=3)
    axes.invert_yaxis()
    axes.set_xlim(0, 110)
    axes.set_xlabel("% of the differences in value")
    axes.set_title(f"{names[0]} explains {shares[names[0]]:.0%} of the differences", loc="left")


def plot_parallel(study, axes):
    """A line for each complete trial through its parameters, each on its own axis; the best quarter stands out."""
    names, done, good = parameters(study), complete(study), best_quarter(study)
    scales = [Scale(study, name) for name in names]
    for trial in sorted(done, key=lambda t: t in good):
        style = {"color": palette.VALUE, "lw": 2.2} if trial in good else {"color": palette.RULE, "lw": 1}
        points = [(k, scale.height(trial.params[scale.name])) for k, scale in enumerate(scales) if scale.has(trial)]
        axes.plot(*zip(*points), "-", **style)
    for k, scale in enumerate(scales):
        axes.axvline(k, color=palette.INK, lw=0.8)
        for height, text in scale.marks():
            axes.text(k + 0.03, height, text, va="center", fontsize="small", color=palette.INK)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.2, len(names) - 0.5)
    axes.set_yticks([])
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    first = next(iter(importances(study)))
    axes.set_title(f"The best {len(good)} of {len(done)} (dark) have {first} {range_in_words(good, first)}", loc="left")


class Scale:
    """The axis of one parameter: from 0 to 1, by the range that the study draws it from."""

    def __init__(self, study, name):
        self.name = name
        self.kind = next(t.distributions[name] for t in complete(study) if name in t.distributions)

    def has(self, trial):
        return self.name in trial.params

    def height(self, value):
        if hasattr(self.kind, "choices"):
            return (self.kind.choices.index(value) + 0.5) / len(self.kind.choices)
        low, high = self.kind.low, self.kind.high
        if self.kind.log:
            low, high, value = log10(low), log10(high), log10(value)
        return 0.5 if low == high else (value - low) / (high - low)

    def marks(self):
        """[(height, text)] along the axis: its ends, or its choices."""
        values = self.kind.choices if hasattr(self.kind, "choices") else dict.fromkeys((self.kind.low, self.kind.high))
        return [(self.height(value), in_short(value)) for value in values]


def complete(study, at_least=1):
    """The complete trials. Raises ValueError where they are fewer than are needed."""
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(done) < at_least:
        raise ValueError(
            f"the study has {len(done)} complete trials, and at least {at_least} are needed: run more with `run_trials`"
        )
    return done


def best_of(study):
    complete(study)
    return study.best_trial


def best_quarter(study):
    done = sorted(complete(study), key=lambda t: t.value, reverse=is_maximised(study))
    return done[: ceil(BEST * len(done))]


def parameters(study):
    """The names of all parameters, in the order in which the objective asks for them."""
    return list(dict.fromkeys(name for t in complete(study) for name in t.params))


def range_in_words(trials, name):
    values = [t.params[name] for t in trials if name in t.params]
    if not values:
        return "not used"
    if all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values):
        low, high = min(values), max(values)
        return in_short(low) if isclose(low, high) else f"{in_short(low)} to {in_short(high)}"
    return " or ".join(str(x) for x in dict.fromkeys(sorted(values, key=str)))


def in_short(value):
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def is_maximised(study):
    return study.direction is optuna.study.StudyDirection.MAXIMIZE


def numbers_and_values(trials):
    return [t.number for t in trials], [t.value for t in trials]

"""What a study found: the words, and the pictures whose titles say the same."""

from math import log10

import matplotlib.figure
import optuna
import pytest

from karpathy_course import palette
from karpathy_course.train.search import importances, plot_history, plot_importances, plot_parallel, study_in_words
from karpathy_course.train.search.repeatable import FAILED, RepeatableSampler

PLOTS = (plot_history, plot_importances, plot_parallel)


def study_of(objective, trials=12, direction="minimize", seed=0):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction, sampler=RepeatableSampler(seed))
    study.optimize(objective, trials, catch=(ZeroDivisionError,))
    return study


def by_rate(trial):
    """One parameter matters by far; trial 3 is pruned, trial 5 failed, trial 7 was cut off."""
    rate = trial.suggest_float("rate", 1e-3, 1.0, log=True)
    width, unit = trial.suggest_int("width", 4, 64), trial.suggest_categorical("unit", ["relu", "tanh", None])
    trial.report(9.0, 1)
    if trial.number == 3:
        raise optuna.TrialPruned
    if trial.number == 5:
        trial.set_user_attr(FAILED, "it exploded")
    if trial.number in (5, 7):
        raise ZeroDivisionError
    return 1 + abs(rate - 0.1) * 10 + width / 640 + 0.01 * (unit == "tanh")


@pytest.fixture(scope="module")
def study():
    return study_of(by_rate)


def drawn(plot, study):
    axes = matplotlib.figure.Figure().subplots()
    plot(study, axes)
    axes.figure.canvas.draw()
    return axes


def test_the_words_count_every_ending_and_name_the_best_and_what_mattered(study):
    first, second, third = study_in_words(study).split("\n")
    best = study.best_trial
    rate, width, unit = best.params.values()
    assert first == (
        f"11 trials: 9 complete, 1 pruned, 1 failed. Best: trial {best.number}, {best.value:.4g}, "
        f"with rate={rate:.3g}, width={width}, unit={unit}."
    ), "the one that was cut off is none of them"
    shares = importances(study)
    assert second.endswith("explained by: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + ".")
    good = sorted((t for t in study.trials if t.state.name == "COMPLETE"), key=lambda t: t.value)[:3]
    rates = sorted(t.params["rate"] for t in good)
    assert third.startswith(f"The best 3 of them have rate {rates[0]:.2g} to {rates[-1]:.2g}, width ")


def test_the_titles_say_what_the_words_say(study):
    titles = [drawn(plot, study).get_title(loc="left") for plot in PLOTS]
    assert titles[0] == f"Trial {study.best_trial.number} was the best: {study.best_value:.3g}"
    assert titles[1] == f"rate explains {importances(study)['rate']:.0%} of the differences"
    assert titles[2].startswith("The best 3 of 9 (dark) have rate ") and titles[2][27:] in study_in_words(study)


@pytest.mark.parametrize("seed", range(8))
def test_the_parameter_that_matters_by_far_is_named_whatever_the_seed(seed):
    assert next(iter(importances(study_of(by_rate, 20, seed=seed)))) == "rate"


def test_importances_are_shares_and_the_same_each_time(study):
    assert importances(study) == importances(study) and sum(importances(study).values()) == pytest.approx(1)


def test_the_history_shows_each_ending_by_its_own_mark_and_the_best_so_far_never_worse(study):
    lines = {line.get_label(): line for line in drawn(plot_history, study).lines}
    assert [len(lines[name].get_xdata()) for name in ("complete", "failed", "best so far")] == [9, 1, 9]
    assert list(lines["pruned: its value when it ended"].get_xdata()) == [3] and list(lines["failed"].get_xdata()) == [
        5
    ]
    reached = list(lines["best so far"].get_ydata())
    assert reached == sorted(reached, reverse=True) and reached[-1] == study.best_value
    assert len({line.get_marker() for line in lines.values()}) == 4, "told apart without colour"


def test_the_best_lines_are_dark_and_wide_and_go_through_their_parameters(study):
    axes = drawn(plot_parallel, study)
    lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
    dark = [line for line in lines if line.get_color() == palette.VALUE]
    assert len(lines) == 9 and dark == lines[-3:] and {line.get_linewidth() for line in dark} == {2.2}
    heights = {round(line.get_ydata()[0], 9) for line in dark}
    good = sorted((t for t in study.trials if t.state.name == "COMPLETE"), key=lambda t: t.value)[:3]
    assert heights == {round((log10(t.params["rate"]) + 3) / 3, 9) for t in good}
    assert {text.get_text() for text in axes.texts} >= {"0.001", "1", "4", "64", "relu", "tanh", "None"}


def test_a_study_to_be_maximised_has_its_largest_value_as_the_best():
    study = study_of(lambda trial: trial.suggest_float("x", 0, 1), direction="maximize")
    axes = drawn(plot_history, study)
    assert "higher is better" in axes.get_ylabel() and f"{study.best_value:.3g}" in axes.get_title(loc="left")
    reached = list(next(line for line in axes.lines if line.get_label() == "best so far").get_ydata())
    assert reached == sorted(reached) and reached[-1] == max(trial.value for trial in study.trials)
    assert "The best 3 of them have x 0." in study_in_words(study)


def depends(trial):
    if trial.suggest_categorical("unit", ["relu", "leaky"]) == "leaky":
        return trial.suggest_float("slope", 0.0, 0.3)
    return 0.2


@pytest.mark.filterwarnings("error")
def test_a_parameter_that_only_some_trials_have_is_drawn_where_it_is():
    study = study_of(depends)
    assert " slope 0" in study_in_words(study)
    widths = {len(line.get_xdata()) for line in drawn(plot_parallel, study).lines if line.get_linewidth() >= 1}
    assert widths == {1, 2}
    assert all(drawn(plot, study).get_title(loc="left") for plot in PLOTS)


def test_where_all_values_are_equal_nothing_is_said_to_matter():
    with pytest.raises(ValueError, match=r"all complete trials have the value 3\.0: there is no difference to explain"):
        importances(study_of(lambda trial: 0 * trial.suggest_float("x", 0, 1) + 3))


@pytest.mark.parametrize("of", [study_in_words, importances, *(lambda s, p=p: drawn(p, s) for p in PLOTS)])
def test_a_study_without_complete_trials_says_to_run_more(of):
    with pytest.raises(ValueError, match=r"the study has 0 complete trials, .*: run more with `run_trials`"):
        of(optuna.create_study())


def test_drawing_changes_no_later_figure(study):
    style = lambda: {name: value for name, value in matplotlib.rcParams.items() if name != "backend"}
    before = style()
    for plot in PLOTS:
        drawn(plot, study)
    assert style() == before

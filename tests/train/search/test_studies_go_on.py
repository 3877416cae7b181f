"""A study is the same in one go, in several, and after its process was killed; no trial that has ended is lost."""

import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from karpathy_course.train import NotFinite
from karpathy_course.train.search import open_study, run_trials

from .objectives import objective, rows

ROOT = Path(__file__).parents[3]
TRIALS, KILLED_IN = 14, 11  # from the eleventh on parameters are no longer drawn at random
OBJECTIVES = "tests.train.search.objectives"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study in one go."""
    return run_trials(open_study(tmp_path_factory.mktemp("whole") / "study.db", seed=3), objective, TRIALS)


def test_a_study_killed_in_the_middle_goes_on_to_the_same_trials(tmp_path, whole):
    path = tmp_path / "study.db"
    words = [sys.executable, "-m", OBJECTIVES, str(path), str(TRIALS), str(KILLED_IN)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while process.stdout.readline() != "hangs\n":
        assert process.poll() is None
    process.kill()
    process.communicate()
    study = open_study(path, seed=3)
    assert [t.state.name for t in study.trials].count("RUNNING") == 1 and len(study.trials) == KILLED_IN + 1
    run_trials(study, objective, TRIALS)
    assert rows(study) == rows(whole)
    cut_off = study.trials[KILLED_IN]
    assert cut_off.state.name == "FAIL" and cut_off.params == study.trials[KILLED_IN + 1].params
    assert len(study.trials) == TRIALS + 1 and study.best_params == whole.best_params


def test_a_study_in_several_calls_has_the_trials_of_one_in_one_go(tmp_path, whole):
    for trials in (4, 4, 2, 12, TRIALS):
        study = run_trials(open_study(tmp_path / "study.db", seed=3), objective, trials)
        assert len(study.trials) == max(4, trials)
    assert rows(study, cut_off=True) == rows(whole, cut_off=True)


def test_each_ending_occurs_and_pruned_trials_are_counted(whole):
    endings = [trial.state.name for trial in whole.trials]
    assert len(endings) == TRIALS and set(endings) == {"COMPLETE", "PRUNED", "FAIL"}
    for trial in whole.trials:
        if trial.state.name == "PRUNED":
            assert 2 <= len(trial.intermediate_values) < 4, "from the second epoch on"


def test_the_best_parameters_give_the_best_value_again_bit_for_bit(whole):
    assert objective(optuna.trial.FixedTrial(whole.best_params)) == whole.best_value
    assert objective(optuna.trial.FixedTrial(whole.best_params | {"width": 2})) != whole.best_value


def test_a_training_that_explodes_has_failed_with_its_step_and_layer(whole):
    (failed,) = [trial for trial in whole.trials if trial.state.name == "FAIL"]
    assert failed.user_attrs["failed"].startswith("step ") and "not finite" in failed.user_attrs["failed"]
    assert failed.params["rate"] > 100 and failed.params["unit"] == "relu"


def test_another_seed_draws_other_parameters(tmp_path, whole):
    study = run_trials(open_study(tmp_path / "study.db", seed=4), objective, 1)
    assert study.trials[0].params != whole.trials[0].params


def test_no_two_trials_of_a_study_begin_with_the_same_random_numbers(whole):
    assert len({trial.params["rate"] for trial in whole.trials}) == TRIALS


def test_an_error_in_the_objective_stops_the_study_and_its_trial_is_repeated(tmp_path, whole):
    def broken(trial):
        objective(trial)
        if trial.number == 2:
            raise KeyError("a name misspelled")
        return objective(optuna.trial.FixedTrial(trial.params))

    study = open_study(tmp_path / "study.db", seed=3)
    with pytest.raises(KeyError, match="a name misspelled"):
        run_trials(study, broken, 5)
    assert len(study.trials) == 3
    run_trials(study, objective, 5)
    assert rows(study) == rows(whole)[:5] and len(study.trials) == 6


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "exploded"])
def test_a_trial_without_a_finite_value_fails_in_one_line_and_the_study_goes_on(tmp_path, capsys, value):
    def diverging(trial):
        rate = trial.suggest_float("rate", 1e-5, 1e-3)
        trial.suggest_int("width", 7, 7)
        if trial.number == 1 and value == "exploded":
            raise NotFinite(3, "the loss", "step 3: the loss is inf")
        return value if trial.number == 1 else rate

    study = run_trials(open_study(tmp_path / "study.db", seed=0), diverging, 3)
    said = capsys.readouterr()
    why = "step 3: the loss is inf" if value == "exploded" else f"the objective returned {value}"
    rate = study.trials[1].params["rate"]
    assert said.out == f"Trial 1 failed (rate={rate:.3g}, width=7): {why}. The study goes on.\n" and said.err == ""
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert study.trials[1].user_attrs == {"failed": why}
    run_trials(study, diverging, 3)
    assert len(study.trials) == 3, "what failed by its own value is not repeated"


def test_a_trial_whose_validation_is_nan_has_failed_and_was_not_pruned(tmp_path, capfd):
    def nan_in_trial_6(trial):
        x = trial.suggest_float("x", 0, 1)
        for epoch in (1, 2):
            trial.report(float("nan") if trial.number == 6 else x, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return x

    study = run_trials(open_study(tmp_path / "study.db", seed=0), nan_in_trial_6, 7)
    x = study.trials[6].params["x"]
    why = "it reported nan after epoch 2"
    assert capfd.readouterr() == (f"Trial 6 failed (x={x:.3g}): {why}. The study goes on.\n", "")
    assert study.trials[6].state.name == "FAIL"


@pytest.mark.parametrize("value", [None, "0.3", [0.1, 0.2]])
def test_an_objective_that_returns_no_number_is_told_so(tmp_path, value):
    study = open_study(tmp_path / "study.db", seed=0)
    with pytest.raises(TypeError, match=r"the objective returned .* for trial 0: expected one number"):
        run_trials(study, lambda trial: value, 3)


def test_optunas_own_lines_are_silent_during_a_study_and_as_before_afterwards(tmp_path, capfd):
    before = optuna.logging.get_verbosity()
    run_trials(open_study(tmp_path / "study.db", seed=0), lambda trial: trial.suggest_float("x", 0, 1), 2)
    assert capfd.readouterr() == ("", "") and optuna.logging.get_verbosity() == before

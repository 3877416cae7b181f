"""That 07.7's answers are right, computed from the stored study, and that its numbers are those of a real training."""

import pytest

from karpathy_course.checks.lecture07.exercise_7_study import BEST, QUESTIONS, ReadAStudy
from karpathy_course.checks.lecture07.stored_study import EPOCHS, TRIALS, losses_of, samples, stored

STUDY = stored()
COMPLETE = sorted((t for t in STUDY["trials"] if t["state"] == "COMPLETE"), key=lambda t: t["value"])
PRUNED = [t for t in STUDY["trials"] if t["state"] == "PRUNED"]
right = {q.letter: q.answers[q.right - 1] for q in QUESTIONS}
why = {q.letter: q.why for q in QUESTIONS}


def column(trials, name):
    return [t["settings"][name] for t in trials]


def test_guessing_all_answers_succeeds_less_than_once_in_a_thousand():
    ways = 1
    for question in QUESTIONS:
        ways *= len(question.answers)
    assert ways > 1000 and all(1 <= q.right <= len(q.answers) for q in QUESTIONS)
    assert len({q.right for q in QUESTIONS}) > 2, "no one number is right for all"


def test_the_rate_mattered_most_and_decay_least():
    importance = STUDY["importance"]
    assert right["A"] == f"`{max(importance, key=importance.get)}`"
    assert min(importance, key=importance.get) == "decay" and "no visible difference" in right["B"]
    assert min(column(COMPLETE[:BEST], "rate")) >= 0.07 and "at least 0.07" in why["A"]


def test_the_best_trials_do_not_agree_on_a_decay():
    decays = column(COMPLETE[:BEST], "decay")
    assert min(decays) < 3e-8 and max(decays) > 3e-5 and decays not in (sorted(decays), sorted(decays)[::-1])


def test_the_best_trials_crowd_at_the_upper_ends_of_rate_and_momentum():
    best = COMPLETE[:BEST]
    assert "`rate` and `momentum`" in right["C"]
    assert f"{max(column(best, 'rate')):.4f}" in why["C"] and f"{max(column(best, 'momentum')):.2f}" in why["C"]
    assert min(column(best, "neurons")) > 10, "to leave neurons out at 10 is wrong"


def test_from_trial_10_on_the_best_loss_fell_by_some_hundredths():
    until_10 = min(t["value"] for t in COMPLETE if t["number"] <= 10)
    assert 0.01 < until_10 - COMPLETE[0]["value"] < 0.05 and COMPLETE[0]["number"] == 55
    assert f"{until_10:.3f}" in why["D"] and f"{COMPLETE[0]['value']:.3f}" in why["D"]


def test_pruning_saved_a_sixth_of_all_epochs():
    saved = sum(EPOCHS - t["epochs"] for t in PRUNED) / (TRIALS * EPOCHS)
    assert saved == pytest.approx(1 / 6) and right["E"] == "about a sixth"


def test_the_chosen_network_is_worse_on_samples_that_did_not_choose_it():
    best, average = STUDY["best"], sum(t["value"] for t in COMPLETE) / len(COMPLETE)
    assert 1.2 * best["validation loss"] < best["test loss"] < 0.6 * average
    assert f"{best['test loss']:.3f}" in why["F"] and str(len(samples()[2][1])) in why["F"]


def test_only_in_the_named_pair_do_the_neurons_alone_differ():
    def alike(pair):
        a, b = (STUDY["trials"][int(k)]["settings"] for k in pair.split(" and "))
        return abs(a["rate"] - b["rate"]) < 0.2 * a["rate"] and abs(a["neurons"] - b["neurons"]) > 10

    question = QUESTIONS[-1]
    assert [pair for pair in question.answers if alike(pair)] == [right["G"]]


def test_the_best_trials_loss_comes_out_again():
    train, validation, test = samples()
    best = STUDY["best"]
    *_, [loss, unseen] = losses_of(train, [validation, test], **best["settings"])
    assert (loss, unseen) == pytest.approx((best["validation loss"], best["test loss"]), rel=1e-3)
    assert best["validation loss"] == COMPLETE[0]["value"]


def test_the_task_shows_every_trial_that_it_names():
    for number in (0, 1, 3, 10, 20, 24, 29, 55):
        assert f"\n| {number} | " in ReadAStudy.task

"""The training dashboard without a browser: its run is bit for bit one by hand, pauses, keeps errors, stays small."""

import gc
import threading
import time
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from karpathy_course.train import NotFinite, early_stopping
from karpathy_course.widgets import TrainingDashboard
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.training_dashboard.thinning import ThinnedCurve
from tests.widgets.networks import dashboard, training

BOUND = 2.0  # seconds: a pause may not wait for the next step, which is ten seconds away


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "training dashboard"]


def weights(shown):
    return [p.data.copy() for group in shown.run.optimizer.param_groups for p in group["params"]]


def by_hand(changes=(), **options):
    """(losses, weights) of the same training without a dashboard; changes: {after so many steps: the rate}."""
    steps, optimizer = training(**options)
    losses = []
    for step in steps:
        losses.append(step.loss)
        if step.number in dict(changes):
            optimizer.param_groups[0]["lr"] = dict(changes)[step.number]
    return losses, [p.data for group in optimizer.param_groups for p in group["params"]]


def paced(pace, count=500):
    """(a dashboard of a run that takes at most so many steps a second, an event: its first step has been taken)."""
    begun = threading.Event()

    def steps():
        yield plain_step(1, count)
        begun.set()
        yield from (plain_step(number, count) for number in range(2, count + 1))

    shown = of_plain(steps())
    shown.run.set_pace(pace)
    return shown, begun


def plain_step(number, count, loss=1.0):
    about = {"epoch": 1, "epochs": 1, "rate": 0.1, "metrics": {}, "validation": None, "batch": (None, None)}
    return SimpleNamespace(
        number=number, total=count, loss=loss, gradient_norm=2.0, epoch_ends=number == count, **about
    )


def of_plain(steps):
    return TrainingDashboard(steps, SimpleNamespace(param_groups=[{"lr": 0.1}]))


@pytest.mark.parametrize("compiled", [False, True])
def test_a_run_in_the_background_is_bit_for_bit_the_one_by_hand(compiled):
    shown = dashboard(compiled=compiled)
    assert shown.status == "new" and shown.steps == []
    shown.start()
    assert shown.wait() and shown.status == "finished"
    losses, expected = by_hand(compiled=compiled)
    assert [step.loss for step in shown.steps] == losses
    assert all(np.array_equal(a, b) for a, b in zip(weights(shown), expected))


def test_a_changed_rate_counts_from_the_next_step_bit_for_bit():
    shown = dashboard()
    shown.start(7)
    shown.wait()
    shown.set_rate(0.01)
    assert shown.run.optimizer.param_groups[0]["lr"] == 0.1  # not before the next step
    shown.start(1)
    shown.wait()
    shown.set_rate(0.5)
    shown.set_rate(0.03)  # only the last counts
    shown.start()
    shown.wait()
    losses, expected = by_hand({7: 0.01, 8: 0.03})
    assert [step.loss for step in shown.steps] == losses
    assert all(np.array_equal(a, b) for a, b in zip(weights(shown), expected))
    assert [step.rate for step in shown.steps] == [0.1] * 7 + [0.01] + [0.03] * 12
    assert shown.state()["changes"] == [(8, 0.1, 0.01), (9, 0.01, 0.03)]


def test_groups_with_rates_of_their_own_keep_their_proportion():
    shown = dashboard(groups=True)
    shown.set_rate(0.025)
    shown.start(1)
    shown.wait()
    assert [group["lr"] for group in shown.run.optimizer.param_groups] == [0.025, 0.05]


def test_a_rate_that_a_schedule_sets_is_not_changed():
    shown = dashboard(schedule=lambda number: 0.1 / number)
    shown.start(2)
    shown.wait()
    with pytest.raises(ValueError, match="schedule"):
        shown.set_rate(0.3)
    assert shown.answer({"ask": "rate", "value": 0.3})["refused"].startswith("fit was given a schedule")


@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf"), "fast", None, True])
def test_what_is_no_rate_is_refused(rate):
    shown = dashboard()
    with pytest.raises(ValueError, match="expected a number from 0 on"):
        shown.set_rate(rate)
    assert "expected a number" in shown.answer({"ask": "rate", "value": rate})["refused"]
    assert shown.run.rate == 0.1


def test_a_pause_answers_at_once_and_ends_the_thread_after_the_step_that_runs():
    shown, begun = paced(200)
    shown.start()
    begun.wait()
    assert shown.answer({"ask": "pause"}) is None
    answered = shown.status, len(shown.steps)
    assert answered[0] in ("pausing", "paused")
    assert shown.run.wait(BOUND) and shown.status == "paused"
    taken = len(shown.steps)
    assert taken <= answered[1] + 1
    threading_ends()
    assert len(shown.steps) == taken
    shown.start(3)
    shown.wait()
    assert len(shown.steps) == taken + 3 and shown.status == "paused"
    threading_ends()


def threading_ends():
    for thread in threads():
        thread.join(2)
    assert threads() == []


def test_a_slow_pace_does_not_make_a_pause_late():
    shown, begun = paced(0.1)
    shown.start(1)
    assert shown.run.wait(BOUND)  # nor does a single step wait for a next one
    shown.start()
    begun.wait()
    shown.run.pause()
    assert shown.run.wait(BOUND) and shown.status == "paused"
    assert len(shown.steps) == 2


def test_starting_again_while_it_is_pausing_goes_on():
    shown, begun = paced(1000, count=20)
    shown.start()
    begun.wait()
    shown.run.pause()
    shown.start()
    assert shown.wait() and shown.status == "finished" and len(shown.steps) == 20


def test_an_error_is_kept_shown_in_words_and_raised_again_by_wait():
    shown = dashboard(rate=1e30)
    shown.start()
    with pytest.raises(NotFinite) as raised:
        shown.wait()
    assert shown.error is raised.value and shown.status == "failed"
    error = shown.state()["error"]
    assert error["step"] == raised.value.step and error["where"] == raised.value.where
    assert error["text"] == f"NotFinite: {raised.value}" and f"step {raised.value.step}" in repr(shown)
    assert len(shown.steps) == raised.value.step - 1
    shown.start()  # it cannot go on
    assert shown.status == "failed"
    threading_ends()


def test_any_error_of_the_steps_is_kept():
    def steps():
        yield plain_step(1, 3)
        raise KeyError("the file is gone")

    shown = of_plain(steps())
    shown.start()
    with pytest.raises(KeyError):
        shown.wait()
    assert shown.state()["error"] == {"text": "KeyError: 'the file is gone'", "step": None, "where": None}


def test_a_finished_run_is_read_back_with_every_number():
    steps, _ = training()
    expected = [(s.number, s.epoch, s.loss, s.rate, s.gradient_norm, s.validation) for s in steps]
    shown = dashboard()
    shown.answer({"ask": "lengths", "value": True})
    shown.start()
    shown.wait()
    found = [(s.number, s.epoch, s.loss, s.rate, s.gradient_norm, s.validation) for s in shown.steps]
    assert found == expected
    ends = [s for s in shown.steps if s.train is not None]
    assert [s.number for s in ends] == [5, 10, 15, 20]
    assert ends[1].train["loss"] == pytest.approx(np.mean([s.loss for s in shown.steps[5:10]]))
    assert set(ends[1].train) == set(ends[1].validation) == {"loss", "accuracy"}
    assert shown.data == shown.state() and shown.data["number"] == 20  # what a notebook keeps of it


def test_gradients_are_measured_only_while_their_panel_is_shown():
    asked = []

    class Watched(SimpleNamespace):
        @property
        def gradient_norm(self):
            asked.append(self.number)
            return 3.0

    def steps():
        for k in range(1, 10):
            about = vars(plain_step(k, 9))
            yield Watched(**{name: value for name, value in about.items() if name != "gradient_norm"})

    shown = of_plain(steps())
    for count, lengths in ((3, False), (2, True), (4, False)):
        shown.answer({"ask": "lengths", "value": lengths})
        shown.start(count)
        shown.wait()
    assert asked == [4, 5]
    assert [s.gradient_norm for s in shown.steps] == [None] * 3 + [3.0] * 2 + [None] * 4
    assert shown.state()["curves"]["gradient"]["bins"] == [None] * 3 + [3.0] * 2


def test_readers_go_between_fit_and_the_dashboard():
    steps, optimizer = training(epochs=50, rate=0.0)
    shown = TrainingDashboard(early_stopping(steps, patience=2), optimizer)
    shown.start()
    shown.wait()
    assert shown.status == "finished" and len(shown.steps) == 15
    assert "after step 15 of 250" in repr(shown)


def test_another_dashboard_of_the_same_optimiser_is_paused_first():
    (one, _), (other, _), (third, _) = paced(100), paced(100), paced(100)
    other.run.optimizer = one.run.optimizer
    for shown in (one, third, other):
        shown.start()
    assert [one.status, other.status, third.status] == ["paused", "running", "running"]
    other.pause()
    third.pause()


def test_a_dashboard_that_is_paused_and_let_go_is_forgotten():
    shown, _ = paced(None)
    shown.start(1)
    shown.wait()
    threading_ends()
    shown.close()
    run = weakref.ref(shown.run)
    del shown
    gc.collect()
    assert run() is None


@pytest.mark.slow
def test_the_text_is_the_same_for_the_same_run_and_says_when_it_runs():
    texts = set()
    for _ in range(2):
        shown = dashboard()
        assert repr(shown) == "Training dashboard: not started"
        shown.start(12)
        shown.wait()
        shown.set_rate(0.02)
        shown.start(3)
        shown.wait()
        texts.add(repr(shown))
        assert 2000 < len(shown.picture()) <= 100_000
    (text,) = texts
    assert "paused after step 15 of 20, epoch 3 of 4" in text and "0.1 → 0.02 from step 13 on" in text
    running, _ = paced(10)
    running.start()
    assert repr(running).startswith("Training dashboard: running")
    running.pause()


@pytest.mark.parametrize("count", [100, 20_000])
def test_the_data_stays_small_and_no_peak_is_lost_however_long_the_run(count):
    rng = np.random.default_rng(0)
    losses = rng.random(count) + 1
    losses[count // 3] = 50.0
    losses[count // 2] = 0.001

    def steps():
        found = {f"metric{k}": 1 / 3 for k in range(6)}
        for k, loss in enumerate(losses):
            step = plain_step(k + 1, count, float(loss))
            step.metrics, step.epoch, step.epoch_ends = found, k // 10 + 1, k % 10 == 9
            step.validation = {"loss": float(loss), **found} if step.epoch_ends else None
            yield step

    shown = of_plain(steps())
    shown.answer({"ask": "lengths", "value": True})
    shown.start()
    shown.wait()
    assert len(compact_json(shown.state()).encode()) <= 250_000
    curve = shown.state()["curves"]["loss"]
    bins = [b if isinstance(b, list) else [b] * 3 for b in curve["bins"]]
    assert len(bins) == -(-count // curve["width"]) <= 512
    for k in range(0, len(bins), 37):
        held = losses[k * curve["width"] : (k + 1) * curve["width"]]
        assert bins[k] == pytest.approx([held.min(), held.max(), held.mean()], rel=1e-8)
    assert max(b[1] for b in bins) == 50.0 and min(b[0] for b in bins) == 0.001


def test_a_number_that_is_not_finite_is_kept_beside_those_that_are():
    curve = ThinnedCurve(2)
    for place, value in enumerate([1.0, float("nan"), 3.0, float("inf")]):
        curve.add(place, value)
    assert curve.whole() == {"width": 2, "from": 0, "bins": [[1.0, 1.0, 1.0, "nan"], [3.0, 3.0, 3.0, "inf"]]}
    only = ThinnedCurve(4)
    only.add(1, float("-inf"))
    assert only.whole()["bins"] == [None, [None, None, None, "-inf"]]


def test_what_is_news_adds_up_to_the_whole():
    curve, seen = ThinnedCurve(8), []
    for place in range(50):
        curve.add(place, float(place % 7))
        if place % 3 == 0:
            news = curve.news()
            seen = seen[: news["from"]] + news["bins"]
            assert seen == curve.whole()["bins"]


def test_at_most_thirty_messages_a_second_are_sent():
    shown = of_plain(plain_step(k, 3000) for k in range(1, 3001))
    sent = []
    shown.send = lambda message: sent.append((time.perf_counter(), message))
    began = time.perf_counter()
    shown.start()
    shown.wait()
    assert sent[-1][1]["news"]["number"] == 3000
    assert len(sent) <= 3 + 30 * (sent[-1][0] - began)


def test_the_second_argument_has_to_be_the_optimiser():
    with pytest.raises(TypeError, match="expected the optimiser that fit was given"):
        TrainingDashboard(iter([]), None)

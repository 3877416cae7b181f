"""The race without a browser: its paths are PyTorch's, the learner's own is really run, and nothing can hang it."""

import threading
import time
from contextlib import suppress
from math import isfinite, sqrt

import numpy as np
import pytest
import torch

from karpathy_course import optim
from karpathy_course.optim.surfaces import SURFACES, quadratic
from karpathy_course.widgets import OptimiserRace
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.optimiser_race import running
from karpathy_course.widgets.optimiser_race.field import COURSE, best_options
from tests.widgets import racers

TORCH = {
    "SGD": lambda p, lr: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "Nesterov": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True),
    "RMSprop": lambda p, lr: torch.optim.RMSprop(p, lr),
    "Adam": lambda p, lr: torch.optim.Adam(p, lr),
    "AdamW": lambda p, lr: torch.optim.AdamW(p, lr),
}


def torch_path(make, surface, start, rate, steps):
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimiser, path = make([point], rate), [start]
    for _ in range(steps):
        optimiser.zero_grad()
        surface.height(point[0], point[1]).backward()
        optimiser.step()
        path.append(tuple(point.tolist()))
    return path


@pytest.mark.parametrize("name", SURFACES)
def test_every_path_is_the_one_that_pytorch_takes(name):
    race = OptimiserRace(surface=name, steps=60, condition=30, turn=25)
    surface = quadratic(30, 25) if name == "quadratic" else SURFACES[name]()
    for who, make in TORCH.items():
        path = race.path(who)
        found = torch_path(make, surface, surface.start, race.default_rates(name)[who], 60)
        np.testing.assert_allclose([point[:2] for point in path], found, rtol=1e-9, atol=1e-10, err_msg=who)
        np.testing.assert_allclose([point[2] for point in path], [surface.height(*p) for p in found], atol=1e-9)


@pytest.mark.parametrize("own", [racers.HeavyBall, racers.heavy_ball])
def test_a_class_and_a_function_of_the_learners_are_run_alike(own):
    race = OptimiserRace({"mine": own}, against=(), lr={"mine": 0.05}, start=(-3, 1))
    point, total = np.array([-3.0, 1.0]), np.zeros(2)
    for x, y, loss in race.path("mine"):
        assert (x, y) == pytest.approx(tuple(point), abs=1e-12)
        assert loss == quadratic(20).height(x, y)
        total = 0.8 * total + quadratic(20).gradient(point)
        point = point - 0.05 * total


def test_the_courses_adam_given_as_ones_own_is_bit_for_bit_the_courses_adam():
    race = OptimiserRace(optim.Adam, surface="rosenbrock", against="Adam", lr=0.2)
    assert race.path("mine") == race.path("Adam") and race.names == ["Adam", "mine"]


@pytest.mark.parametrize("condition", [5, 60])
def test_the_best_rates_shrink_the_distance_as_theory_says(condition):
    race = OptimiserRace(against=("SGD", "momentum", "Nesterov"), condition=condition, steps=200)
    race.race(best=True)
    root, third = sqrt(condition), sqrt(3 * condition + 1)
    expected = {
        "SGD": (condition - 1) / (condition + 1),
        "momentum": (root - 1) / (root + 1),
        "Nesterov": 1 - 2 / third,
    }
    for who, factor in expected.items():
        distances = [np.hypot(x, y) for x, y, _ in race.path(who) if np.hypot(x, y) > 1e-100]
        first, last = (sum(np.log(distances[k : k + 40])) / 40 for k in (20, 120))
        # double roots let the distance shrink as k · factor^k
        growth = 0 if who == "SGD" else np.log(140 / 40) / 100
        assert (last - first) / 100 - growth == pytest.approx(np.log(factor), rel=0.05), who
        assert race.data["paths"][who]["options"]["lr"] == best_options(who, condition)["lr"]


def test_a_perfectly_round_bowl_is_reached_in_one_step_at_the_best_rate():
    race = OptimiserRace(condition=1, steps=5)
    race.race(best=True)
    for who in ("SGD", "momentum", "Nesterov"):
        assert race.outcomes()[who] == ("reached", 1), who


def test_to_fly_past_a_minimum_is_not_to_reach_it():
    race = OptimiserRace(surface="rosenbrock", against="momentum")
    losses = [loss for _, _, loss in race.path("momentum")]
    what, since = race.outcomes()["momentum"]
    assert losses[22] < 0.01 and what == "reached" and since > 200
    assert max(losses[since:]) <= 0.01 < losses[since - 1]


def test_one_who_begins_at_the_minimum_is_there_at_step_0():
    race = OptimiserRace(start=(0, 0), steps=10)
    assert set(race.outcomes().values()) == {("reached", 0)}
    assert {loss for who in race.names for _, _, loss in race.path(who)} == {0}


def test_a_path_that_leaves_all_numbers_ends_there_and_json_can_carry_it():
    race = OptimiserRace({"mine": racers.plain}, condition=100, lr=0.5, steps=379)
    losses = [loss for _, _, loss in race.path("SGD")]
    assert not isfinite(losses[-1]) and all(isfinite(loss) for loss in losses[:-1]) and len(losses) < 380
    what, since = race.outcomes()["SGD"]
    assert what == "diverged" and losses[since] > 100 * losses[0] >= losses[since - 1]
    assert race.data["paths"]["mine"]["losses"] == race.data["paths"]["SGD"]["losses"]
    assert "NaN" not in compact_json(race.data) and "Infinity" not in compact_json(race.data)
    assert race.picture().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("own", "step", "words"),
    [
        (racers.stepping(racers.raising), 3, f"KeyError: 'momentum' (line {racers.line(racers.raising)}, in raising)"),
        (racers.stepping(racers.leaving), 3, f"SystemExit: bye (line {racers.line(racers.leaving)}, in leaving)"),
        (racers.stepping(lambda point: None), 3, "what the step returned is None: expected the next point"),
        (
            racers.stepping(lambda point: "left"),
            3,
            "what the step returned is of type str: expected an array of two numbers",
        ),
        (racers.stepping(lambda point: point[:1]), 3, "what the step returned has shape (1,): expected (2,)"),
        (racers.Replacing, 1, "the parameter's data after the step has shape (3,): expected (2,)"),
        (racers.BadFromTheStart, 1, "NotImplementedError: write me (line "),
        (lambda: None, 1, "TypeError"),
        (dict, 1, "AttributeError: 'dict' object has no attribute 'step'"),
        (racers.stepping(racers.endless, 9), 9, "given up after 0.2 s: the step is slow, or it has no end"),
        (racers.stepping(racers.endless_and_catching), 3, "given up after 0.2 s"),
        (racers.stepping(racers.sleeping), 3, "given up after 0.2 s"),
    ],
)
def test_an_own_optimiser_that_fails_is_told_in_words_and_the_others_go_on(own, step, words, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.2)
    began = time.monotonic()
    race = OptimiserRace({"mine": own, "other": racers.plain}, against="SGD", steps=40)
    assert time.monotonic() - began < 2.5  # it was not waited for
    error = race.data["paths"]["mine"]["error"]
    assert error["step"] == step and error["text"].startswith(words) and "\n" not in error["text"]
    assert race.path("mine") == race.path("SGD")[:step]
    assert race.outcomes()["mine"] == ("failed", step) and words in repr(race)
    assert race.path("other") == race.path("SGD") and len(race.path("SGD")) == 41


def test_a_step_without_an_end_is_stopped_and_leaves_no_thread(monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.2)
    OptimiserRace(racers.stepping(racers.endless_and_catching), against=())
    for thread in threading.enumerate():
        if thread.name == "optimiser race":
            thread.join(10)
            assert not thread.is_alive()


def test_a_step_that_cannot_be_stopped_is_not_started_a_second_time(monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.2)
    end, started = threading.Event(), []

    def stubborn(point):
        started.append(point)
        while not end.is_set():
            with suppress(BaseException):
                while not end.is_set():
                    time.sleep(0.01)
        return point

    race = OptimiserRace({"mine": racers.stepping(stubborn)}, against="SGD", steps=20)
    race.race(start=(1, 1))
    error = race.data["paths"]["mine"]["error"]
    assert error["step"] == 1 and error["text"].startswith("not run: a step that was given up has not ended yet")
    assert len(started) == 1 and len(race.path("SGD")) == 21
    end.set()
    race.bounds["mine"].thread.join(10)
    race.race(start=(1, 2))
    assert race.path("mine")[2] == race.path("SGD")[2] and len(race.path("mine")) == 21  # one step stood still


def test_what_cannot_be_is_refused_and_the_race_stays_as_it_was():
    race = OptimiserRace(racers.plain, steps=20)
    before = race.data
    for wrong in ({"surface": "hill"}, {"rates": {"SGD": -1}}, {"rates": {"nobody": 1}}, {"start": (1, float("nan"))}):
        with pytest.raises(ValueError, match="expected"):
            race.race(**wrong)
    assert race.data is before
    race.race("saddle", rates={"SGD": 0.2})
    assert race.data["rates"]["SGD"] == 0.2 and race.data["start"] == [-2.5, 0.001] and race.data["serial"] == 1
    race.race(start=(1, 1))
    assert race.data["rates"]["SGD"] == 0.2 and race.path("SGD")[0][:2] == (1, 1)
    race.race("quadratic")
    assert race.data["rates"]["SGD"] == race.default_rates("quadratic")["SGD"] == 0.09


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_has_at_most_250_kb_and_the_text_is_always_the_same(count):
    own = dict(list({"a": racers.HeavyBall, "b": racers.plain, "c": racers.heavy_ball}.items())[:count])
    with pytest.raises(ValueError, match=r"expected a whole number from 1 to (\d+) where") as raised:
        OptimiserRace(own, steps=100_000)
    most = int(str(raised.value).split(" to ")[1].split()[0])
    assert OptimiserRace(own).steps == min(300, most)
    # rates at which nothing comes to rest: every number has all its digits
    one, other = (OptimiserRace(own, "ravine", lr=0.19, steps=most, start=(-4.01, -1.49)) for _ in range(2))
    assert repr(one) == repr(other) and one.data == other.data and most >= 200
    assert len(compact_json(one.page_data()).encode()) <= 250_000
    assert set(one.page_data()["elsewhere"]) == set(SURFACES) - {"ravine"}
    assert 2000 < len(one.picture()) <= 100_000


def test_the_text_says_what_became_of_each():
    text = repr(OptimiserRace({"mine": racers.HeavyBall}, condition=40, lr={"mine": 0.01, "SGD": 0.06}))
    assert "quadratic, condition number 40, 300 steps from (-4, 2), tolerance 0.001" in text
    assert "mine, rate 0.01: below the tolerance from step" in text
    assert "SGD, rate 0.06: diverged: over 100 times the first loss from step" in text
    assert all(name in text for name in COURSE)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (((), {"against": ()}), ValueError, "nobody runs"),
        (((5,), {}), TypeError, "mine is of type int: expected a class that is made as mine"),
        ((({"mine": racers.HeavyBall([], 0.1)},), {}), TypeError, "mine is of type HeavyBall: expected a class"),
        ((({"SGD": racers.plain},), {}), ValueError, "'SGD' is the course's own optimiser: give yours another name"),
        ((({3: racers.plain},), {}), TypeError, "3 as a name"),
        (((dict.fromkeys("abcd", racers.plain),), {}), ValueError, "4 optimisers of your own: at most 3"),
        (((), {"against": ("Adam", "Lion")}), ValueError, "against 'Lion': expected names among SGD, momentum"),
        (((), {"surface": "hill"}), ValueError, "surface 'hill': expected one of quadratic, ravine"),
        (((), {"lr": {"mine": 0.1}}), ValueError, "a rate for 'mine', who does not run"),
        (((), {"lr": "fast"}), ValueError, "rate of SGD: 'fast': expected a number from 0 on"),
        (((), {"lr": {"SGD": float("nan")}}), ValueError, "rate of SGD: nan"),
        (((), {"start": 3}), ValueError, r"start 3: expected two numbers, as in \(-4, 2\)"),
        (
            ((), {"start": (9, 0)}),
            ValueError,
            r"start \(9, 0\): expected a point of the map, x from -5 to 5 and y from -3",
        ),
        (((), {"start": (0, float("nan"))}), ValueError, r"start \(0, nan\): expected a point of the map"),
        (((), {"steps": 2.5}), ValueError, "steps=2.5: expected a whole number from 1 to"),
        (((), {"condition": 0.1}), ValueError, "condition=0.1: expected a number from 1 to"),
        (((), {"turn": 120}), ValueError, "turn=120: expected a number from 0 to 90"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(arguments, error, words):
    with pytest.raises(error, match=words) as raised:
        OptimiserRace(*arguments[0], **arguments[1])
    assert "\n" not in str(raised.value)

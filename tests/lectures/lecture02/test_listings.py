"""The six listings of exercise 02.6 are real: each shows its symptom when it runs, and its repair cures it."""

import itertools
import math
import random

import pytest

from karpathy_course.checks.lecture02.exercise_6_bug_hunt import LISTINGS
from karpathy_course.data import moons
from karpathy_course.neuron import MLP, Layer
from karpathy_course.scalar import Value, weighted_sum

POINTS, LABELS = moons(20, 0.05, 1)


def binary_cross_entropy(scores, labels):
    terms = [-score if label else score for score, label in zip(scores, labels)]
    return sum((v + ((-v).exp() + 1).log() if v.data > 0 else (v.exp() + 1).log()) for v in terms) / len(terms)


def criterion(outputs, targets):
    targets = [t if isinstance(t, Value) else Value(t) for t in targets]
    return sum((o - t) ** 2 for o, t in zip(outputs, targets)) / len(outputs)


def run(letter, repaired, **names):
    listing = next(x for x in LISTINGS if x.letter == letter)
    namespace = {"Value": Value, "weighted_sum": weighted_sum, "zero_grad": lambda model: model.zero_grad(), **names}
    exec(listing.repaired if repaired else listing.code, namespace)
    return namespace


def network(seed=3):
    return MLP(2, [8, 1], "tanh", random.Random(seed))


def losses_while_training(letter, repaired):
    """The loss that each step sees, of the listing itself, and the loss of the weights that it leaves."""
    seen = []

    def watched(scores, labels):
        loss = binary_cross_entropy(scores, labels)
        seen.append(loss.data)
        return loss

    model = run(letter, repaired, binary_cross_entropy=watched)["train"](network(), POINTS, LABELS)
    return seen, binary_cross_entropy([model(p) for p in POINTS], LABELS).data


def test_zeroing_once_makes_the_loss_jump_and_zeroing_always_makes_it_fall_steadily():
    broken, _ = losses_while_training("A", repaired=False)
    cured, _ = losses_while_training("A", repaired=True)
    rises = [sum(b > a for a, b in itertools.pairwise(losses)) for losses in (broken, cured)]
    assert rises[0] >= 5 and rises[1] == 0


def test_adding_the_gradient_makes_the_loss_grow_and_subtracting_makes_it_fall():
    broken, _ = losses_while_training("B", repaired=False)
    cured, _ = losses_while_training("B", repaired=True)
    assert all(b > a for a, b in itertools.pairwise(broken)) and cured[-1] < cured[0] / 2


@pytest.mark.parametrize(("repaired", "different"), [(False, 17), (True, 24)])
def test_a_bias_times_n_is_one_bias(repaired, different):
    parameters = run("C", repaired)["Layer"](2, 8, random.Random(0)).parameters()
    assert len(parameters) == 24 and len({id(p) for p in parameters}) == different


def test_a_stale_graph_shows_the_same_loss_in_every_step_while_the_weights_move():
    broken, left = losses_while_training("D", repaired=False)
    cured, _ = losses_while_training("D", repaired=True)
    assert len(set(broken)) == 1 and not math.isclose(left, broken[0])
    assert all(b < a for a, b in itertools.pairwise(cured))


def test_a_stale_graph_is_cured_as_well_in_the_line_that_makes_the_loss():
    listing = next(x for x in LISTINGS if x.letter == "D")
    [(line, code)] = listing.elsewhere
    pairs = list(zip(listing.code.splitlines(), code.splitlines(), strict=True))
    assert [k for k, (old, new) in enumerate(pairs, 1) if old != new] == [line]
    namespace = {"zero_grad": lambda model: model.zero_grad(), "binary_cross_entropy": binary_cross_entropy}
    exec(code, namespace)
    left = namespace["train"](network(), POINTS, LABELS)
    cured, reached = losses_while_training("D", repaired=True)
    assert binary_cross_entropy([left(p) for p in POINTS], LABELS).data == reached < cured[0] / 2


def test_a_relu_on_the_output_leaves_no_negative_score():
    def layer(n_inputs, n_outputs, rng, activation="tanh"):
        return Layer(n_inputs, n_outputs, activation, rng)

    for repaired in (False, True):
        model = run("E", repaired, Layer=layer)["Network"](random.Random(3))
        rate, right = 1.0, 0
        for _ in range(100):
            for p in model.parameters():
                p.grad = 0.0
            binary_cross_entropy([model(p) for p in POINTS], LABELS).backward()
            for p in model.parameters():
                p.data -= rate * p.grad
        scores = [model(p).data for p in POINTS]
        right = sum((s > 0) == (y == 1) for s, y in zip(scores, LABELS)) / len(scores)
        assert (min(scores) < 0) is repaired, scores
        assert right >= 0.8 if repaired else True


def test_the_output_compared_with_itself_costs_nothing_and_a_real_target_is_learned():
    targets = [2.0 * y - 1 for y in LABELS]
    broken = run("F", False, criterion=criterion)["train"](network(), POINTS, targets)
    cured = run("F", True, criterion=criterion)["train"](network(), POINTS, targets)
    assert set(broken) == {0.0} and cured[-1] < cured[0] / 2


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda x: x.letter)
def test_every_listing_differs_from_its_repair_at_the_faulty_line_and_nowhere_else(listing):
    broken, cured = listing.code.splitlines(), listing.repaired.splitlines()
    without = broken[: listing.line - 1] + broken[listing.line :]
    remaining = iter(cured)
    assert all(line in remaining for line in without) and cured != broken

"""Exercise 06.7: what is wrong with a training, read from its four curves.

Every check trains its own networks (`sick_runs`). Each draw has those that one number alone cannot tell apart: a rate too
high that ends as overfitting does, or with nan; a leak with the validation loss on either side of the training loss.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_text
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture06.sick_runs import DISEASES, LEAK, NOISE, OVERFITTING, RATE, one_run, sick_run

RATES = FITTING, STUCK = (0.25, 0.35), (0.5, 0.8)  # those with which the loss jumps and falls, or jumps and stays
TEN, FEWER = "ten digits", "fewer digits, other lengths"
NAMES = {LEAK: "leak", OVERFITTING: "overfitting", RATE: "rate", NOISE: "noise"}
SIGNS = {
    LEAK: "With a leak both losses fall together, close to 0: the network knows the validation samples by heart too.",
    OVERFITTING: "With overfitting the training loss falls smoothly to nearly 0, and the validation loss stays far above.",
    RATE: "With a rate too high the training loss jumps up again and again, or is nan; elsewhere it falls smoothly.",
    NOISE: "With label noise the training loss falls smoothly and stays high: wrong labels follow no rule.",
}


def evidence(disease, curves):
    train, validation = curves["loss/train"], curves["loss/validation"]
    right, seen = curves["accuracy/train"][-1], curves["accuracy/validation"][-1]
    lost = next((k for k, loss in enumerate(train, 1) if loss != loss), None)
    jumps = f"the training loss goes up and down between {min(train):.3g} and {max(train):.3g}"
    ends = f"the training loss ends at {train[-1]:.3g} and the validation loss at {validation[-1]:.3g}"
    return {
        LEAK: f"{ends}, as if these samples were no harder than those that were learnt. They are the same samples",
        OVERFITTING: f"{ends}: the samples were learnt by heart, and little of it holds for others",
        RATE: f"{jumps if lost is None else f'the training loss is nan from epoch {lost} on'}: the steps are too long",
        NOISE: f"{ends}, and the accuracies at {right:.0%} and {seen:.0%}. The loss falls smoothly and stays high: not "
        "even the training samples can be learnt, because their labels contradict one another",
    }[disease]


class Diagnose(Exercise):
    id = "06.7"
    title = "Four runs that went wrong"
    section = "Reading learning curves"
    why = "A curve is the first thing to look at when a network disappoints, since each fault leaves its own trace."
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("diagnose",)
    properties = {TEN: 0.5, FEWER: 0.5}
    leaves_out = dict.fromkeys(
        ("zero", "minus one", "negative", "whole number"), "losses and accuracies are floats, and above 0"
    )
    allows = {"appends to the lists that it was given": "its argument is a dict, which this slip leaves as it is"}
    task = """\
Write `diagnose(curves)`: what is wrong with this training? `curves` is a dict of four lists, with one number for each
epoch: `"loss/train"`, `"loss/validation"`, `"accuracy/train"` and `"accuracy/validation"`. Return one of four texts:

* `"leak"`: the validation samples were in the training set too.
* `"overfitting"`: there were far too few training samples for the network.
* `"rate too high"`: the learning rate was too high.
* `"label noise"`: about four in ten training labels were wrong. The validation labels were right.

Each run has exactly one of these faults. All runs are really trained for the check: small networks with one hidden layer,
on blurred pictures of 4 to 10 of the digits, for 15 to 25 epochs, with mini-batches, so that no curve is quite smooth. If
a loss became too large for a float, the curves hold `nan`.

No single number tells them apart: a run with a rate too high may end just as one that overfits. What happens to the
training loss, and what to the validation loss beside it? Train such runs yourself, and look, before you choose limits.
`curves` stays as it is."""
    hints = (
        "Ask in this order. Does the training loss fall rather smoothly? If not, which fault is it? If so, does it come "
        "close to 0? If not, which fault is it? If so, is the validation loss far above it, or close to it?",
        "Add up all rises of the training loss from one epoch to the next: small ones are usual, those of a rate too high "
        "add up to more than 0.5. Wrong labels keep the training loss high, since nothing in the pictures predicts them. "
        "Samples that were seen in training have the same small loss, wherever they stand.",
        "if not all finite, or the rises add up to more than 0.5: rate too high. Else if train[-1] > 0.4: label noise. "
        "Else overfitting if validation[-1] > 5 * train[-1], and if not, leak. math.isfinite tells nan.",
    )

    @staticmethod
    def cases(rng):
        found = []
        data = np.random.default_rng(rng.randrange(10**9))
        above = lambda curves: curves["loss/validation"][-1] > curves["loss/train"][-1]
        below = lambda curves: curves["loss/validation"][-1] < curves["loss/train"][-1]
        fits = lambda curves: curves["loss/train"][-1] < min(0.4, curves["loss/validation"][-1] / 6)
        stuck = lambda curves: curves["loss/train"][-1] > 0.7
        high = lambda curves: curves["loss/train"][-1] > 0.7
        any_run = lambda curves: True
        kinds = [(LEAK, above), (LEAK, below), (OVERFITTING, any_run), (OVERFITTING, any_run)]
        kinds += [(RATE, fits, FITTING), (RATE, stuck, STUCK), (NOISE, below), (NOISE, high)]
        for property in (TEN, FEWER):
            runs = []
            for disease, *more in kinds:
                classes, epochs = (10, 20) if property == TEN else (rng.randrange(4, 10), rng.randrange(15, 26))
                runs.append((disease, sick_run(disease, data, classes, epochs, *more)))
            if property == FEWER:
                runs.append((RATE, one_run(RATE, data, 4, 15, 1e200)))
            rng.shuffle(runs)
            for disease, curves in runs:
                found.append({"property": property, "curves": curves, "judge": {"disease": disease}})
        return found

    @staticmethod
    def probe(namespace, case):
        copy = lambda: {tag: list(numbers) for tag, numbers in case["curves"].items()}
        curves = copy()
        said = namespace["diagnose"](curves)
        return {"said": said, "changed": repr(curves) != repr(copy()), "again": namespace["diagnose"](copy()) == said}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("said", "changed", "again"))
        said, disease = expect_text(answer["said"], "what diagnose returned"), case["judge"]["disease"]
        if said not in DISEASES:
            message = f"{said[:40]!r} is none of the four texts."
            raise Mistake("wrong-word", message, said, " · ".join(DISEASES))
        if said != disease:
            message = (
                f"This run has {disease}, and was called {said}: {evidence(disease, case['curves'])}. {SIGNS[said]}"
            )
            raise Mistake(f"{NAMES[disease]}-called-{NAMES[said]}", message, said, disease, 1 if said == RATE else 2)
        if answer["changed"] is not False:
            raise Mistake("changes-its-arguments", "`curves` has changed: it belongs to the caller.")
        if answer["again"] is not True:
            message = "A second call with the same curves gave another answer: is something kept between calls?"
            raise Mistake("second-call-differs", message)

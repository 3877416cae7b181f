"""Exercise 07.4: AdamW, whose decay does not go through Adam's means.

Some slopes are 0 throughout: there the decay is all that happens, and a penalty inside Adam's means would move the number
by the whole rate. Rates change from step to step, because decay is in proportion to them.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture07.optimiser_rules import (
    DEFAULTS,
    adam,
    changed,
    drawn_run,
    judge_runs,
    otherwise,
    pausing,
    rules_of_adam,
    states,
)

DECAY, FIFTY, AROUND = "the decay", "fifty steps", "no gradient, and a rate that changes"
DEFAULTS = {**DEFAULTS, "weight_decay": 0.01}


def adamw(p, g, s, o, *, decayed=lambda p, o, s: p * (1 - o["lr"] * o["weight_decay"]), **change):
    """The parameter after one step; the keywords are mistakes to be made."""
    return adam(decayed(p, o, s), g, s, o, **change)


def right(run):
    return states(run, adamw, DEFAULTS)


class AdamWByHand(Exercise):
    id = "07.4"
    title = "Decay beside Adam"
    section = "Weight decay"
    why = "In AdamW all weights shrink at the same pace; an L2 penalty inside Adam hardly reaches those with large gradients."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("AdamW",)
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "optimiser_runs"))
    properties = {DECAY: 0.4, FIFTY: 0.35, AROUND: 0.25}
    leaves_out = dict.fromkeys(
        ("one", "minus one", "negative", "two equal numbers"),
        "the class is given objects and options; the parameters' numbers stand in arrays, which hold all of these",
    )
    task = """\
Write the class `AdamW(params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)`: what 07.3 says of `Adam` holds
here too, word for word. In addition, every step of a parameter begins with a decay: all its numbers are multiplied by
1 - lr · weight_decay, and Adam's step is subtracted from the result.

* The decay does not enter m and v, which know the gradient alone. So a number whose gradient is 0 shrinks by the same
  factor in every step, slowly and for ever: it does not make steps of the length `lr`.
* The `lr` of this very step counts. The loop may set `optimizer.lr` before any step.
* A parameter whose `grad` is None in some step does not decay in it either, as in torch.
* With `weight_decay=0` it is Adam.

The numbers have to agree with torch's AdamW to 1e-10 after fifty steps. Write the class anew, or derive it from your own
`Adam`: both cells are run for the check. (If it is derived, 07.3 has to be right too.)"""
    hints = (
        "The decay is one line, for each parameter with a gradient: p.data *= 1 - self.lr * self.weight_decay. Where does "
        "it stand, before Adam's step or after? After it, the step itself would shrink too.",
        "Adding weight_decay · p.data to the gradient is an L2 penalty, which was what Adam had before AdamW. Adam divides "
        "by √v, so that penalty too: the larger a number's gradients, the less it would decay.",
        "In step: if p.grad is None: continue; p.data *= 1 - self.lr * self.weight_decay; then everything as in Adam, with "
        "m and v made of p.grad alone.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, *runs):
            cases.append({"property": property, "runs": list(runs)})

        options = lambda: {
            "lr": rng.uniform(0.05, 0.3),
            "betas": [rng.uniform(0.5, 0.8), rng.uniform(0.85, 0.97)],
            "eps": rng.choice((1e-7, 1e-6, 1e-4)),
            "weight_decay": rng.uniform(0.05, 0.8),
        }
        add(DECAY, *[drawn_run(rng, [(7,)], 3, options=options(), in_order=True)] * 2)
        add(DECAY, drawn_run(rng, [(7,)], 2))
        idle = drawn_run(rng, [(2, 3)], 5, options=options())
        idle["grads"] = [[[0.0] * 6] for _ in range(5)]
        add(DECAY, idle)
        add(DECAY, drawn_run(rng, [(7,)], 3, "float32", options() | {"weight_decay": 0}, from_iterator=True))
        shapes = [(3, 2), (7,), (3, 2), (1,), (0, 2), ()]
        add(FIFTY, drawn_run(rng, shapes, 50, options=options(), reuses_memory=True))
        add(FIFTY, drawn_run(rng, [(7,)], 50))
        add(FIFTY, drawn_run(rng, [(2, 3), (7,)], 12, "float32", options(), from_iterator=True, layout="turned"))
        add(FIFTY, drawn_run(rng, [(7,), (3,)], 9, options=options(), zero_grads=True, made_anew=rng.randrange(3, 7)))
        add(FIFTY, drawn_run(rng, [(7,)], 4, options=options()), drawn_run(rng, [(7,)], 5, options=options()))
        add(AROUND, drawn_run(rng, [(7,), (4,)], 9, options=options(), missing=4))
        add(AROUND, drawn_run(rng, [(7,)], 9, options=options(), rates=True, from_iterator=True, zero_grads=True))
        add(AROUND, drawn_run(rng, [(3, 3), (7,)], 8, options=options(), missing=3, rates=True, reuses_memory=True))
        add(AROUND, pausing(drawn_run(rng, [(4,), (2, 3)], 7, options=options())))
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.optimiser_runs import steps_of

        return steps_of(namespace["AdamW"], case["runs"])

    @staticmethod
    def judge(case, answer):
        judge_runs(case["runs"], answer, WRONG, right)


def penalised(p, g, s, o):
    return adam(p, g + o["weight_decay"] * p, s, o)


def decays_after(p, g, s, o):
    return adam(p, g, s, o) * (1 - o["lr"] * o["weight_decay"])


def scaled(p, g, s, o):
    """The decay divided by Adam's root too."""
    after = adam(p, g, s, o)
    root = np.sqrt(s["v"] / (1 - o["betas"][1] ** s["t"])) + o["eps"]
    return after - o["lr"] * o["weight_decay"] * p / root


def of_missing(p, s, o, step):
    return p * (1 - o["lr"] * o["weight_decay"])


def decay(id, message, hint, decayed):
    return changed(id, message, hint, adamw, DEFAULTS, decayed=decayed)


WRONG = [
    decay("no-decay", "There is no decay: every step begins by multiplying the parameter by 1 - lr · weight_decay.", 1,
          lambda p, o, s: p),
    changed("l2-inside-adam", "weight_decay · data was added to the gradient: that is an L2 penalty, as in Adam. In m and v it "
            "is divided by √v as the gradient is, so that it hardly reaches numbers with large gradients, and moves those with "
            "gradient 0 by the whole rate.", 2, penalised, DEFAULTS),
    changed("decay-after-the-step", "The decay came after Adam's step, which so became smaller too. It comes first.", 1,
            decays_after, DEFAULTS),
    changed("decay-divided-by-the-root", "The decay was divided by √v + eps, as the gradient is. It does not depend on the "
            "gradients.", 2, scaled, DEFAULTS),
    decay("decay-without-the-rate", "The decay is in proportion to `lr` too: the factor is 1 - lr · weight_decay.", 1,
          lambda p, o, s: p * (1 - o["weight_decay"])),
    decay("decay-twice", "The parameter decayed twice in one step.", 1,
          lambda p, o, s: p * (1 - o["lr"] * o["weight_decay"]) ** 2),
    decay("decay-twice", "The decay has twice its size: is there a factor 2, as from the square in a penalty?", 1,
          lambda p, o, s: p * (1 - 2 * o["lr"] * o["weight_decay"])),
    decay("rate-squared", "The rate counts twice in the decay: the factor is 1 - lr · weight_decay.", 1,
          lambda p, o, s: p * (1 - o["lr"] ** 2 * o["weight_decay"])),
    decay("grows", "The parameter grows: the factor is 1 - lr · weight_decay, not 1 + lr · weight_decay.", 1,
          lambda p, o, s: p * (1 + o["lr"] * o["weight_decay"])),
    decay("decays-to-nothing", "The parameter was multiplied by lr · weight_decay, which is what goes away. 1 - lr · weight_decay "
          "stays.", 1, lambda p, o, s: p * o["lr"] * o["weight_decay"]),
    decay("sign-alone", "The decay has the same size for all numbers, as of a penalty on absolute values. It is in proportion "
          "to the number.", 1, lambda p, o, s: p - o["lr"] * o["weight_decay"] * np.sign(p)),
    decay("rate-of-the-start", "The decay used the `lr` that the optimiser was made with. Use self.lr in each step: a schedule "
          "changes it.", 2, lambda p, o, s: p * (1 - o["first lr"] * o["weight_decay"])),
    decay("decays-once", "Only the first step decays.", 1,
          lambda p, o, s: p * (1 - o["lr"] * o["weight_decay"]) if s["t"] == 1 else p),
    otherwise("missing-decays", "A parameter without a gradient decayed. Leave it and all that is kept for it as it is.", 3,
              step=adamw, defaults=DEFAULTS, of_missing=of_missing),
    *rules_of_adam(adamw, DEFAULTS),
    *(changed("other-defaults", f"The default of `weight_decay` is another one: {DEFAULTS['weight_decay']}.", 1, adamw,
              {**DEFAULTS, "weight_decay": x}) for x in (0.1, 0.0, 0.001)),
]  # fmt: skip

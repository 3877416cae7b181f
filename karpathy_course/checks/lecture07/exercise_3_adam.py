"""Exercise 07.3: Adam, for any number of parameters, equal to its formulas over fifty steps to 1e-10.

Slopes are drawn from 1e-9 to 1e5, so that it shows where eps stands; some are 0 throughout, some are missing, which is
where one count for all parameters shows. Two optimisers are stepped in turn.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture07.optimiser_rules import (
    DEFAULTS,
    adam,
    changed,
    drawn_run,
    judge_runs,
    pausing,
    rules_of_adam,
)

FIRST, FIFTY, AROUND = "the first step", "fifty steps", "no gradient, and a rate that changes"


class AdamByHand(Exercise):
    id = "07.3"
    title = "Adam"
    section = "A rate for each number"
    why = "Adam is the optimiser most networks are trained with, and you now know each line of it."
    difficulty, importance, minutes, points = 3, 5, 35, 5
    needs = ("Adam",)
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "optimiser_runs"))
    properties = {FIRST: 0.25, FIFTY: 0.5, AROUND: 0.25}
    leaves_out = dict.fromkeys(
        ("zero", "one", "minus one", "negative", "whole number", "two equal numbers"),
        "the class is given objects and options; the parameters' numbers stand in arrays, which hold all of these",
    )
    task = """\
Write the class `Adam(params, lr=0.001, betas=(0.9, 0.999), eps=1e-8)` with the methods `step()` and `zero_grad()`. `params`
is a list or an iterator of parameters: objects with `data`, a NumPy array, and `grad`, an array of its shape or None. Every
number g of a gradient has its own m and v, which are 0 at first. A step makes of them

* m = β₁ · m + (1 - β₁) · g, a running mean of the gradient, and v = β₂ · v + (1 - β₂) · g², one of its square,
* both corrected, because they began at 0: m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ), where t is the number of this
  step, from 1,
* and subtracts lr · m̂ / (√v̂ + eps) from the parameter's number.

So the first step is `lr` long, whether the gradient is 0.001 or 1000. What the formulas do not say:

* `data` is changed **in place**, since others hold that array too; float32 stays float32. `grad` stays as it is during
  a step, and after it the caller may write the next gradient into the same array. Arrays may have any shape.
* If a parameter's `grad` is None in some step, the parameter and all that is kept for it stay as they are, **also its
  t**: in its next step with a gradient, t is one more than in its last.
* The loop may set `optimizer.lr` before any step.
* `zero_grad()` sets every `grad` to None. `step` and `zero_grad` return nothing.

The numbers have to agree with torch's Adam to 1e-10 after fifty steps."""
    hints = (
        "An iterator can be read only once: keep list(params). For each parameter keep three things: m and v, arrays of "
        "zeros like its data, and t. They belong on self, and there is one of each for each parameter.",
        "In step: go through the parameters and what you keep for them, together. Skip those whose grad is None. Then "
        "count t up, make the new m and v, correct both, and use self.lr. 1 - β ** t is 1 - β in the first step.",
        "The last line is p.data -= self.lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + self.eps). eps is added "
        "after the root of the corrected v. In zero_grad: for p in self.params: p.grad = None.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, *runs):
            cases.append({"property": property, "runs": list(runs)})

        options = lambda: {
            "lr": rng.uniform(0.01, 0.3),
            "betas": [rng.uniform(0.5, 0.8), rng.uniform(0.85, 0.97)],
            "eps": rng.choice((1e-7, 1e-6, 1e-4)),
        }
        add(FIFTY, *[drawn_run(rng, [(7,)], 4)] * 2)
        add(FIRST, drawn_run(rng, [(7,)], 1))
        add(FIRST, drawn_run(rng, [(2, 4), (3,), ()], 1, options=options(), in_order=True))
        add(FIRST, drawn_run(rng, [(7,)], 1, "float32", {"lr": 0.5}, from_iterator=True))
        add(FIFTY, drawn_run(rng, [(7,)], 50))
        add(FIFTY, drawn_run(rng, [(3, 2), (7,), (3, 2), (1,), (0, 2), ()], 50, options=options(), reuses_memory=True))
        add(FIFTY, drawn_run(rng, [(2, 3), (7,)], 12, "float32", options(), from_iterator=True, layout="turned"))
        add(FIFTY, drawn_run(rng, [(7,), (3,)], 9, options=options(), zero_grads=True, made_anew=rng.randrange(3, 7)))
        add(FIFTY, drawn_run(rng, [(7,)], 4, options=options()), drawn_run(rng, [(7,)], 5, options=options()))
        add(AROUND, drawn_run(rng, [(7,), (4,)], 9, options=options(), missing=4))
        add(AROUND, drawn_run(rng, [(7,)], 9, options=options(), rates=True, from_iterator=True, zero_grads=True))
        add(AROUND, drawn_run(rng, [(3, 3), (7,)], 8, options=options(), missing=3, rates=True, reuses_memory=True))
        first = drawn_run(rng, [(2,), (6,)], 6, missing=0)
        first["grads"][0][0] = first["grads"][1][0] = first["grads"][3][0] = None
        add(AROUND, first)
        add(AROUND, pausing(drawn_run(rng, [(4,), (2, 3)], 7, options=options())))
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.optimiser_runs import steps_of

        return steps_of(namespace["Adam"], case["runs"])

    @staticmethod
    def judge(case, answer):
        judge_runs(case["runs"], answer, WRONG)


WRONG = [
    *rules_of_adam(adam, DEFAULTS),
    *(changed("other-defaults", f"The default of `{name}` is another one: {DEFAULTS[name]}.", 1, defaults={**DEFAULTS, name: x})
      for name, x in (("lr", 0.01), ("lr", 0.1), ("betas", (0.9, 0.99)), ("betas", (0.9, 0.9999)), ("eps", 1e-7), ("eps", 1e-6))),
]  # fmt: skip

"""Exercise 05.6: a check of gradients that lets the right ones pass and no broken one, and is itself checked so.

The probe makes functions of the case's text and hands them in; whether they are right stands with the judge alone.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_bool, expect_dict
from karpathy_course.checks.lecture05.operations_to_check import ARRAYS, ONE, SEVERAL, SIZES, measured_operations

ACCEPTED = {  # kind of broken operation: (id, what was broken, hint)
    "factor": ("accepts-a-factor", "every number of the gradient is wrong by the same factor", 1),
    "sign": ("accepts-a-sign", "one number of the gradient has the wrong sign: compare differences, not sizes", 2),
    "last place": ("accepts-one-wrong-number", "the last number of the gradient is wrong: check every one", 1),
    "positive": ("accepts-positive-only", "the gradient is right where the input is positive, and wrong elsewhere", 1),
    "near": ("accepts-nearly-right", "the gradient is off by one in a hundred thousand. Central differences tell "
             "that: the relative error has to be below 1e-7", 2),
    "used twice": ("accepts-a-lost-use", "forward uses its input twice, and the gradient of one use is missing", 1),
    "places": ("accepts-wrong-places", "the numbers of the gradient are right, and stand in the wrong places: compare "
               "number by number, not their sums", 1),
    "hidden": ("accepts-behind-ones", "the gradient is twice what it should be. For this operation the sum of the "
               "results does not depend on the input at all, so a gradient of ones is blind here: hand in random "
               "numbers", 2),
    "nan": ("accepts-nan", "there is a nan in the gradient. A comparison with nan is always False: ask whether the "
            "error is small, not whether it is large", 3),
    "transposed": ("accepts-a-transpose", "one of the two gradients of a product of matrices is transposed", 1),
    "second input": ("accepts-the-second-input", "the gradient of the first input is right, that of the second one is "
                                                 "not", 1),
    "third input": ("accepts-the-second-input", "the gradient of the third input is wrong: check all inputs", 1),
    "swapped": ("accepts-swapped", "the two gradients have changed places", 1),
    "shape": ("accepts-a-shape", "a gradient has shape (m,), its input (1, m). Broadcasting hides it in the "
              "comparison: compare the shapes first", 3),
    "unused but moved": ("accepts-an-unused-input", "forward does not depend on b, whose gradient is not 0. Nothing "
                         "is no reason to let it pass", 3),
    "one array twice, broken": ("accepts-the-same-array", "the same array was handed in as both inputs, and a "
                                "gradient is wrong", 2),
    "small results, broken": ("accepts-small-gradients", "the gradient is wrong by a factor. Its numbers are tiny, "
                              "and so is any difference: divide by the largest number", 3),
    "no axis, broken": ("accepts-no-axis", "the input is a single number, of shape (), and its gradient has the wrong "
                                           "sign", 2),
    "one result, broken": ("accepts-one-result", "forward returns one number, and backward forgets the incoming "
                                                 "gradient", 2),
    "layout, broken": ("accepts-a-layout", "one number has the wrong sign, in an array that does not lie in memory "
                       "one number after the other", 2),
    "four axes, broken": ("accepts-wrong-places", "the numbers of the gradient stand in the wrong places, in four "
                                                  "axes", 1),
}  # fmt: skip
NEAR = (
    "accepts-nearly-right",
    "the gradient is off by one in a hundred thousand; the relative error has to be below 1e-7",
    2,
)
REFUSED = {  # kind of right operation: (id, what to look at, hint)
    "view": ("refuses-a-view", "forward returned a view of its input. Whoever nudges that input afterwards moves the "
             "result too: keep a copy of it, or nudge a copy of the input", 3),
    "unused": ("refuses-an-unused-input", "forward does not depend on b, and the gradient says 0: right. Is 0 divided "
                                          "by 0?", 3),
    "one array twice": ("refuses-the-same-array", "the same array was handed in as both inputs. Whoever nudges it in "
                        "place nudges both: make a copy of each input", 3),
    "small inputs": ("refuses-small-inputs", "the inputs are about 0.0005, where 1/a curves within a step of 1e-5: the "
                     "step has to be in proportion to the number that is nudged", 2),
    "large inputs": ("refuses-large-inputs", "the inputs are in the thousands, where a small step drowns in rounding: "
                     "it has to be in proportion to the number that is nudged", 2),
    "small beside large": ("refuses-mixed-inputs", "one input is in the thousands and the other one tiny: every "
                           "number needs a step of its own", 2),
    "all in one array": ("refuses-mixed-inputs", "numbers from 0.0005 to 5000 stand in one array: every number needs "
                         "a step of its own", 2),
    "large results beside small": ("refuses-mixed-results", "some results are in the millions, others about 1: "
                                   "subtract the two results number by number, and sum afterwards, or the large ones "
                                   "drown the small", 2),
    "large results": ("refuses-large-results", "the results are in the billions: what is small beside them? Divide by "
                      "the largest number", 3),
    "layout": ("refuses-a-layout", "the input does not lie in memory one number after the other: there, ravel() and "
               "reshape(-1) give copies, and nudging these moves nothing", 3),
    "no axis": ("refuses-no-axis", "the input is a single number, of shape (). np.ndindex(()) gives one index, the "
                                   "empty one", 3),
    "one result": ("refuses-one-result", "forward returns one number, without an axis", 3),
    "nothing in it": ("refuses-an-empty-input", "one input has no numbers: then its gradient has none either, and is "
                                                "right", 3),
}  # fmt: skip
USUAL = ("refuses-what-is-right", "how large is the error of your differences? The central one, with a step of about "
         "1e-5 times the number, is good to ten digits. Where some number is 0 its own relative error means nothing: "
         "divide by the largest number of the gradient", 2)  # fmt: skip


class Gradcheck(Exercise):
    id = "05.6"
    title = "Check every gradient"
    section = "Check every gradient"
    why = "A wrong gradient raises no error and still trains, only worse, so it has to be looked for."
    difficulty, importance, minutes, points = 4, 5, 40, 5
    needs = ("gradcheck",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {ONE: 0.3, SEVERAL: 0.3, SIZES: 0.2, ARRAYS: 0.2}
    task = """\
Write `gradcheck(forward, backward, inputs)`: True where all gradients of an operation are right, False where any is
wrong. `inputs` is a list of float64 arrays; `forward(*inputs)` returns an array; `backward(*inputs, gradient)`
returns a list with one gradient for each input, as your `matmul_gradients` does. `gradient` has the shape of the
result, and is yours to choose.

Compare each gradient with central differences, for which you nudge one number at a time. A gradient is right when it
has the shape of its input, and when the largest difference, divided by the largest number of the two, is below
**1e-7**. (Where all numbers of both are 0, it is right.)

* Numbers may be as small as 0.0001 and as large as 10000, also in one array, and results may be tiny or huge.
* Any input that is not float64 is refused with a `ValueError`: float32 has only seven digits, too few for this.
* The inputs stay as they are, to the last digit. The same array may be handed in twice, and forward may return a
  view.

The check hands in dozens of operations, right ones and broken ones. You cannot tell them apart by their names."""
    hints = (
        "One number moves many results. With weights w, Σ w·forward(x) is one number, whose gradient is "
        "backward(…, w): so choose w, call backward once, and nudge each number of each input up and down.",
        "The step has to fit the number that is nudged: h = 1e-5 * abs(x), or 1e-5 for 0. Subtract the two results "
        "number by number, and then multiply by w and sum. Random w, for a sum can hide what is wrong. Is the error "
        "*small*? A nan is neither small nor large.",
        "xs = [np.array(x) for x in inputs] are copies. For place in np.ndindex(x.shape): keep x[place], set it to "
        "middle + h, up = np.array(forward(*xs)), likewise down, and put middle back. np.abs(…).max(initial=0) also "
        "works on nothing. if not difference <= 1e-7 * largest: return False.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property, kind, right, forward, gradients, inputs in measured_operations(rng):
            texts = {"forward": forward, "backward": f"[{', '.join(gradients)}]"}
            twice = {"twice": True} if len(inputs) < len(gradients) else {}
            hidden = {"judge": {"kind": kind, "right": right}}
            cases.append({"property": property, **texts, "inputs": inputs, **twice, **hidden})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot

        inputs = [array_of(x) for x in case["inputs"]] * (2 if case.get("twice") else 1)
        names = ", ".join("abc"[: len(inputs)])
        texts = f"lambda {names}: {case['forward']}, lambda {names}, gradient: {case['backward']}"
        forward, backward = eval(compile(texts, "<operation>", "eval"), {"np": np})
        before = snapshot(inputs)
        try:
            with np.errstate(all="ignore"):
                verdict = namespace["gradcheck"](forward, backward, inputs)
        except ValueError:
            if all(x.dtype == "float64" for x in inputs):
                raise
            verdict = "ValueError"
        return {"verdict": verdict, "changed": snapshot(inputs) != before}

    @staticmethod
    def judge(case, answer):
        kind, right = case["judge"]["kind"], case["judge"]["right"]
        verdict = expect_dict(answer, ("verdict", "changed"))["verdict"]
        if answer["changed"] is not False:
            message = "The inputs are not what they were: they belong to the caller. Nudge a copy, np.array(x)."
            more = "(Adding h and taking it away again leaves a rounding error.)"
            raise Mistake("changes-the-inputs", f"{message} {more}", hint=3)
        if right is None:
            if verdict != "ValueError":
                dtype = next(x["dtype"] for x in case["inputs"] if x["dtype"] != "float64")
                message = f"An input is {dtype}, as its x.dtype says: refuse it with a ValueError."
                raise Mistake("no-refusal", message, verdict, "ValueError", hint=3)
            return
        expect_bool(verdict, "what gradcheck returned")
        if verdict is right:
            return
        if right:
            id, words, hint = REFUSED.get(kind, USUAL)
            raise Mistake(id, f"A right operation was refused: {words}.", verdict, right, hint)
        id, words, hint = ACCEPTED.get(kind, NEAR)
        raise Mistake(id, f"A broken operation passed: {words}.", verdict, right, hint)

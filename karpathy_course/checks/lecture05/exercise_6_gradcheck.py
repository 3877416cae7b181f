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
    "places": ("accepts-wrong-places", "the numbers of the gradient are right, but in the wrong places: compare number "
               "by number, not their sums", 1),
    "hidden": ("accepts-behind-ones", "the gradient is twice what it should be. For this operation the sum of the "
               "results does not depend on the input at all, so a gradient of ones cannot show the mistake: pass random "
               "numbers as `gradient`", 2),
    "just off": ("accepts-nearly-right", "the gradient is off by three in ten million. Central differences show that: "
                 "the relative error has to be below 1e-7", 2),
    "nan": ("accepts-nan", "there is a nan in the gradient. A comparison with nan is always False: ask whether the "
            "error is small, not whether it is large", 3),
    "inf": ("accepts-inf", "there is an inf in the gradient. inf <= 1e-7 * inf is True, so ask first whether all numbers "
            "are finite (np.isfinite)", 3),
    "transposed": ("accepts-a-transpose", "one of the two gradients of a product of matrices is transposed", 1),
    "second input": ("accepts-the-second-input", "the gradient of the first input is right, that of the second one is "
                                                 "not", 1),
    "third input": ("accepts-the-second-input", "the gradient of the third input is wrong: check all inputs", 1),
    "swapped": ("accepts-swapped", "the two gradients are in the wrong order", 1),
    "shape": ("accepts-a-shape", "a gradient has shape (m,), its input (1, m). Broadcasting hides it in the "
              "comparison: compare the shapes first", 3),
    "unused but moved": ("accepts-an-unused-input", "forward does not depend on b, so the gradient of b must be 0, but "
                         "backward returned something else. Compare the two gradients also if the central differences "
                         "are all 0", 3),
    "one array twice, broken": ("accepts-the-same-array", "the same array was passed as both inputs, and one gradient "
                                "is wrong", 2),
    "small results, broken": ("accepts-small-gradients", "the gradient is wrong by a factor. Its numbers are tiny, so "
                              "the differences are tiny too: divide the difference by the largest absolute value", 3),
    "tiny results, broken": ("accepts-small-gradients", "the gradient is off by one in a hundred thousand. Its numbers "
                             "are far below 1e-12, so whatever you add to the divisor hides the error: divide by the "
                             "largest absolute value alone", 3),
    "large results beside small, broken": ("accepts-beside-a-large-one", "the gradient of one input is off by one in a "
                                           "hundred thousand, and that of the other input is thousands of times "
                                           "larger: divide for each input by its own largest absolute value", 2),
    "no axis, broken": ("accepts-no-axis", "the input is a single number, of shape (), and its gradient has the wrong "
                                           "sign", 2),
    "one result, broken": ("accepts-one-result", "forward returns one number, and backward forgets the incoming "
                                                 "gradient", 2),
    "layout, broken": ("accepts-a-layout", "one number has the wrong sign, in an array whose numbers are not one after "
                       "the other in memory", 2),
    "four axes, broken": ("accepts-wrong-places", "the numbers of the gradient are in the wrong places, in an array "
                                                  "of four axes", 1),
}  # fmt: skip
NEAR = (
    "accepts-nearly-right",
    "the gradient is off by one in a hundred thousand; the relative error has to be below 1e-7",
    2,
)
REFUSED = {  # kind of right operation: (id, what to look at, hint)
    "view": ("refuses-a-view", "forward returned a view of its input. If you nudge that input afterwards, the earlier "
             "result changes too: store a copy of the result, or nudge a copy of the input", 3),
    "centred": ("refuses-behind-ones", "the sum of its results does not depend on the input at all. With equal numbers "
                "in `gradient`, both gradients are 0 up to rounding, and their relative error means nothing: pass "
                "random numbers as `gradient`", 2),
    "just right": ("refuses-nearly-right", "the gradient is off by three in a hundred million, so its relative error is "
                   "below 1e-7, and the task calls it right. Is your limit smaller, or is the error of your differences "
                   "too large? Take the central difference, with a step of about 1e-5 times the number", 2),
    "unused": ("refuses-an-unused-input", "forward does not depend on b, and its gradient is 0, which is right. Did "
               "you divide 0 by 0?", 3),
    "one array twice": ("refuses-the-same-array", "the same array was passed as both inputs. If you nudge it in place, "
                        "both inputs change: make a copy of each input", 3),
    "small inputs": ("refuses-small-inputs", "the inputs are about 0.0005, where 1/a curves within a step of 1e-5: "
                     "make the step proportional to the number that is nudged", 2),
    "large inputs": ("refuses-large-inputs", "the inputs are in the thousands, where rounding hides the effect of a small "
                     "step: make the step proportional to the number that is nudged", 2),
    "small beside large": ("refuses-mixed-inputs", "one input is in the thousands and the other one tiny: every "
                           "number needs a step of its own", 2),
    "all in one array": ("refuses-mixed-inputs", "one array holds numbers from 0.0005 to 5000: every number needs a "
                         "step of its own", 2),
    "large results beside small": ("refuses-mixed-results", "some results are in the millions, others about 1: subtract "
                                   "the two results number by number, and sum afterwards; otherwise rounding of the "
                                   "large results hides the small ones", 2),
    "large results": ("refuses-large-results", "the results are in the billions, so an absolute error of 1e-7 cannot be "
                      "reached: divide by the largest absolute value", 3),
    "layout": ("refuses-a-layout", "the numbers of the input are not one after the other in memory. There ravel() and "
               "reshape(-1) return copies, and nudging a copy changes nothing", 3),
    "no axis": ("refuses-no-axis", "the input is a single number, of shape (). np.ndindex(()) gives one index, the "
                                   "empty one", 3),
    "one result": ("refuses-one-result", "forward returns one number, without an axis", 3),
    "nothing in it": ("refuses-an-empty-input", "one input has no numbers. Then its gradient has none either, and is "
                      "right", 3),
}  # fmt: skip
USUAL = ("refuses-what-is-right", "how large is the error of your differences? The central one, with a step of about "
         "1e-5 times the number, has about ten right digits. If some number is 0, its own relative error means nothing: "
         "divide by the largest absolute value of the gradient", 2)  # fmt: skip


class Gradcheck(Exercise):
    id = "05.6"
    title = "Check every gradient"
    section = "Check every gradient"
    why = "A wrong gradient raises no error and the network often still trains, only worse, so you must test for it."
    difficulty, importance, minutes, points = 4, 5, 40, 5
    needs = ("gradcheck",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {ONE: 0.3, SEVERAL: 0.3, SIZES: 0.2, ARRAYS: 0.2}
    task = """\
Write `gradcheck(forward, backward, inputs)`. It returns True if all gradients of an operation are right, and False if
any is wrong. `inputs` is a list of float64 arrays; `forward(*inputs)` returns an array; `backward(*inputs, gradient)`
returns a list with one gradient for each input, as your `matmul_gradients` does. `gradient` has the shape of the
result; you choose its numbers.

Compare each gradient with central differences: nudge one number at a time. A gradient is right if it has the shape of
its input and its relative error is below **1e-7**. The relative error is the largest absolute difference between your
gradient by central differences and the one from `backward`, divided by the largest absolute value in these two arrays.
If all numbers of both arrays are 0, the gradient is right. If it holds nan or inf, it is wrong.

* Absolute values of the inputs are 0 or from 0.0001 to 10000, perhaps all in the same array. Results may be tiny or
  huge.
* If any input is not float64, raise a `ValueError`. float32 has only seven digits, too few for this check.
* Do not change the inputs, not even their last digit. The same array may be passed twice, and forward may return a
  view.

The check calls your function with dozens of operations. Some of them are right and some are broken. Nothing but their
numbers tells you which."""
    hints = (
        "One number of an input changes many results. With weights w, Σ w·forward(x) is one number, whose gradient is "
        "backward(…, w). So choose w, call backward once, and nudge each number of each input up and down.",
        "The step must fit the number that is nudged: h = 1e-5 * abs(x), or 1e-5 for 0. Subtract the two results "
        "number by number, then multiply by w and sum. Choose random w, because with equal weights the sum can hide a "
        "mistake. Ask whether the error is *small*: a nan is neither small nor large, and inf <= inf is True.",
        "xs = [np.array(x) for x in inputs] are copies. For place in np.ndindex(x.shape): middle = x[place]; x[place] = "
        "middle + h; up = np.array(forward(*xs)); do the same with middle - h for down; then x[place] = middle. "
        "np.abs(…).max(initial=0) also works on an empty array. if not difference <= 1e-7 * largest < np.inf: return False.",
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
        except Exception as error:
            if all(x.dtype == "float64" for x in inputs):
                raise
            verdict = type(error).__name__
        if isinstance(verdict, BaseException):
            verdict = f"returned {type(verdict).__name__}"
        return {"verdict": verdict, "changed": snapshot(inputs) != before}

    @staticmethod
    def judge(case, answer):
        kind, right = case["judge"]["kind"], case["judge"]["right"]
        verdict = expect_dict(answer, ("verdict", "changed"))["verdict"]
        if answer["changed"] is not False:
            message = "Your function changed its inputs, which the caller still needs. Nudge a copy, np.array(x)."
            more = "(Adding h and subtracting it again leaves a rounding error.)"
            raise Mistake("changes-the-inputs", f"{message} {more}", hint=3)
        if right is None:
            if verdict != "ValueError":
                dtype = next(x["dtype"] for x in case["inputs"] if x["dtype"] != "float64")
                message = f"An input is {dtype}, as its x.dtype says. Raise a ValueError."
                if verdict == "returned ValueError":
                    message += " Your function returned the error: write raise, not return."
                elif type(verdict) is str:
                    message += f" Your function raised a {verdict[:40]}."
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

"""Exercise 06.1: log Σ exp(x), also where exp(x) is too large for a float, or 0.

Right is computed in float64 with the largest number of each sum taken out. Every draw has rows far above and far below
0 in one array, rows that are nothing but -inf, and sums over no numbers at all.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong

USUAL, FAR, EDGES = "usual numbers", "numbers far from 0", "infinities, and nothing to sum"
INF = float("inf")


def right(x, dim, keepdim, back=True):
    """back: False for a result to which what was taken out is not added again."""
    largest = x.max(axis=dim, keepdims=True, initial=-INF)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    out = np.log(np.exp(x - largest).sum(axis=dim, keepdims=True)) + (largest if back else 0.0)
    return out if keepdim else out.squeeze(dim)


@wrong("overflow", "exp of a number above 709 is inf (in float32 above 88), and exp of one below -745 is 0, whose log "
       "is -inf. Take out the largest number of each sum first: Σ exp(x) = exp(m) · Σ exp(x - m).", 1)  # fmt: skip
def _naive(x, dim, keepdim):
    return np.log(np.exp(x).sum(axis=dim, keepdims=keepdim))


@wrong("overflow", "exp of a number above 88 is inf in float32. Take out the largest number of each sum first: "
       "Σ exp(x) = exp(m) · Σ exp(x - m).", 1)  # fmt: skip
def _naive32(x, dim, keepdim):
    return np.log(np.exp(x.astype("float32")).sum(axis=dim, keepdims=keepdim)).astype("float64")


@wrong("maximum-not-added", "The largest number was taken out of the sum, and is missing in the result: log(exp(m) · s) "
       "= m + log s.", 1)  # fmt: skip
def _not_added(x, dim, keepdim):
    return right(x, dim, keepdim, back=False)


@wrong("maximum-of-all", "The largest number of the whole array was taken out of every sum. A sum far below it then "
       "becomes exp(-10000) = 0: each sum needs the largest of its own numbers, x.max(axis=dim, keepdims=True).",
       2)  # fmt: skip
def _of_all(x, dim, keepdim):
    m = x.max(initial=-INF)
    return m + np.log(np.exp(x - m).sum(axis=dim, keepdims=keepdim))


def with_taken_out(x, dim, keepdim, m):
    """The result where m, finite or not, was taken out of each sum."""
    m = np.where(np.isfinite(m), m, 0)
    out = m + np.log(np.exp(x - m).sum(axis=dim, keepdims=True))
    return out if keepdim else out.squeeze(dim)


BELOW_0 = wrong("nothing-left-below-0", "In a sum whose numbers are all far below 0 every exp has become 0. Take out the "
                "largest number itself: not its absolute value, and not 0 where it is negative.", 2)  # fmt: skip


@BELOW_0
def _not_below_0(x, dim, keepdim):
    return with_taken_out(x, dim, keepdim, x.max(axis=dim, keepdims=True, initial=0))


@BELOW_0
def _largest_size(x, dim, keepdim):
    return with_taken_out(x, dim, keepdim, np.abs(x).max(axis=dim, keepdims=True, initial=0))


@wrong("infinity-minus-infinity", "Where the largest number is infinite, x - m is inf - inf, which is nan. Take out 0 "
       "there, instead of m.", 3)  # fmt: skip
def _nan(x, dim, keepdim):
    m = x.max(axis=dim, keepdims=True)
    out = m + np.log(np.exp(x - m).sum(axis=dim, keepdims=True))
    return out if keepdim else out.squeeze(dim)


@wrong("infinity-minus-infinity", "inf among the numbers makes the sum inf, and its log too. Only x - m with m = inf is "
       "nan: take out 0 there, instead of m.", 3)  # fmt: skip
def _nan_above(x, dim, keepdim):
    return np.where(np.isposinf(right(x, dim, keepdim)), np.nan, right(x, dim, keepdim))


@wrong("zero-for-nothing", "Where every number is -inf, the sum is 0 and its log is -inf, not 0.", 3)
def _zero(x, dim, keepdim):
    out = right(x, dim, keepdim)
    return np.where(np.isneginf(out), 0.0, out)


@wrong("padded-sum", "Something was added to the sum, so that log never meets 0. The log of 0 is -inf, and that is right "
       "here.", 3)  # fmt: skip
def _padded(x, dim, keepdim):
    m = x.max(axis=dim, keepdims=True, initial=-INF)
    m = np.where(np.isfinite(m), m, 0.0)
    out = np.log(np.exp(x - m).sum(axis=dim, keepdims=True) + 1e-12) + m
    return out if keepdim else out.squeeze(dim)


@wrong("only-the-maximum", "This is the largest number alone. The others count too: of two equal numbers x the result is "
       "x + log 2.", 1)  # fmt: skip
def _maximum(x, dim, keepdim):
    return x.max(axis=dim, keepdims=keepdim)


CLIPPED = [
    Wrong("clipped", lambda x, dim, keepdim, most=most: right(np.clip(x, -most, most), dim, keepdim),
          "The numbers were cut off at some size before exp. That avoids the overflow, and gives another number: take the "
          "largest one out instead, which changes nothing.", 1)
    for most in (50, 80, 88, 100, 500, 700, 709)
]  # fmt: skip


@wrong("nan-replaced", "One number is inf, so the sum is, and its log too. A nan was replaced by -inf afterwards, but nan "
       "comes from inf - inf at both ends: take out 0 where m is infinite, and none comes up.", 3)  # fmt: skip
def _replaced(x, dim, keepdim):
    return np.where(np.isposinf(right(x, dim, keepdim)), -INF, right(x, dim, keepdim))


@wrong("small-integers-wrap", "x - m is below 0, and these whole numbers have no place for it: in uint8 3 - 5 is 254. Make "
       "them float64 before anything is subtracted.", 3)  # fmt: skip
def _wraps(x, dim, keepdim):
    if not x.size or (x % 1).any() or x.min() < 0 or x.max() > 255:
        return None
    largest = x.max(axis=dim, keepdims=True)
    out = largest + np.log(np.exp((x - largest) % 256).sum(axis=dim, keepdims=True))
    return out if keepdim else out.squeeze(dim)


@wrong("mean", "This is the log of the mean of exp(x). Sum, and do not divide.", 1)
def _mean(x, dim, keepdim):
    return right(x, dim, keepdim) - np.log(x.shape[dim])


@wrong("no-log", "The log is missing: this is the sum of exp(x).", 1)
def _no_log(x, dim, keepdim):
    return np.exp(x).sum(axis=dim, keepdims=keepdim)


@wrong("no-exp", "This is the sum of the numbers. Each is exponentiated first.", 1)
def _no_exp(x, dim, keepdim):
    return x.sum(axis=dim, keepdims=keepdim)


@wrong("log-softmax", "This is x minus its logsumexp, the log-softmax: one number for every number of x. One for every "
       "sum is asked for.", 1)  # fmt: skip
def _log_softmax(x, dim, keepdim):
    return x - right(x, dim, True)


@wrong("summed-all", "Everything was summed. Sum along `dim` alone.", 2)
def _all(x, dim, keepdim):
    return right(x.reshape(-1), 0, False) if x.ndim > 1 else None


@wrong("wrong-axis", "The sum runs along the last axis, whatever `dim` says.", 2)
def _last(x, dim, keepdim):
    return right(x, -1, keepdim) if dim % x.ndim != x.ndim - 1 else None


@wrong("wrong-axis", "The sum runs along the first axis, whatever `dim` says.", 2)
def _first(x, dim, keepdim):
    return right(x, 0, keepdim) if dim % x.ndim else None


@wrong("keeps-the-axis", "The summed axis is still there, with size 1. Without keepdim=True it disappears.", 2)
def _kept(x, dim, keepdim):
    return None if keepdim else right(x, dim, True)


@wrong("drops-the-axis", "With keepdim=True the summed axis stays, with size 1.", 2)
def _dropped(x, dim, keepdim):
    return right(x, dim, False) if keepdim else None


@wrong("squeezed", "Every axis of size 1 is gone: np.squeeze without an axis takes them all. Only `dim` disappears.", 2)
def _squeezed(x, dim, keepdim):
    return None if keepdim else np.squeeze(right(x, dim, True))


WRONG = [_naive, _naive32, _not_added, _of_all, _not_below_0, _largest_size, _nan, _nan_above, _replaced, _zero, _padded, _wraps,
         _maximum, *CLIPPED, _mean, _no_log, _no_exp, _log_softmax, _kept, _dropped, _squeezed, _all, _last, _first]  # fmt: skip


def shifted(x, offsets):
    """A described matrix with an offset added to all numbers of each row."""
    columns = x["shape"][1]
    return x | {"numbers": [n + offsets[k // columns] for k, n in enumerate(x["numbers"])]}


def replaced(x, places):
    """A described array with {place: number} put in."""
    return x | {"numbers": [places.get(k, n) for k, n in enumerate(x["numbers"])]}


def judge_kind(answer, expected, where):
    """Return unless whole numbers came back, or some large negative number for a log of 0."""
    part = answer["parts"][0] if type(answer) is dict and type(answer.get("parts")) is list and answer["parts"] else {}
    if type(part) is not dict or type(part.get("numbers")) is not list:
        return
    if part.get("dtype") in ("int64", "int32", "uint8", "float16"):
        loses = "keeps three digits" if part["dtype"] == "float16" else "cuts off what stands behind the point"
        message = f"The result is {part['dtype']}, which {loses}. An array of whole numbers "
        raise Mistake("wrong-dtype", f"{message}gives float64. {where}", part["dtype"], "float64", 3)
    for got, wanted in zip(part["numbers"], np.ravel(expected).tolist()):
        if wanted == -INF and type(got) in (int, float) and -INF < got < -20_000:
            message = (
                "-inf was replaced by a large negative number, which comes out again where a sum has nothing else. "
            )
            raise Mistake("minus-infinity-replaced", f"{message}There the result is -inf. {where}", got, wanted, 3)


class LogSumExp(Exercise):
    id = "06.1"
    title = "A sum that does not overflow"
    section = "From scores to probabilities"
    why = "Softmax, cross-entropy and attention all divide by this sum, and scores of any size have to go through it."
    difficulty, importance, minutes, points = 2, 5, 20, 3
    needs = ("logsumexp",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {USUAL: 0.3, FAR: 0.4, EDGES: 0.3}
    leaves_out = {"no axis": "there is no axis to sum along"}
    task = """\
Write `logsumexp(x, dim, keepdim=False)`: the natural logarithm of the sum of `exp(x)` along the axis `dim` of an array.

* `dim` is one axis, and may be negative. With `keepdim=True` it stays in the result, with size 1; else it disappears.
* It must be right for numbers as far from 0 as **±10 000**, also when one row of the array is near +10 000 and the
  next near -10 000. For a row `[10000, 10000]` the result is 10000 + log 2.
* An element that is `-inf` adds nothing, because exp(-inf) = 0; scores that must not count are set to it. If a sum has
  nothing but `-inf`, or no elements at all, it is 0, and the result is `-inf`. If one is `inf`, the result is `inf`.
  None of this may give `nan`.
* A float32 array gives float32, a float64 array float64. An array of whole numbers gives float64.

`x` stays as it is, and so do NumPy's settings: its warnings do no harm, but leave `np.seterr` alone."""
    hints = (
        "exp(10000) is inf, but exp(10000 - 10000) is 1. What happens to log Σ exp(x) when you subtract the same number "
        "m from every x? Σ exp(x) = exp(m) · Σ exp(x - m); take the logarithm of both sides.",
        "Subtract the largest number of each sum: m = x.max(axis=dim, keepdims=True), so that it broadcasts against x. "
        "Then nothing that goes into exp is above 0, and at least one is 0. Remove the axis at the very end.",
        "x.max(axis=dim, keepdims=True, initial=-np.inf) also works on nothing. m = np.where(np.isfinite(m), m, 0) keeps "
        "inf - inf out. out = m + np.log(np.exp(x - m).sum(axis=dim, keepdims=True)); if not keepdim: "
        "out.squeeze(axis=dim). Make whole numbers floats first.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, x, dim, keepdim=False):
            cases.append({"property": property, "x": x, "dim": dim, "keepdim": keepdim})

        n, m, k = rng.sample((2, 3, 4), 3)
        add(USUAL, drawn(rng, [n]), 0)
        kinds = [([n, m], 1), ([n, m], 0), ([n, m], -2), ([3, 3], 0), ([3, 3], -1), ([n, m, k], 1), ([n, m, k], 0)]
        kinds += [([2, n, m, 2], -2), ([1], 0), ([n, 1], 1), ([1, n, 1], 1), ([1, n, 1], -3), ([n, m, k], -1)]
        for place, (shape, dim) in enumerate(kinds):
            for keepdim in (False, True) if place in (0, 1, 6, 11) else (place % 2 == 0,):
                x = drawn(rng, shape, ("float64", "float32")[(place + keepdim) % 2], LAYOUTS[place % 4])
                add(USUAL, x, dim, keepdim)
        whole = [rng.choice((-3, -1, 0, 1, 2)) for _ in range(m)]
        for numbers in ([1, -1, 0, 0, *whole], whole):
            add(USUAL, {"shape": [len(numbers)], "dtype": "int64", "numbers": numbers}, 0)
        whole = [rng.randrange(100, 256), rng.randrange(1, 100), 0, *rng.sample(range(256), 3)]
        add(USUAL, {"shape": [2, 3], "dtype": "uint8", "numbers": whole}, 1)

        for place, dtype in enumerate(("float64", "float32") * 4):
            far = rng.choice((1_000.0, 4_000.0, 10_000.0)) if place < 6 else (800.0, 100.0)[place % 2]
            offsets = [far, -far, 0.0, -far / 2]
            rng.shuffle(offsets)
            offsets = [offsets, [far] * 4, [-far] * 4, offsets][place // 2]
            x = shifted(drawn(rng, [4, n], dtype, LAYOUTS[place % 4]), offsets)
            if n > 1:
                x = replaced(x, {1: x["numbers"][0], n: x["numbers"][n + 1]})  # two equal numbers in one sum
            add(FAR, x, rng.choice((1, -1)), place % 3 == 0)
        sign = rng.choice((-1, 1))
        x = shifted(drawn(rng, [n, 2]), [10_000.0 * sign * (-1) ** row for row in range(n)])
        add(FAR, x, 0)
        add(FAR, {"shape": [3], "dtype": "int64", "numbers": [9_000, rng.randrange(8_000, 9_000), -9_000]}, 0)

        for dtype in ("float64", "float32"):
            x = drawn(rng, [3, 3], dtype)
            add(EDGES, replaced(x, {rng.randrange(3): -INF}), 1)
            add(EDGES, replaced(x, dict.fromkeys((3, 4, 5), -INF)), 1, dtype == "float32")
            add(EDGES, replaced(x, dict.fromkeys((1, 4, 7), -INF)), 0)
            add(EDGES, replaced(x, {rng.randrange(6, 9): INF}), -1)
            add(EDGES, replaced(shifted(x, [0.0, -10_000.0, 10_000.0]), {0: -INF, 1: INF, 3: -INF}), 1)
        add(EDGES, {"shape": [2], "dtype": "float64", "numbers": [-INF, -INF]}, 0)
        for shape, dim in (([n, 0], 1), ([0], 0), ([n, 0], 0), ([0, n], 1), ([2, 0, n], -2)):
            add(EDGES, drawn(rng, shape, ("float64", "float32")[dim % 2]), dim, dim == -2)
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        settings = {"keepdim": True} if case["keepdim"] else {}
        function = lambda x: namespace["logsumexp"](x, case["dim"], **settings)
        with np.errstate(all="call", call=lambda *problem: None):  # as silent, and not what an answer would set
            before = np.geterr()
            answer = answer_of(function, lambda: (array_of(case["x"]),))
            return answer | {"settings": np.geterr() == before}

    @staticmethod
    def judge(case, answer):
        x, dim, keepdim, dtype = exact(case["x"]), case["dim"], case["keepdim"], case["x"]["dtype"]
        where = f"(x of shape {x.shape}, {dtype}, dim={dim}{', keepdim=True' if keepdim else ''}.)"
        with np.errstate(all="ignore"):
            expected = right(x, dim, keepdim)
        result = "float32" if dtype == "float32" else "float64"
        judge_kind(answer, expected, where)
        judge_arrays(answer, expected, result, WRONG, (x, dim, keepdim), where, ("x",), source=f"x was {dtype}")
        if answer.get("settings") is not True:
            message = "np.seterr has changed how NumPy warns, for everybody. `with np.errstate(…):` puts it back."
            raise Mistake("changes-numpys-settings", message)

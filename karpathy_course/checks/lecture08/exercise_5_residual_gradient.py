"""Exercise 08.5: the gradient through a chain of residual blocks, each handed over with its own way back.

The blocks count their calls: nothing may be computed twice. The weights are drawn from a seed, so that a chain of a
thousand blocks fits into a case, and the judge builds the same blocks in float64.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

PLAIN, WIDTHS, DEEP, EDGES = (
    "blocks of one width",
    "a path that changes the width",
    "a deep chain",
    "odd blocks, and none",
)


def inputs_of(x, blocks, path=True):
    """What goes into each block, and the result at the end. path: False for a chain without paths around."""
    found = [x]
    for f, _, skip in blocks:
        h = found[-1]
        around = h if skip is None else h @ skip
        found.append(around + f(h) if path else f(h))
    return found


def right(x, blocks, gradient):
    inputs = inputs_of(x, blocks)
    for (_, vjp, skip), h in zip(blocks[::-1], inputs[-2::-1]):
        gradient = around(gradient, skip) + vjp(h, gradient)
    return gradient


def around(gradient, skip):
    return gradient if skip is None else gradient @ skip.T


@wrong("no-path-around", "The path around each block is missing: h + f(h) has the slope 1 + f'(h), so the gradient itself is added "
       "to what comes back through f. Without it, it shrinks at every block, and vanishes in a deep chain.", 1)  # fmt: skip
def _no_path(x, blocks, gradient):
    for (_, vjp, _), h in zip(blocks[::-1], inputs_of(x, blocks)[-2::-1]):
        gradient = vjp(h, gradient)
    return gradient


@wrong(
    "path-alone", "Only the paths around the blocks were followed. What comes back through each f has to be added.", 1
)
def _path_alone(x, blocks, gradient):
    for _, _, skip in blocks[::-1]:
        gradient = around(gradient, skip)
    return gradient


@wrong("at-the-blocks-result", "`vjp` was called with the result of the block. It needs what went **into** the block: keep the input "
       "of each on the way forwards.", 2)  # fmt: skip
def _at_result(x, blocks, gradient):
    for (_, vjp, skip), h in zip(blocks[::-1], inputs_of(x, blocks)[:0:-1]):
        gradient = around(gradient, skip) + vjp(h, gradient)
    return gradient


@wrong(
    "always-at-x",
    "`vjp` was called with x for every block. Each block has an input of its own: keep it on the way forwards.",
    2,
)
def _at_x(x, blocks, gradient):
    for _, vjp, skip in blocks[::-1]:
        gradient = around(gradient, skip) + vjp(x, gradient)
    return gradient


@wrong(
    "forwards-without-path",
    "On the way forwards the path around was left out: the next block gets h + f(h), not f(h).",
    2,
)
def _forwards_without(x, blocks, gradient):
    for (_, vjp, skip), h in zip(blocks[::-1], inputs_of(x, blocks, path=False)[-2::-1]):
        gradient = around(gradient, skip) + vjp(h, gradient)
    return gradient


@wrong("wrong-order", "The blocks were gone through from the first to the last on the way back too. The gradient comes from the "
       "end: begin with the last block.", 2)  # fmt: skip
def _wrong_order(x, blocks, gradient):
    for (_, vjp, skip), h in zip(blocks, inputs_of(x, blocks)):
        gradient = around(gradient, skip) + vjp(h, gradient)
    return gradient


@wrong("adds-the-last-gradient", "The gradient of the end was added at every block. At each block it is the gradient of **its** "
       "result that goes around it.", 1)  # fmt: skip
def _adds_last(x, blocks, gradient):
    g = gradient
    for (_, vjp, _), h in zip(blocks[::-1], inputs_of(x, blocks)[-2::-1]):
        g = gradient + vjp(h, g)
    return g


@wrong("one-path-around-all", "One path was taken around the whole chain. Each block has a path around itself.", 1)
def _around_all(x, blocks, gradient):
    return gradient + _no_path.model(x, blocks, gradient)


@wrong("each-block-alone", "Every `vjp` got the gradient of the end. It needs that of its own block's result, with all that came "
       "back through the blocks behind.", 1)  # fmt: skip
def _alone(x, blocks, gradient):
    return gradient + sum(vjp(h, gradient) for (_, vjp, _), h in zip(blocks, inputs_of(x, blocks)))


@wrong("path-twice", "The path around was added twice.", 1)
def _twice(x, blocks, gradient):
    for (_, vjp, skip), h in zip(blocks[::-1], inputs_of(x, blocks)[-2::-1]):
        gradient = 2 * around(gradient, skip) + vjp(h, gradient)
    return gradient


@wrong("skip-not-transposed", "`skip` was not transposed: back through h @ skip goes gradient @ skip.T.", 3)
def _not_transposed(x, blocks, gradient):
    for (_, vjp, skip), h in zip(blocks[::-1], inputs_of(x, blocks)[-2::-1]):
        gradient = (gradient if skip is None else gradient @ skip) + vjp(h, gradient)
    return gradient


@wrong("skip-ignored", "`skip` was left out. Where a block has one, the path around is h @ skip, and back it is gradient @ skip.T.",
       3)  # fmt: skip
def _ignored(x, blocks, gradient):
    return right(x, [(f, vjp, None) for f, vjp, _ in blocks], gradient)


@wrong(
    "skip-ignored-backwards",
    "`skip` was left out on the way back: there the gradient goes through gradient @ skip.T.",
    3,
)
def _ignored_back(x, blocks, gradient):
    for (_, vjp, _), h in zip(blocks[::-1], inputs_of(x, blocks)[-2::-1]):
        gradient = gradient + vjp(h, gradient)
    return gradient


WRONG = [_no_path, _path_alone, _at_result, _at_x, _forwards_without, _wrong_order, _adds_last, _around_all, _alone, _twice,
         _not_transposed, _ignored, _ignored_back]  # fmt: skip


class ResidualGradient(Exercise):
    id = "08.5"
    title = "A path around a thousand blocks"
    section = "A path around"
    why = "One path of the gradient passes no block at all, so small slopes in the blocks cannot make it vanish."
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("residual_gradient",)
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "residual_blocks"))
    properties = {PLAIN: 0.35, WIDTHS: 0.25, DEEP: 0.2, EDGES: 0.2}
    leaves_out = {
        "no axis": "a batch has rows and columns",
        "four axes": "a batch has rows and columns",
        "whole number": "what goes through layers are floats",
    }
    task = """\
In a residual network each block adds something to what it gets: h becomes h + f(h). The block may change the width; then
the path around it has a matrix, and h becomes h @ skip + f(h).

Write `residual_gradient(x, blocks, gradient)`: the gradient for `x` of a chain of such blocks.

* `x` has shape `(n, width)` and goes into the first block. `gradient`, of shape `(n, last width)`, is the gradient for what
  comes out of the last one.
* `blocks` is a list with `(f, vjp, skip)` for each block. `f(h)` returns what the block adds, without the path around it.
  `vjp(h, g)` returns, for a gradient `g` of `f(h)`, the gradient for h through f alone (a *vector-Jacobian product*). `skip`
  is a matrix of shape `(width in, width out)`, or None for a path that changes nothing.
* Return an array of the shape and dtype of `x`.

Every call of `f` or `vjp` costs as much as a layer: call each **at most once** for each block. There may be more than a
thousand blocks, too many for a function that calls itself, and there may be none. Leave all arrays as they are: those that
you are given, and those that `f` and `vjp` return, which may be the very arrays that you gave them."""
    hints = (
        "First forwards, then backwards, as in every network. On the way forwards keep what goes into each block: its vjp needs "
        "it. On the way back begin with the last block. Two paths lead to h: through f, and around it. What is added up?",
        "For h + f(h) the gradient for h is g + vjp(h, g): the 1 in 1 + f'(h) is the path around. For h @ skip + f(h) it is "
        "g @ skip.T + vjp(h, g). Do not use += on arrays that belong to somebody else.",
        "inputs, h = [], x; for f, _, skip in blocks: inputs.append(h); h = (h if skip is None else h @ skip) + f(h). Then for "
        "(_, vjp, skip), h in zip(reversed(blocks), reversed(inputs)): g = (g if skip is None else g @ skip.T) + vjp(h, g). "
        "With no blocks return a copy.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, n, widths, kinds, dtype="float64", slope=1.0, of_gradient=None):
            layouts = LAYOUTS[len(cases) % 4], LAYOUTS[(len(cases) + 1) % 4]
            arrays = [
                drawn(rng, [n, width], kind, layout)
                for width, kind, layout in zip(
                    (widths[0], widths[-1]), (dtype, of_gradient or dtype), layouts, strict=True
                )
            ]
            case = {
                "property": property,
                "widths": widths,
                "kinds": kinds,
                "slope": slope,
                "_seed": rng.randrange(10**9),
            }
            cases.append(case | dict(zip(("x", "gradient"), arrays)))

        n, w = rng.sample((2, 3, 4, 5), 2)
        kinds = lambda depth: [rng.choice(("tanh", "square")) for _ in range(depth)]
        add(PLAIN, n, [w] * 4, ["tanh", "square", "tanh"], slope=0.7)
        add(PLAIN, 3, [3] * 5, kinds(4), "float32", 0.5)
        add(PLAIN, n, [w] * 3, ["square", rng.choice(("tanh", "square"))], slope=0.6)
        add(PLAIN, 4, [w] * 2, kinds(1), "float32")
        add(WIDTHS, n, [4, 2, 3, 5], ["tanh", "square", "tanh"], slope=0.7)
        add(WIDTHS, n, [w] * 4, ["tanh", "square skip", "tanh"])
        add(WIDTHS, 3, [2, 2, w + 2, w + 2, 3], kinds(4), "float32", 0.5)
        add(DEEP, 2, [4] * 51, ["tanh"] * 50, slope=0.3)
        add(DEEP, 1, [2] * 1201, ["tanh", "tanh", "tanh"] * 400, slope=0.05)
        add(EDGES, n, [w], [])
        add(EDGES, 1, [1, 1], ["tanh"], "float32")
        add(EDGES, n, [w] * 3, kinds(2), "float32", 0.5, of_gradient="float64")
        add(EDGES, n, [3] * 4, ["tanh", "identity", "square"], slope=0.6)
        add(EDGES, n, [w] * 4, ["constant", "tanh", "constant"], "float32")
        add(EDGES, n, [w] * 4, ["tanh", "as before", "tanh"])
        add(EDGES, 0, [w, w + 1], ["tanh"])
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of
        from karpathy_course.checks.shared.residual_blocks import given

        made = []

        def make():
            arguments, blocks = given(case)
            made.append(blocks)
            return arguments

        with np.errstate(all="ignore"):
            found = answer_of(namespace["residual_gradient"], make)
        return found | {"calls": made[0].calls, "untouched": all(blocks.untouched() for blocks in made)}

    @staticmethod
    def judge(case, answer):
        from karpathy_course.checks.shared.residual_blocks import given

        arguments, _ = given(case, "float64")
        depth, dtype = len(case["kinds"]), case["x"]["dtype"]
        widths = case["widths"] if depth < 5 else [*case["widths"][:2], "…"]
        where = f"({depth} block{'s' * (depth != 1)}, {case['x']['shape'][0]} rows, widths {widths}, {dtype}.)"
        expect_dict(answer, ("calls", "untouched"))
        if answer["untouched"] is not True:
            message = "An array that `f` or `vjp` returned has changed: a block hands out the same one each time. Add into a new "
            raise Mistake("changes-a-blocks-array", f"{message}array, without +=. {where}", hint=2)
        with np.errstate(all="ignore"):
            expected = right(*arguments)
        judge_arrays(
            answer, expected, dtype, WRONG, arguments, where, ("x", "blocks", "gradient"), source=f"`x` is {dtype}"
        )
        for name in ("f", "vjp"):
            count = expect_dict(answer["calls"], ("f", "vjp"), "the calls")[name]
            if type(count) is not int or count > depth:
                message = f"`{name}` was called {count} times for {depth} blocks. Keep what it returned, or what went into it. {where}"
                raise Mistake("computes-again", message, count, f"at most {depth}", 2)

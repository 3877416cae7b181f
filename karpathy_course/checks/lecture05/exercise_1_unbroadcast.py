"""Exercise 05.1: what broadcasting has stretched, its gradient sums back.

Every way to stretch is asked for: for arrays of up to four axes, each choice of axes that were missing in front and of
axes that had size 1. The sizes repeat, so that no axis can be told from another by its size.
"""

from itertools import product

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

MISSING, STRETCHED, BOTH, ARRAYS = "missing axes", "stretched axes", "both, with up to four axes", "arrays of all kinds"


def right(g, shape):
    summed = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(k for k, size in enumerate(shape) if size == 1)
    return summed.sum(axis=axes, keepdims=True)


def stretched_axes(g, shape):
    """The axes of g that shape lacks, counted from the right, or has with size 1."""
    before = g.ndim - len(shape)
    return tuple(range(before)), tuple(before + k for k, n in enumerate(shape) if n == 1 and g.shape[before + k] != 1)


@wrong("axis-of-size-0", "An axis of size 1 can be stretched to size 0 too, and the sum over no copies is 0. Compare "
       "the sizes with !=, not with >.", 2)  # fmt: skip
def _not_stretched_to_0(g, shape):
    return g.sum(axis=stretched_axes(g, shape)[0]) if g.size == 0 else None


@wrong("not-summed", "The gradient was returned unchanged. The axes that `shape` does not have were missing in front: the "
       "array was used once for each place along them, and all these gradients add up.", 1)  # fmt: skip
def _as_it_was(g, shape):
    return g if g.ndim > len(shape) else None


@wrong("leading-only", "Only the axes that are missing in front were summed. An axis of size 1 was stretched too: its "
       "copies have to be summed, and the axis stays, with size 1.", 2)  # fmt: skip
def _leading(g, shape):
    return g.sum(axis=stretched_axes(g, shape)[0])


@wrong("no-keepdims", "The axes of size 1 are gone: summing removes an axis. keepdims=True leaves it, with size 1.", 3)
def _gone(g, shape):
    return g.sum(axis=sum(stretched_axes(g, shape), ()))


@wrong("no-keepdims", "Axes of size 1 are gone, even those that were never stretched.", 3)
def _squeezed(g, shape):
    return np.squeeze(right(g, shape))


@wrong("all-kept", "The axes in front stay, with size 1. `shape` does not have them: sum these without keepdims.", 3)
def _all_kept(g, shape):
    return g.sum(axis=sum(stretched_axes(g, shape), ()), keepdims=True)


@wrong("from-the-left", "The shapes were aligned at the left. Broadcasting aligns them at the right, so missing axes are "
       "missing in front.", 1)  # fmt: skip
def _left(g, shape):
    summed = g.sum(axis=tuple(range(len(shape), g.ndim)))
    return summed.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


@wrong("averaged", "This is the mean over the copies. Each copy changes the result, so add their gradients.", 1)
def _mean(g, shape):
    return right(g, shape) * max(1, np.prod(shape)) / max(1, g.size)


@wrong("first-copy", "Only the gradient of the first copy was used. All copies count: add their gradients.", 1)
def _first(g, shape):
    before = g.ndim - len(shape)
    return g[(0,) * before + tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


@wrong("last-copy", "Only the gradient of the last copy was used. All copies count: add their gradients.", 1)
def _last_copy(g, shape):
    before = g.ndim - len(shape)
    return g[(-1,) * before + tuple(slice(-1, None) if n == 1 else slice(None) for n in shape)]


@wrong("largest-copy", "Only the largest of the gradients of the copies was used. All copies count: add them.", 1)
def _largest(g, shape):
    front, ones = stretched_axes(g, shape)
    return g.max(axis=front + ones, keepdims=True).reshape(shape)


@wrong("multiplied", "The gradients of the copies were multiplied. Each copy changes the result by itself: add.", 1)
def _product(g, shape):
    front, ones = stretched_axes(g, shape)
    return g.prod(axis=front + ones, keepdims=True).reshape(shape)


@wrong("one-axis", "Only one of the axes that are missing in front was summed. Sum over all of them.", 1)
def _one_axis_alone(g, shape):
    return g.sum(axis=0) if g.ndim > len(shape) + 1 else None


@wrong("one-one", "Only one of the axes of size 1 was summed. There may be several: sum over all of them.", 2)
def _first_one(g, shape):
    front, ones = stretched_axes(g, shape)
    return g.sum(axis=ones[0], keepdims=True).sum(axis=front) if len(ones) > 1 else None


@wrong("counted", "This is how many copies there were: the incoming gradient plays no part. Add up its numbers.", 1)
def _counted(g, shape):
    return right(np.ones_like(g), shape)


@wrong(
    "summed-all", "Everything was summed into one number, which was then stretched. Sum along the stretched axes.", 2
)
def _total(g, shape):
    return np.full(shape, g.sum())


@wrong("reshaped", "The shape is right, but the numbers are wrong: reshape was used to get this shape. Sum along the "
       "stretched axes; then no reshape is needed.", 2)  # fmt: skip
def _reshaped(g, shape):
    return g.reshape(-1, max(1, int(np.prod(shape)))).sum(0).reshape(shape)


WRONG = [
    _not_stretched_to_0,
    _as_it_was,
    _leading,
    _gone,
    _squeezed,
    _all_kept,
    _left,
    _mean,
    _counted,
    _one_axis_alone,
    _first_one,
    _first,
    _last_copy,
    _largest,
    _product,
    _total,
    _reshaped,
]


def targets(shape):
    """Every shape that broadcasts to this one, and how: which axes were missing in front, which had size 1."""
    found = []
    for before in range(len(shape) + 1):
        for ones in product((False, True), repeat=len(shape) - before):
            target = [1 if one else n for one, n in zip(ones, shape[before:])]
            kind = BOTH if before and any(ones) else MISSING if before else STRETCHED if any(ones) else ARRAYS
            found.append((kind, target))
    return found


class Unbroadcast(Exercise):
    id = "05.1"
    title = "Broadcasting, backwards"
    section = "Broadcasting, backwards"
    why = "Stretching copies a number, and a number that is used in many places receives the sum of their gradients."
    difficulty, importance, minutes, points = 2, 5, 20, 3
    needs = ("unbroadcast",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {MISSING: 0.2, STRETCHED: 0.3, BOTH: 0.3, ARRAYS: 0.2}
    task = """\
Write `unbroadcast(gradient, shape)`. An array of this `shape` was stretched by broadcasting; `gradient` belongs to
the stretched result. Return the gradient that belongs to the array before it was stretched: an array of exactly this
`shape`.

An axis that `shape` does not have was missing in front. An axis that has size 1 in `shape` and another size in the
gradient was stretched. In both cases, add up the gradients of the copies. An axis may also have size 1 in both:
nothing was stretched there, and it stays.

For a bias of shape `(3,)` added to a batch of shape `(32, 3)`, the gradient of shape `(32, 3)` becomes one of shape
`(3,)`; with `shape` `(1, 3)` it becomes one of shape `(1, 3)`, and with `shape` `()` a single number."""
    hints = (
        "Write the two shapes below each other, aligned at the right. Which axes of the gradient have no partner in "
        "`shape`, and which have a partner of size 1? A number that was copied along an axis gets the sum along it.",
        "Two steps. First sum over the first gradient.ndim - len(shape) axes: they disappear. Now both have as many "
        "axes, so compare them one by one, and sum where `shape` has a 1.",
        "gradient.sum(axis=tuple(range(gradient.ndim - len(shape)))) removes the axes in front. Then .sum(axis=axes, "
        "keepdims=True), with axes = tuple(k for k, size in enumerate(shape) if size == 1). With no axis to sum, NumPy "
        "still makes a new array.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(kind, g, target):
            cases.append({"property": kind, "gradient": g, "shape": target})

        sizes = [[3], rng.sample((2, 3, 4), 2), rng.sample((2, 3, 4), 3)]
        twice = rng.sample((2, 3), 2)
        sizes += [[twice[0]] * 2, rng.sample((*twice, *twice), 4)]
        for shape in sizes:
            for kind, target in targets(shape):
                if kind != ARRAYS or shape is sizes[2]:
                    g = drawn(rng, shape, rng.choice(("float64", "float64", "float32")))
                    if shape is sizes[0]:  # so that neither the first nor the last is the largest
                        low, middle, high = sorted(g["numbers"])
                        g["numbers"] = [low, high, middle] if rng.random() < 0.5 else [middle, high, low]
                    add(kind, g, target)
        for kind in (MISSING, STRETCHED, BOTH):
            for layout, dtype in zip(LAYOUTS, ("float32", "float64", "float32", "float64")):
                shape = rng.sample((2, 3, 4), 3)
                target = {MISSING: shape[1:], STRETCHED: [shape[0], 1, shape[2]], BOTH: [1, shape[2]]}[kind]
                add(kind, drawn(rng, shape, dtype, layout), target)
        n, m = rng.sample((2, 3, 4), 2)
        pairs = [([], []), ([1], []), ([1], [1]), ([1, 1], [1]), ([n, 1], [n, 1]), ([n, 1], [1, 1]), ([n, 1], [1])]
        pairs += [([1, n, 1, m], [n, 1, m]), ([1, n, 1, m], [1, 1, 1, m]), ([n, 1, m], [1, m]), ([n, n], [n, n])]
        pairs += [([0, n], [1, n]), ([n, 0], [n, 1]), ([0, n], [0, n]), ([0, n], [n]), ([n, 0], [0]), ([0], [])]
        for k, (shape, target) in enumerate(pairs):
            add(ARRAYS, drawn(rng, shape, ("float64", "float32")[k % 2], LAYOUTS[k % 4]), target)
        return sorted(cases, key=lambda case: list(Unbroadcast.properties).index(case["property"]))

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        return answer_of(namespace["unbroadcast"], lambda: (array_of(case["gradient"]), tuple(case["shape"])))

    @staticmethod
    def judge(case, answer):
        g, shape = exact(case["gradient"]), tuple(case["shape"])
        where = f"(From {g.shape} to {shape}.)"
        dtype = case["gradient"]["dtype"]
        judge_arrays(answer, right(g, shape), dtype, WRONG, (g, shape), where, ("gradient", "shape"))

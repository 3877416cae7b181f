"""Exercise 05.2: the gradients of a product of matrices, batched, with vectors, with batch axes that were stretched.

Each kind begins with square matrices, in which a forgotten transpose gives wrong numbers and no error: so that the
mistake can be named.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.exercise_1_unbroadcast import right as summed_to
from karpathy_course.checks.lecture05.numpy_when_used import np

MATRICES, BATCHES, STRETCHED, VECTORS = "two matrices", "batches", "stretched batches", "vectors"


def right(a, b, g):
    """Both gradients. A vector is a matrix of one row on the left, of one column on the right."""
    rows, columns = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    g = np.expand_dims(g, [-2] * (a.ndim == 1) + [-1] * (b.ndim == 1))
    for_a, for_b = g @ columns.mT, rows.mT @ g
    return summed_to(for_a, rows.shape).reshape(a.shape), summed_to(for_b, columns.shape).reshape(b.shape)


def _plain(a, b):
    """Whether neither is a vector and no batch axis was stretched."""
    return min(a.ndim, b.ndim) > 1 and a.shape[:-2] == b.shape[:-2]


@wrong("swapped", "The two gradients are in the wrong order: return the one for a first.", 1)
def _swapped(a, b, g):
    return right(a, b, g)[::-1]


@wrong("not-transposed", "A matrix has to be transposed: for a, gradient @ bᵀ; for b, aᵀ @ gradient. Without "
       "it the shapes fit only when the matrices are square.", 1)  # fmt: skip
def _no_transpose_a(a, b, g):
    return g @ b, a.mT @ g


@wrong("not-transposed", "The gradient for b is aᵀ @ gradient; a was not transposed.", 1)
def _no_transpose_b(a, b, g):
    return g @ b.mT, a @ g


@wrong("not-transposed", "Both factors have to be transposed: gradient @ bᵀ for a, aᵀ @ gradient for b.", 1)
def _no_transpose(a, b, g):
    return g @ b, a @ g


@wrong("wrong-order", "The order of the factors counts: gradient @ bᵀ for a, and aᵀ @ gradient for b.", 1)
def _order_a(a, b, g):
    return b.mT @ g, a.mT @ g


@wrong("wrong-order", "The order of the factors counts: for b it is aᵀ @ gradient.", 1)
def _order_b(a, b, g):
    return g @ b.mT, g @ a.mT


@wrong("wrong-order", "The order of the factors counts, in both: gradient @ bᵀ for a, aᵀ @ gradient for b.", 1)
def _order(a, b, g):
    return b.mT @ g, g @ a.mT


@wrong("transposed-result", "The gradients are transposed: each must have the shape of its own array.", 1)
def _turned(a, b, g):
    return tuple(x.mT for x in right(a, b, g))


@wrong("elementwise", "The numbers were multiplied one by one with *; the matrix product is @.", 1)
def _elementwise(a, b, g):
    return g * b, a * g


@wrong("elementwise", "The numbers were multiplied one by one with *; the matrix product is @.", 1)
def _elementwise_turned(a, b, g):
    return g * b.mT, a.mT * g


@wrong("batch-turned-too", "`.T` reverses all axes, the batch axes too. Exchange the last two alone: `.mT`, or "
       "np.swapaxes(x, -1, -2).", 2)  # fmt: skip
def _all_axes(a, b, g):
    return (g @ b.T, a.T @ g) if a.ndim > 2 else None


@wrong("ignores-the-gradient", "The incoming gradient plays no part: this is the answer for a gradient of ones.", 1)
def _ones(a, b, g):
    return right(a, b, np.ones_like(g))


def _unsummed(a, b, g):
    rows, columns = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    g = np.expand_dims(g, [-2] * (a.ndim == 1) + [-1] * (b.ndim == 1))
    for_a, for_b = g @ columns.mT, rows.mT @ g
    return for_a[..., 0, :] if a.ndim == 1 else for_a, for_b[..., 0] if b.ndim == 1 else for_b


@wrong("batch-summed", "The batch axes were summed although each matrix of the batch was used once. Sum only over the "
       "batch axes that the array lacks, or has with size 1.", 2)  # fmt: skip
def _summed_all(a, b, g):
    return tuple(x.sum(axis=tuple(range(x.ndim - 2))) for x in _unsummed(a, b, g)) if a.ndim > 2 or b.ndim > 2 else None


@wrong("batch-turned-too", "The first two axes were exchanged, and here the first is a batch axis. Exchange the last "
       "two: `.mT`, or np.swapaxes(x, -1, -2).", 2)  # fmt: skip
def _first_axes(a, b, g):
    return (g @ np.swapaxes(b, 0, 1), np.swapaxes(a, 0, 1) @ g) if a.ndim == b.ndim == 3 else None


@wrong("dot", "np.dot multiplies every matrix of one batch by every matrix of the other. Use @, or np.matmul.", 2)
def _dot(a, b, g):
    return tuple(summed_to(x, y.shape) for x, y in zip((np.dot(g, b.mT), np.dot(a.mT, g)), (a, b)))


@wrong("first-of-the-batch", "Only the first item of the batch was used. All items count: sum over the batch axis.", 2)
def _first_of_batch(a, b, g):
    full = _unsummed(a, b, g)
    return tuple(summed_to(x[(0,) * max(0, x.ndim - y.ndim)], y.shape) for x, y in zip(full, (a, b)))


@wrong("other-ignored", "The other factor plays no part. The slope of a @ b for a number of a is a number of b, and "
       "the other way round.", 1)  # fmt: skip
def _other_ignored(a, b, g):
    return right(a, np.ones_like(b), g)[0], right(np.ones_like(a), b, g)[1]


@wrong("batch-not-summed", "The batch axes were not summed. If a matrix was used for every item of the batch, its "
       "gradient is the sum over all of them, in its own shape.", 2)  # fmt: skip
def _not_summed(a, b, g):
    return _unsummed(a, b, g)


@wrong("batch-not-summed", "The gradient for a is right, but that for b still has the batch axes of the result.", 2)
def _not_summed_b(a, b, g):
    return right(a, b, g)[0], _unsummed(a, b, g)[1]


@wrong("batch-not-summed", "The gradient for b is right, but that for a still has the batch axes of the result.", 2)
def _not_summed_a(a, b, g):
    return _unsummed(a, b, g)[0], right(a, b, g)[1]


@wrong("batch-averaged", "This is the mean over the batch. The matrix was used for each of its items: add, do not "
       "divide.", 2)  # fmt: skip
def _averaged(a, b, g):
    full = _unsummed(a, b, g)
    return tuple(summed_to(x, y.shape) * (y.size / x.size) for x, y in zip(full, (a, b)))


@wrong("ones-removed", "A batch axis of size 1 is gone: the gradient has exactly the shape of its array.", 2)
def _squeezed(a, b, g):
    return tuple(np.squeeze(x, tuple(k for k, n in enumerate(x.shape[:-2]) if n == 1)) for x in right(a, b, g))


@wrong("vector-as-matrix", "The gradient of a vector has one axis. If you made the vector a matrix of one row or one "
       "column, remove that axis again.", 3)  # fmt: skip
def _kept_matrix(a, b, g):
    first, second = right(a, b, g)
    return first[None] if a.ndim == 1 else first, second[:, None] if b.ndim == 1 else second


@wrong("vector-as-matrix", "The gradient of a vector b has one axis; that for a is right.", 3)
def _kept_column(a, b, g):
    first, second = right(a, b, g)
    return first, second[:, None] if b.ndim == 1 else second


WRONG = [_swapped, _no_transpose_a, _no_transpose_b, _no_transpose, _order_a, _order_b, _order, _turned, _elementwise,
         _elementwise_turned, _all_axes, _first_axes, _dot, _ones, _other_ignored, _first_of_batch,
         _not_summed, _not_summed_b, _not_summed_a, _averaged, _squeezed, _summed_all, _kept_matrix, _kept_column]  # fmt: skip


class MatmulGradients(Exercise):
    id = "05.2"
    title = "Matrix multiplication, backwards"
    section = "Matrix multiplication"
    why = "Both gradients are matrix products themselves, so a backward pass takes about as long as two forward passes."
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("matmul_gradients",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {MATRICES: 0.3, BATCHES: 0.2, STRETCHED: 0.3, VECTORS: 0.2}
    leaves_out = {"whole number": "all arguments are arrays of floats, whole ones among them"}
    task = """\
Write `matmul_gradients(a, b, gradient)`: the gradients of `a @ b`, for `a` and for `b`, as a pair. `gradient` has the
shape of `a @ b`.

* `a` of shape `(n, k)` and `b` of shape `(k, m)`: the two matrix products of the lecture.
* Batches: `a` of shape `(..., n, k)` and `b` of shape `(..., k, m)`. The axes in front are batch axes; `@` multiplies
  the matrices pair by pair.
* Batch axes may be stretched by broadcasting: `(32, 5, n, k) @ (k, m)`, or `(32, 1, n, k) @ (5, k, m)`. If a matrix
  was used many times, its gradient is the sum over all uses. Your own `unbroadcast` of 05.1 may help.
* Vectors: `@` treats an `a` of shape `(k,)` as a matrix of one row, and a `b` of shape `(k,)` as a matrix of one
  column. The axis of size 1 that this adds is not in the result. `(k,) @ (k,)` gives a single number, and `gradient`
  then has shape `()`."""
    hints = (
        "Look at the shapes alone, with n, k, m all different: gradient is (n, m), and for a you need (n, k). Which "
        "product of gradient and b has that shape? And which of a and gradient has shape (k, m)?",
        "x.mT exchanges the last two axes and leaves the batch axes where they are. After gradient @ b.mT sum over the "
        "batch axes that a does not have, and over those where it has size 1 (keepdims=True).",
        "Vectors: turn a into a[None, :] and b into b[:, None] first, and give gradient the axis back that is missing: "
        "np.expand_dims(gradient, -2) for a, -1 for b. Then everything is the matrix case; at the end reshape the "
        "gradients to a.shape and b.shape.",
    )

    @staticmethod
    def cases(rng):
        n, k, m = rng.sample((2, 3, 4, 5), 3)
        p, q = rng.sample((2, 3, 4), 2)
        s = rng.choice((2, 3))
        shapes = [
            (MATRICES, (3, 3), (3, 3)),
            *[(MATRICES, (n, k), (k, m))] * 4,
            (MATRICES, (1, k), (k, 1)),
            (MATRICES, (n, 1), (1, m)),
            (MATRICES, (n, 0), (0, m)),
            (MATRICES, (0, k), (k, m)),
            (BATCHES, (3, 3, 3), (3, 3, 3)),
            (BATCHES, (s, s, s, s), (s, s, s, s)),
            *[(BATCHES, (p, n, k), (p, k, m))] * 3,
            (BATCHES, (p, q, n, k), (p, q, k, m)),
            (BATCHES, (1, n, k), (1, k, m)),
            (BATCHES, (0, n, k), (0, k, m)),
            (STRETCHED, (3, 3, 3), (3, 3)),
            (STRETCHED, (3, 3), (3, 3, 3)),
            (STRETCHED, (p, n, k), (1, k, m)),
            (STRETCHED, (1, n, k), (p, k, m)),
            (STRETCHED, (p, 1, n, k), (q, k, m)),
            (STRETCHED, (q, n, k), (p, 1, k, m)),
            (STRETCHED, (p, q, n, k), (k, m)),
            (STRETCHED, (n, k), (1, q, k, m)),
            (STRETCHED, (0, n, k), (k, m)),
            (VECTORS, (3,), (3, 3)),
            (VECTORS, (3, 3), (3,)),
            (VECTORS, (k,), (k, m)),
            (VECTORS, (n, k), (k,)),
            (VECTORS, (k,), (k,)),
            (VECTORS, (1,), (1,)),
            (VECTORS, (p, n, k), (k,)),
            (VECTORS, (k,), (p, k, m)),
            (VECTORS, (k,), (p, q, k, m)),
        ]
        cases, seen = [], {}
        for kind, a, b in shapes:
            out = (np.zeros(a) @ np.zeros(b)).shape
            count = seen[kind] = seen.get(kind, -1) + 1
            dtype = ("float64", "float32")[count % 2]
            layouts = [LAYOUTS[(count + i) % 4] for i in (0, 1, 2)]
            arrays = {
                name: drawn(rng, shape, dtype, layout)
                for name, shape, layout in zip(("a", "b", "gradient"), (a, b, out), layouts)
            }
            cases.append({"property": kind, **arrays})
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        make = lambda: tuple(array_of(case[name]) for name in ("a", "b", "gradient"))
        return answer_of(namespace["matmul_gradients"], make)

    @staticmethod
    def judge(case, answer):
        given = [exact(case[name]) for name in ("a", "b", "gradient")]
        a, b, _ = given
        where = f"(Seen in {a.shape} @ {b.shape}.)"
        names, dtype = ("a", "b", "gradient"), case["gradient"]["dtype"]
        judge_arrays(
            answer, right(*given), dtype, WRONG, given, where, names, ["the gradient for a", "the gradient for b"]
        )

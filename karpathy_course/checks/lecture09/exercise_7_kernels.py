"""Exercise 09.7: kernels that are set by hand, judged by what they do to drawn pictures.

The judge lays what came back over pictures of its own: a flat one, a slope, a single bright pixel, and noise.
"""

import random
from math import comb

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.array_answers import alike, array_in, judge_arrays, modelled, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

SLOPES, BLURS, SHARPER = "slopes", "blurs", "sharper pictures"
SMOOTH, STEP = (1, 2, 1), (-1, 0, 1)


def sobel(right, down):
    return (right * np.outer(SMOOTH, STEP) + down * np.outer(STEP, SMOOTH)) / 8


def blur(size):
    row = np.array([comb(size - 1, k) for k in range(size)]) / 2 ** (size - 1)
    return np.outer(row, row)


def only_the_centre(size):
    out = np.zeros((size, size))
    out[size // 2, size // 2] = 1.0
    return out


def sharpen(size, amount):
    return only_the_centre(size) + amount * (only_the_centre(size) - blur(size))


TURNED = "This is the kernel upside down and back to front, as a convolution in mathematics wants it: here it is laid over the picture as it "
TURNED += "is. Where the picture becomes brighter to the right, the kernel for (1, 0) has to give a number above 0."
OF = {
    "sobel_kernel": (sobel, [
        wrong("kernel-flipped", TURNED, 1)(lambda r, d: -sobel(r, d)),
        wrong("directions-exchanged", "The two directions were exchanged: (1, 0) has to measure what changes to the right.", 1)(
            lambda r, d: sobel(d, r)),
        wrong("down-is-up", "The second number measures upwards. Rows are counted from the top: brightness that grows downwards, from row "
              "to row, counts as above 0.", 1)(lambda r, d: sobel(r, -d)),
        wrong("right-is-left", "The first number measures to the left. Brightness that grows to the right counts as above 0.", 1)(
            lambda r, d: sobel(-r, d)),
        wrong("not-normalised", "The numbers are 8 times too large: where the brightness grows by 1 from pixel to pixel, the kernel for (1, 0) has "
              "to give 1.", 2)(lambda r, d: 8 * sobel(r, d)),
        wrong("not-normalised", "The numbers are twice too large: the pixels at the left and at the right are two apart, so the difference "
              "is twice the slope.", 2)(lambda r, d: 2 * sobel(r, d)),
        wrong("not-normalised", "The numbers are 4 times too large: divide by 2 for the distance, and by 4 for the weights 1, 2, 1.", 2)(
            lambda r, d: 4 * sobel(r, d)),
        wrong("not-normalised", "The numbers are half as large as they should be: on a slope of 1 the kernel for (1, 0) gives 0.5.", 2)(
            lambda r, d: sobel(r, d) / 2),
        wrong("equal-weights", "The three rows, or columns, have equal weights. The middle one is to count twice: 1, 2, 1.", 2)(
            lambda r, d: (r * np.outer((1, 1, 1), STEP) + d * np.outer(STEP, (1, 1, 1))) / 6),
        wrong("not-smoothed", "The kernel looks at one row, or one column, alone. Smooth across: 1, 2, 1.", 2)(
            lambda r, d: (r * np.outer((0, 1, 0), STEP) + d * np.outer(STEP, (0, 1, 0))) / 2),
        wrong("length-normalised", "The direction was made a unit vector. (2, 0) is to give twice as much as (1, 0).", 3)(
            lambda r, d: sobel(r, d) / np.hypot(r, d)),
        wrong("one-direction-alone", "`down` plays no part. Add both kernels, each times its number.", 3)(lambda r, d: sobel(r, 0)),
        wrong("one-direction-alone", "`right` plays no part. Add both kernels, each times its number.", 3)(lambda r, d: sobel(0, d)),
    ]),
    "blur_kernel": (blur, [
        wrong("not-normalised", "The numbers add up to more than 1, so that pictures become brighter: divide by their sum.", 2)(
            lambda n: blur(n) * 4 ** (n - 1)),
        wrong("not-normalised", "The numbers do not add up to 1. They were divided once, and the table is the product of two rows.", 2)(
            lambda n: blur(n) * 2 ** (n - 1)),
        wrong("not-normalised", "The largest number is 1. Their sum has to be 1.", 2)(lambda n: blur(n) / blur(n).max()),
        wrong("equal-weights", "All weights are equal. They are to follow Pascal's triangle: 1, 2, 1 for a size of 3, in both directions.", 1)(
            lambda n: np.full((n, n), 1 / n**2)),
        wrong("wrong-row", "This is another row of Pascal's triangle: `size` numbers stand in it, 1, 2, 1 for a size of 3.", 1)(
            lambda n: np.outer(*[np.array([comb(n, k) for k in range(n)]) / sum(comb(n, k) for k in range(n))] * 2)),
        wrong("one-direction-alone", "This blurs along the rows alone.", 1)(
            lambda n: blur(n).sum(axis=0) * (np.arange(n) == n // 2)[:, None]),
        wrong("one-direction-alone", "All rows are equal: this blurs along the columns with equal weights.", 1)(
            lambda n: np.tile(blur(n).sum(axis=0) / n, (n, 1))),
    ]),
    "sharpen_kernel": (sharpen, [
        wrong("blurs", "This blurs. What blurring takes away, picture - blurred picture, is to be added.", 3)(
            lambda n, a: only_the_centre(n) - a * (only_the_centre(n) - blur(n))),
        wrong("picture-missing", "This is what is to be added, and the picture itself is missing: on a flat picture nothing is left.", 3)(
            lambda n, a: a * (only_the_centre(n) - blur(n))),
        wrong("too-dark", "The numbers do not add up to 1. The blurred picture has to be subtracted `amount` times, too.", 3)(
            lambda n, a: (1 + a) * only_the_centre(n) - blur(n)),
        wrong("too-dark", "The numbers do not add up to 1: the picture has to be added 1 + amount times.", 3)(
            lambda n, a: only_the_centre(n) - a * blur(n)),
        wrong("amount-ignored", "`amount` plays no part.", 3)(lambda n, a: sharpen(n, 1)),
        wrong("equal-weights", "The blur in it has equal weights. Use that of blur_kernel.", 3)(
            lambda n, a: only_the_centre(n) + a * (only_the_centre(n) - 1 / n**2)),
        wrong("identity-matrix", "np.eye has ones along the diagonal. The picture itself is a kernel with a single 1, in the middle.", 3)(
            lambda n, a: np.eye(n) + a * (np.eye(n) - blur(n))),
        wrong("corner-not-centre", "The 1 stands in the corner, which moves the picture. It belongs in the middle.", 3)(
            lambda n, a: sharpen(n, a) + (1 + a) * (np.pad([[1.0]], (0, n - 1)) - only_the_centre(n))),
        wrong("ones-not-centre", "The picture itself is a kernel with a single 1, in the middle, and zeros around it; not a kernel of "
              "ones.", 3)(lambda n, a: 1 + a * (1 - blur(n))),
    ]),
}  # fmt: skip
ARGUMENTS = {"sobel_kernel": ("right", "down"), "blur_kernel": ("size",), "sharpen_kernel": ("size", "amount")}


class Kernels(Exercise):
    id = "09.7"
    title = "Kernels by hand"
    section = "A small window"
    why = "The first layer of a trained network often holds kernels like these, found by descent and not by hand."
    difficulty, importance, minutes, points = 2, 3, 25, 3
    needs = ("sobel_kernel", "blur_kernel", "sharpen_kernel")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {SLOPES: 0.4, BLURS: 0.3, SHARPER: 0.3}
    task = """\
Write three functions that return kernels: square arrays of floats (float64). A kernel is laid over the picture **as it is**: its number in
the upper left corner meets the upper left pixel of the window. Rows are counted from the top, columns from the left.

* `sobel_kernel(right, down)`, 3 × 3: how fast does the brightness grow? On a slope where each pixel is by a brighter than its left
  neighbour, and by b brighter than the one above it, it gives `right · a + down · b`. So `sobel_kernel(1, 0)` measures what
  changes to the right, `sobel_kernel(0, 1)` what changes downwards, and `sobel_kernel(0.6, -0.8)` looks up and to the right. To the right, it
  takes the difference of the two pixels beside the middle, in all three rows, with **weights 1, 2, 1**, because a single row would be
  noisy; downwards in the same way. (Sobel's own kernel holds whole numbers; yours is divided, so that a slope of 1 gives 1.)
* `blur_kernel(size)`, size × size: a weighted mean. The weights of a row are a row of Pascal's triangle (1, 1 for size 2; 1, 2, 1 for
  size 3; 1, 3, 3, 1 for 4), the same down the columns, and a weight of the table is the product of both. A flat picture stays as it is.
* `sharpen_kernel(size, amount)`, size × size, with an odd size: picture + amount · (picture - blurred picture), as **one** kernel. The blur
  is that of `blur_kernel(size)`. With amount 0 the picture stays as it is, and with -1 it is blurred.

The check lays your kernels over pictures that it draws: flat ones, slopes, a single bright pixel, and noise."""
    hints = (
        "Write down the three numbers with which one row of three pixels gives a slope: (right pixel - left pixel) / 2. A number above 0 has to "
        "come out where it becomes brighter to the right, so the right column is positive.",
        "np.outer(a, b)[i, j] is a[i] · b[j]: a goes down, b goes to the right. To the right: np.outer([1, 2, 1], [-1, 0, 1]) / 8. math.comb(size "
        "- 1, k) are Pascal's numbers; their sum is 2 ** (size - 1).",
        "Laying over is a sum, so kernels add up as their results do: sobel = right · K + down · K.T. The kernel that changes nothing has a single 1 "
        "in the middle; call it one: sharpen = one + amount · (one - blur).",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, function, *given):
            hidden = {"judge": {"seed": rng.randrange(10**9)}}
            cases.append(
                {"property": property, "function": function, **dict(zip(ARGUMENTS[function], given)), **hidden}
            )

        def number(low=0.3, high=2.5):
            return rng.choice((-1, 1)) * rng.randrange(int(low * 1000), int(high * 1000)) / 1000

        one, other = number(0.3, 0.9), number(1.1, 2.5)
        for given in (
            (one, other),
            (1, 0),
            (0, 1),
            (-1, 0.5),
            (0.0, number()),
            (number(), 0.0),
            (other, other),
            (0, 0),
        ):
            add(SLOPES, "sobel_kernel", *given)
        for size in (3, rng.choice((5, 7)), rng.choice((4, 6)), 2, 1, rng.randrange(8, 25)):
            add(BLURS, "blur_kernel", size)
        add(SHARPER, "sharpen_kernel", 3, abs(number(0.3, 0.9)))
        for size, amount in ((5, abs(other)), (rng.choice((3, 7)), -0.5), (3, 0), (5, -1), (3, 1), (1, abs(number()))):
            add(SHARPER, "sharpen_kernel", size, amount)
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of

        names = [name for name in ("right", "down", "size", "amount") if name in case]
        return answer_of(namespace[case["function"]], lambda: tuple(case[name] for name in names))

    @staticmethod
    def judge(case, answer):
        function = case["function"]
        right, wrongs = OF[function]
        given = [case[name] for name in ARGUMENTS[function]]
        kernel = right(*given)
        where = f"({function}({', '.join(f'{x:g}' for x in given)}).)"
        parts = expect_dict(answer, ("parts", "many", "changed", "again"))["parts"]
        if type(parts) is list and len(parts) == 1 and answer["many"] is False:
            judge_effects(array_in(parts[0], "the kernel", where), kernel, wrongs, given, case["judge"]["seed"], where)
        judge_arrays(
            answer, kernel, "float64", (), given, where, ARGUMENTS[function], "the kernel", "float64 is asked for"
        )


def pictures(seed, size):
    """{what it is: a picture, larger than the kernel}."""
    rng, n = random.Random(seed), size + 3
    a, b = (rng.choice((-1, 1)) * rng.uniform(0.5, 2) for _ in range(2))
    rows, columns = np.mgrid[:n, :n]
    pixel = np.zeros((n, n))
    pixel[n // 2, n // 2 - rng.randrange(2)] = rng.uniform(1, 3)
    noise = np.array([rng.uniform(-1, 1) for _ in range(n * n)]).reshape(n, n)
    return {
        "flat picture": np.full((n, n), rng.uniform(1, 3)),
        f"slope that grows by {a:.2f} to the right and by {b:.2f} downwards": a * columns + b * rows,
        "picture with a single bright pixel": pixel,
        "picture of noise": noise,
    }


def laid_over(picture, kernel):
    size = len(kernel)
    out = len(picture) - size + 1
    windows = [[picture[r : r + size, q : q + size] for q in range(out)] for r in range(out)]
    return np.array([[(window * kernel).sum() for window in row] for row in windows])


def judge_effects(found, kernel, wrongs, given, seed, where):
    """Return when found does to all pictures what the right kernel does, or raise the Mistake, with what it did to one."""
    if found.shape != kernel.shape:
        message = f"The kernel has shape {found.shape}; {kernel.shape} was expected. {where}"
        raise Mistake("wrong-shape", message, found.shape, kernel.shape, 2)
    shown = {"got": found.tolist(), "expected": None}
    if not np.isfinite(found).all():
        raise Mistake("not-finite", f"There is a nan or an inf in the kernel. {where}", **shown)
    for what, picture in pictures(seed, len(kernel)).items():
        did, does = laid_over(picture, found), laid_over(picture, kernel)
        if np.abs(did - does).max() > 1e-12 * max(1.0, np.abs(does).max(), np.abs(picture).max()):
            for mistake in wrongs:
                if alike([found], modelled(mistake.model, given, False), "float64"):
                    raise Mistake(mistake.id, f"{mistake.message} {where}", **shown, hint=mistake.hint)
            place = np.unravel_index(np.abs(did - does).argmax(), did.shape)
            message = f"Laid over a {what}, your kernel gives {did[place]:.6g}; {does[place]:.6g} was expected."
            raise Mistake("wrong-effect", f"{message} {where}", **shown, hint=1)

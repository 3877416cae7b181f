"""Exercise 06.2: the gradient of the mean cross-entropy for the scores, rows without a label left out.

Right is computed in float64. Every draw has rows without a label in one array with others, in the last row and in all
rows, and the label of the last class, which -1 as an index would reach.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong

LABELLED, UNLABELLED, FAR = "every row has a label", "some rows have none", "scores far from 0"
NO_LABEL = -1


def softmax(z):
    shifted = np.exp(z - z.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def onehot(z, t):
    return np.arange(z.shape[1]) == np.where(t < 0, -9, t)[:, None]


def right(z, t, of_scores=softmax, count=None, labels=onehot):
    """(softmax - one-hot) / the number of labels, 0 in rows without one; the keywords are mistakes to be made."""
    has = (t >= 0)[:, None]
    n = has.sum() if count is None else count
    return np.where(has, of_scores(z) - labels(z, t), 0.0) / max(1, n)


@wrong("not-divided", "This is the gradient of the sum over the rows. The loss is their mean: divide by how many rows "
       "have a label.", 1)  # fmt: skip
def _sum(z, t):
    return right(z, t, count=1)


@wrong("counts-unlabelled-rows", "The gradient was divided by the number of all rows. Rows without a label are not part "
       "of the mean: divide by how many rows have one.", 2)  # fmt: skip
def _all_rows(z, t):
    return right(z, t, count=len(t)) if (t < 0).any() else None


@wrong("divided-by-all-numbers", "This was divided by rows times classes. The mean is over the rows.", 1)
def _by_size(z, t):
    return right(z, t, count=z.size)


@wrong("divided-by-the-classes", "This was divided by the number of classes. The mean is over the rows.", 1)
def _by_classes(z, t):
    return right(z, t, count=z.shape[1])


@wrong("double-softmax", "The softmax was applied twice: the scores are no probabilities yet, and softmax of "
       "probabilities makes them nearly equal.", 1)  # fmt: skip
def _double(z, t):
    return right(z, t, of_scores=lambda z: softmax(softmax(z)))


@wrong("no-softmax", "The scores themselves stand where probabilities should: apply softmax first.", 1)
def _scores(z, t):
    return right(z, t, of_scores=lambda z: z)


@wrong("log-softmax", "The log-probabilities stand where probabilities should: take exp of them.", 1)
def _logs(z, t):
    return right(z, t, of_scores=lambda z: np.log(softmax(z)))


@wrong("sigmoid", "Each score went through a sigmoid by itself. The classes of a row share one softmax, which sums to "
       "1.", 1)  # fmt: skip
def _sigmoid(z, t):
    return right(z, t, of_scores=lambda z: np.exp(-np.logaddexp(0, -z)))


@wrong("softmax-down-the-columns", "The softmax ran down the columns, over the rows of the batch. It runs along each row, "
       "over the classes.", 2)  # fmt: skip
def _columns(z, t):
    return right(z, t, of_scores=lambda z: softmax(z.T).T)


@wrong("softmax-of-all", "One softmax was taken over the whole array. Each row has its own: keep the axis, with "
       "keepdims=True.", 2)  # fmt: skip
def _of_all(z, t):
    return right(z, t, of_scores=lambda z: softmax(z.reshape(1, -1)).reshape(z.shape))


@wrong("opposite", "The sign is wrong: p - y, the probability minus 1 for the row's own class. Against the gradient, its "
       "score has to rise.", 1)  # fmt: skip
def _opposite(z, t):
    return -right(z, t)


@wrong("label-not-subtracted", "These are the probabilities. From the one of the row's own class 1 is subtracted.", 1)
def _no_label(z, t):
    return right(z, t, labels=lambda z, t: 0.0)


@wrong("only-the-own-class", "Only the row's own class got a gradient. The scores of the others move the loss too: their "
       "gradient is p / n.", 1)  # fmt: skip
def _own(z, t):
    return right(z, t) * onehot(z, t)


@wrong("unlabelled-rows-learn", "A row without a label got the gradient of its probabilities. It is not part of the loss: "
       "its gradient is 0.", 2)  # fmt: skip
def _unlabelled(z, t):
    found = softmax(z) - onehot(z, t)
    return found / max(1, (t >= 0).sum()) if (t < 0).any() else None


@wrong("unlabelled-rows-learn", "A row without a label got the gradient of its probabilities, and was counted. It is not "
       "part of the loss: its gradient is 0.", 2)  # fmt: skip
def _unlabelled_counted(z, t):
    return (softmax(z) - onehot(z, t)) / len(t) if (t < 0).any() else None


AS_INDEX = wrong("minus-one-as-an-index", "A target of -1 was used as an index, and names the last class there. It says "
                 "that the row has no label: its gradient is 0.", 2)  # fmt: skip


@AS_INDEX
def _last(z, t):
    t = t % z.shape[1] if z.shape[1] and (t < 0).any() else t[:0]
    return right(z, t) if t.size else None


@AS_INDEX
def _last_not_counted(z, t):
    has = int((t >= 0).sum())
    return right(z, t % z.shape[1], count=has) if z.size and (t < 0).any() else None


@wrong("class-0-left-out", "Samples of class 0 were taken for unlabelled. Classes count from 0; -1 alone says that there is "
       "no label.", 2)  # fmt: skip
def _class_0(z, t):
    return right(z, np.where(t == 0, NO_LABEL, t)) if (t == 0).any() else None


@wrong("label-of-other-rows", "1 was subtracted at the classes of all samples in every row. Each row has its own class: "
       "out[rows, targets] takes pairs, out[:, targets] whole columns.", 2)  # fmt: skip
def _all_columns(z, t):
    return right(z, t, labels=lambda z, t: onehot(z, t[t >= 0]).any(axis=0)[None, :])


@wrong("nan-without-labels", "There is no row with a label: the loss is a mean over nothing, 0 / 0. Its gradient is 0 "
       "here.", 3)  # fmt: skip
def _nan(z, t):
    return np.full(z.shape, np.nan) if not (t >= 0).any() else None


@wrong("overflow", "exp of a score above 709 is inf (in float32 above 88), and inf / inf is nan. Subtract the largest "
       "score of each row before exp: the softmax does not change.", 3)  # fmt: skip
def _naive(z, t):
    return right(z, t, of_scores=lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


@wrong("overflow", "exp of a score above 88 is inf in float32, and inf / inf is nan. Subtract the largest score of each "
       "row before exp: the softmax does not change.", 3)  # fmt: skip
def _naive32(z, t):
    found = np.exp(z.astype("float32"))
    return right(z, t, of_scores=lambda z: (found / found.sum(axis=1, keepdims=True)).astype("float64"))


CLIPPED = [
    Wrong("clipped", lambda z, t, most=most: right(np.clip(z, -most, most), t),
          "The scores were cut off at some size before exp. That avoids the overflow, and makes different scores equal: "
          "subtract the largest of each row instead, which changes nothing.", 3)
    for most in (50, 80, 88, 100, 500, 700, 709)
]  # fmt: skip


@wrong("maximum-of-all", "The largest score of the whole batch was subtracted from every row. In a row far below it all "
       "exponentials are 0, and 0 / 0 is nan: each row needs its own.", 3)  # fmt: skip
def _of_batch(z, t):
    found = np.exp(z - z.max(initial=-np.inf))
    return right(z, t, of_scores=lambda z: found / found.sum(axis=1, keepdims=True))


WRONG = [_nan, _last, _last_not_counted, _unlabelled, _unlabelled_counted, _all_rows, _sum, _by_size, _by_classes, _double,
         _scores, _logs, _sigmoid, _columns, _of_all, _opposite, _no_label, _class_0, _all_columns, _own, _naive, _naive32,
         _of_batch, *CLIPPED]  # fmt: skip


def batch(rng, rows, classes, dtype, layout, unlabelled=0):
    """Described scores and targets; the last class is among the labels, and so many rows have none."""
    labels = [classes - 1, 0, *(rng.randrange(classes) for _ in range(rows))][: rows - unlabelled]
    labels = labels + [NO_LABEL] * unlabelled
    rng.shuffle(labels)
    kind = rng.choice(("int64", "int32", "int8"))
    return {
        "logits": drawn(rng, [rows, classes], dtype, layout),
        "targets": {"shape": [rows], "dtype": kind, "layout": ("plain", "with gaps")[rows % 2], "numbers": labels},
    }


class CrossEntropyGradient(Exercise):
    id = "06.2"
    title = "The gradient of cross-entropy, in one go"
    section = "Cross-entropy"
    why = "Softmax, logarithm and mean each have a derivative, and together they leave no more than p - y."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    needs = ("cross_entropy_gradient",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {LABELLED: 0.4, UNLABELLED: 0.3, FAR: 0.3}
    leaves_out = {
        "no axis": "scores have rows and classes, targets have rows",
        "four axes": "scores have two axes, targets have one",
    }
    task = """\
Write `cross_entropy_gradient(logits, targets)`: the gradient of the mean cross-entropy with respect to the
scores, without a tape.

* `logits` has shape `(N, C)`: the scores of N samples for C classes. They may be as far from 0 as ±10 000.
* `targets` has shape `(N,)` and holds whole numbers: the class of each sample, from 0 to C - 1, **or -1 for a sample
  that has no label**. Such a sample is not part of the loss: its row of the gradient is 0, and the mean is over the
  others only. (torch's `cross_entropy` does this with `ignore_index=-1`.)

Return an array of shape `(N, C)` with the dtype of `logits`: for each labelled sample the softmax of its scores, minus
1 at its own class, divided by the number of labelled samples. If no sample has a label, or there is no sample, everything
is 0; nothing may become `nan`. Call no tape and no library but NumPy, and leave both arrays as they are."""
    hints = (
        "p - y, divided by the number of rows that count. p is the softmax along each row (axis 1, keepdims=True), y has "
        "a 1 at the row's own class. The loss is a mean, so its gradient has the mean's 1 / n.",
        "labelled = targets >= 0 is a mask, and labelled.sum() is n. Write out[rows, classes] -= 1 for the labelled rows "
        "only: as an index, -1 would be the last class. At the end the other rows become 0.",
        "z = logits - logits.max(axis=1, keepdims=True) is safe for exp. rows = np.flatnonzero(targets >= 0); "
        "out[rows, targets[rows]] -= 1; out[targets < 0] = 0; return out / max(1, len(rows)). A plain number keeps "
        "float32; labelled.sum() is an int64 of NumPy's and does not.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        n, c = rng.sample((2, 3, 4, 5), 2)
        sizes = [(2, 3), (3, 3), (n, c), (n, c), (1, c), (n, 1), (6, 4), (n, 2)]
        for place, (rows, classes) in enumerate(sizes):
            dtype, layout = ("float64", "float32")[place % 2], LAYOUTS[place % 4]
            cases.append({"property": LABELLED, **batch(rng, rows, classes, dtype, layout)})
        for place, (rows, classes) in enumerate(((3, 4), (4, 3), (6, c), (n, c), (1, c), (2, 2))):
            dtype, layout = ("float32", "float64")[place % 2], LAYOUTS[place % 4]
            missing = rows if place in (3, 4) else rng.randrange(1, rows)
            cases.append({"property": UNLABELLED, **batch(rng, rows, classes, dtype, layout, missing)})
        cases.append({"property": UNLABELLED, **batch(rng, 0, c, "float32", "plain")})
        for place, dtype in enumerate(("float64", "float32") * 3):
            given = batch(rng, 4, c, dtype, LAYOUTS[place % 4], place // 2 % 2)
            far = (10_000.0, 10_000.0, 2_000.0, 500.0, 800.0, 100.0)[place]
            offsets = [far, -far, far / 2, 0.0]
            rng.shuffle(offsets)
            spread = [rng.choice((0.0, far)) for _ in range(4 * c)] if place < 2 else [0.0] * 4 * c
            numbers = [x + offsets[k // c] + spread[k] for k, x in enumerate(given["logits"]["numbers"])]
            cases.append({"property": FAR, **given, "logits": given["logits"] | {"numbers": numbers}})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        with np.errstate(all="ignore"):
            given = lambda: (array_of(case["logits"]), array_of(case["targets"]))
            return answer_of(namespace["cross_entropy_gradient"], given)

    @staticmethod
    def judge(case, answer):
        z, t, dtype = exact(case["logits"]), exact(case["targets"]).astype(int), case["logits"]["dtype"]
        where = f"({z.shape[0]} samples, {z.shape[1]} classes, {int((t < 0).sum())} without a label, {dtype}.)"
        names = ("logits", "targets")
        judge_arrays(answer, right(z, t), dtype, WRONG, (z, t), where, names, source=f"`logits` is {dtype}")

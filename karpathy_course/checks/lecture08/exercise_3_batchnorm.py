"""Exercise 08.3: BatchNorm forwards, with running statistics for the use after training.

Each case is a script: batches in train and eval mode in turn, with other weights in between. The judge runs the same
script with the rule that is asked for and with each usual mistake, in float64, and names the mistake that gives what came
back. The script is run again beside that of another object: two objects must not share what they keep.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np

TRAIN, RUNNING, EVAL, EDGES = "train mode", "running statistics", "eval mode", "pictures, and small batches"
TOLERANCE = {"float64": 1e-9, "float32": 2e-5}
STATE = ("weight", "bias", "running_mean", "running_var")


def axes_of(x, per):
    """The axes over which statistics are taken: all but that of the features, or what a mistake takes."""
    others = tuple(k for k in range(x.ndim) if k != 1)
    return {"feature": others, "sample": tuple(range(1, x.ndim)), "place": (0,), "all": None}[per]


def run_of(
    case,
    normalised_by=0,
    kept_by=1,
    eval_batch=False,
    eval_keeps=False,
    train_running=None,
    mix=lambda m, old, new: (1 - m) * old + m * new,
    scale=lambda var, eps: np.sqrt(var + eps),
    keep=lambda var: var,
    affine=lambda n, w, b: w * n + b,
    momentum=None,
    eps=None,
    per="feature",
    samples_alone=False,
    momentum_of_var=None,
):
    """[(out, running_mean, running_var) after each step]; out is None where the batch is refused.

    normalised_by, kept_by: what is subtracted from the number of values in each variance. The keywords are mistakes.
    """
    features = case["features"]
    e = case.get("eps", 1e-5) if eps is None else eps
    m = case.get("momentum", 0.1) if momentum is None else momentum
    m_var = m if momentum_of_var is None else momentum_of_var
    weight, bias, mean_kept, var_kept = np.ones(features), np.zeros(features), np.zeros(features), np.ones(features)
    found = []
    for step in case["steps"]:
        x = exact(step["x"])
        weight, bias = (
            np.array(step[name]) if name in step else old for name, old in (("weight", weight), ("bias", bias))
        )
        column = (1, features) + (1,) * (x.ndim - 2)
        values = x.size // features if samples_alone is False else len(x)
        if step["training"] and x.size // features < 2:
            found.append((None, mean_kept, var_kept))
            continue
        old = mean_kept, var_kept
        if (step["training"] or eval_keeps) and values > 1:
            over = axes_of(x, "feature")
            with np.errstate(all="ignore"):
                unbiased = x.var(axis=over) * (x.size // features) / (values - kept_by)
            if samples_alone:
                unbiased = x.var(axis=over) * values / (values - kept_by)
            mean_kept, var_kept = mix(m, mean_kept, x.mean(axis=over)), mix(m_var, var_kept, keep(unbiased))
        if (step["training"] and not train_running) or (eval_batch and not step["training"] and len(x)):
            mean, count = x.mean(axis=axes_of(x, per), keepdims=True), x.size // features
            with np.errstate(all="ignore"):
                var = x.var(axis=axes_of(x, per), keepdims=True) * count / np.float64(count - normalised_by)
        else:
            pair = old if train_running == "before" and step["training"] else (mean_kept, var_kept)
            mean, var = (array.reshape(column) for array in pair)
        with np.errstate(all="ignore"):
            out = affine((x - mean) / scale(var, e), weight.reshape(column), bias.reshape(column))
        found.append((out, mean_kept, var_kept))
    return found


def slip(id, message, hint, **change):
    return id, message, hint, change


SLIPS = [
    slip("unbiased-normalises", "The batch was normalised with the unbiased variance, divided by n - 1. Normalise with the "
         "biased one, divided by n; only `running_var` takes the unbiased one.", 2, normalised_by=1),
    slip("biased-is-kept", "`running_var` took the biased variance, divided by n. It stands for data that are not in the "
         "batch: keep the unbiased one, divided by n - 1. (The batch itself is normalised with the biased one.)", 2, kept_by=0),
    slip("variances-exchanged", "The two variances are exchanged. Normalise the batch with the biased one, divided by n; "
         "`running_var` takes the unbiased one, divided by n - 1.", 2, normalised_by=1, kept_by=0),
    slip("counts-samples-alone", "The unbiased variance divides by n - 1, and n is how many numbers the statistics of a channel "
         "are taken over: samples times height times width.", 3, samples_alone=True),
    slip("eval-uses-the-batch", "In eval mode the batch's own mean and variance were used. Then a prediction depends on the "
         "other rows of the batch: use `running_mean` and `running_var`.", 1, eval_batch=True),
    slip("eval-uses-the-batch", "In eval mode the batch's own mean and variance were used, and the running statistics moved "
         "too. Does your code look at `self.training`?", 1, eval_batch=True, eval_keeps=True),
    slip("eval-moves-the-statistics", "The running statistics moved in eval mode. They follow the training batches alone.", 1,
         eval_keeps=True),
    slip("train-uses-running", "In train mode the running statistics were used. A training batch is normalised with its own "
         "mean and variance.", 1, train_running="after"),
    slip("train-uses-running", "In train mode the running statistics were used. A training batch is normalised with its own "
         "mean and variance.", 1, train_running="before"),
    slip("momentum-the-wrong-way", "momentum is the weight of the **new** batch: running = (1 - momentum) · running + momentum "
         "· batch. Here it was that of the old value.", 2, mix=lambda m, old, new: m * old + (1 - m) * new),
    slip("old-value-not-shrunk", "The old value has to be multiplied by 1 - momentum: otherwise the running statistics grow "
         "with every batch.", 2, mix=lambda m, old, new: old + m * new),
    slip("keeps-the-last-batch", "The running statistics are those of the last batch alone. They change by a tenth (momentum) "
         "of the way only.", 2, mix=lambda m, old, new: new),
    slip("statistics-do-not-run", "The running statistics have not moved in train mode.", 2, mix=lambda m, old, new: old),
    slip("momentum-ignored", "momentum is 0.1 here, whatever was asked for.", 2, momentum=0.1),
    slip("eps-ignored", "eps is 1e-5 here, whatever was asked for.", 3, eps=1e-5),
    slip("no-eps", "eps is missing: a feature whose numbers are all equal has variance 0, and 0 / 0 is nan.", 3, eps=0.0),
    slip("eps-outside-the-root", "eps was added to the deviation. It is added to the variance, inside the root.", 3,
         scale=lambda var, eps: np.sqrt(var) + eps),
    slip("divided-by-the-variance", "The numbers were divided by the variance. Divide by its root, the deviation.", 1,
         scale=lambda var, eps: var + eps),
    slip("keeps-the-deviation", "`running_var` holds deviations. It is a variance.", 2, keep=lambda var: np.sqrt(var)),
    slip("weight-missing", "`weight` was not used: after the normalisation each feature is multiplied by its weight.", 1,
         affine=lambda n, w, b: n + b),
    slip("bias-missing", "`bias` was not used: it is added at the end.", 1, affine=lambda n, w, b: w * n),
    slip("weight-missing", "`weight` and `bias` were not used: the result is weight · normalised + bias, feature by feature.", 1,
         affine=lambda n, w, b: n),
    slip("bias-before-weight", "`bias` was multiplied by `weight` too. First multiply, then add.", 1,
         affine=lambda n, w, b: w * (n + b)),
    slip("per-sample", "Mean and variance were taken along each sample. That is LayerNorm. BatchNorm takes them for each "
         "feature, over the samples: axis 0 (and the places of a picture).", 1, per="sample"),
    slip("per-place", "Each place of a picture got statistics of its own. A channel has one mean and one variance, over all "
         "samples and all places: axes 0, 2 and 3.", 3, per="place"),
    slip("one-for-all", "One mean and one variance were taken for the whole array. Each feature has its own.", 1, per="all"),
]  # fmt: skip


class BatchNormForward(Exercise):
    id = "08.3"
    title = "BatchNorm, with a memory"
    section = "BatchNorm, forwards"
    why = "A network must also answer for one picture at a time, where a batch has no mean and no variance of its own."
    difficulty, importance, minutes, points = 3, 5, 35, 5
    needs = ("BatchNorm",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {TRAIN: 0.3, RUNNING: 0.25, EVAL: 0.25, EDGES: 0.2}
    leaves_out = {"no axis": "a batch has samples and features"}
    task = """\
Write the class `BatchNorm(features, eps=1e-5, momentum=0.1)`, a layer that is called with a batch `x` of floats and returns
a new array of the same shape and dtype. `x` has shape `(n, features)`, or `(n, features, height, width)` for pictures:
there the features are channels. (There may be one more axis, or more.)

Its attributes are `weight` (ones at first), `bias` (zeros), `running_mean` (zeros), `running_var` (ones), all float64 arrays
of shape `(features,)`, and `training` (True). The user of the layer sets `weight`, `bias` and `training`.

* The result is `weight · (x - mean) / √(var + eps) + bias`, with a mean and a variance for each feature.
* If `training` is True, these are the batch's own, over all axes but that of the features. The variance is the biased one:
  the mean of the squared distances, divided by n. Afterwards the running statistics move towards the batch's:
  running = (1 - momentum) · running + momentum · batch. There the variance is the unbiased one, divided by n - 1, since it
  stands for data that are not in the batch. (n is the number of values per feature, with the places of a picture.)
* If `training` is False, they are the running ones, and nothing changes. Then a batch may have one sample, or none.
* In train mode one value per feature has no variance: raise a `ValueError` if there are fewer than two, and change nothing.

The numbers may lie far from 0 compared with their spread: 100 000 ± 1. A feature whose numbers are all equal gives its
`bias`. (torch's `nn.BatchNorm1d` and `nn.BatchNorm2d` follow the same rules.)"""
    hints = (
        "axes = (0, *range(2, x.ndim)) are all axes but that of the features. A mean of shape (features,) must become "
        "(1, features, 1, 1) before it is subtracted from pictures: keepdims=True keeps these axes, reshape brings them back.",
        "n = x.size // features. x.var(axis=axes) is the biased variance, and n / (n - 1) times it the unbiased one. The mean of "
        "x² minus the square of the mean is no way to compute it: for numbers far from 0 all digits are lost.",
        "shape = (1, -1) + (1,) * (x.ndim - 2). In train mode: mean, var = x.mean(axis=axes), x.var(axis=axes); then "
        "self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1). In both: out = (x - mean.reshape(shape)) / "
        "np.sqrt(var.reshape(shape) + eps) * weight + bias, and .astype(x.dtype).",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, shapes, modes, **more):
            steps, twin = ([step(rng, *each) for each in zip(shapes, modes, range(9))] for _ in range(2))
            for k, one in enumerate(steps + twin):
                one["x"] |= {"dtype": ("float64", "float32")[k % 2], "layout": LAYOUTS[(k + len(cases)) % 4]}
            features = shapes[0][1]
            cases.append({"property": property, "features": features, **more, "steps": steps, "twin": twin})

        n, c = rng.randrange(4, 8), rng.randrange(2, 5)
        add(TRAIN, [(n, c)], "t")
        add(TRAIN, [(5, 5), (2, 5)], "tt", eps=rng.choice((0.1, 0.5)))
        add(TRAIN, [(n + 1, 1), (3, 1)], "tt")
        add(RUNNING, [(n, c), (n + 2, c), (2, c)], "ttt")
        add(RUNNING, [(4, 3), (6, 3)], "tt", momentum=rng.choice((0.25, 0.5, 0.7)))
        add(RUNNING, [(3, 2), (4, 2)], "tt", momentum=1.0)
        add(EVAL, [(n, c), (4, c), (1, c), (5, c), (0, c), (3, c)], "teetee")
        add(EVAL, [(4, c), (5, c)], "ee")
        add(EVAL, [(6, 4), (4, 4)], "te", eps=rng.choice((0.1, 0.5)), momentum=rng.choice((0.5, 1.0)))
        add(EDGES, [(2, 3, 2, 3), (1, 3, 2, 2), (2, 3, 2, 2)], "tte")
        add(EDGES, [(3, c, 4), (2, c, 1), (1, c, 5)], "tet")
        add(EDGES, [(3, 2), (1, 2), (2, 2), (1, 2)], "ttte")
        add(EDGES, [(2, 3, 1, 1), (1, 3, 1, 1), (0, 3, 1, 1), (1, 3, 1, 1)], "ttte")
        far = {"property": EDGES, "features": 3, "steps": [step(rng, (5, 3), "t", 0), step(rng, (4, 3), "e", 1)]}
        numbers = far["steps"][0]["x"]["numbers"]
        equal = rng.choice((0.5, 3.0, -2.0))
        far["steps"][0]["x"]["numbers"] = [[100_000 + x, equal, x - 100_000][k % 3] for k, x in enumerate(numbers)]
        cases.append(far | {"twin": far["steps"]})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot, taken_apart

        names = ("weight", "bias", "running_mean", "running_var")
        more = {key: case[key] for key in ("eps", "momentum") if key in case}

        def taken(layer):
            found, met = {"training": layer.training is True}, []
            for name in names:
                array = getattr(layer, name)
                found[name] = taken_apart(array, met)
                met += [array] * isinstance(array, np.ndarray)
            return found

        def stepped(layer, step):
            layer.training = step["training"]
            for name in ("weight", "bias"):
                if name in step:
                    setattr(layer, name, np.array(step[name]))
            x = array_of(step["x"])
            before = snapshot(x)
            try:
                out = layer(x)
            except ValueError:
                if x.size // case["features"] > 1 and (len(x) > 1 or x.ndim < 3):
                    raise
                out = "ValueError"
            kept = [getattr(layer, name) for name in names]
            found = (
                out if isinstance(out, str) else taken_apart(out, [x, *(k for k in kept if isinstance(k, np.ndarray))])
            )
            return taken(layer) | {"out": found, "changed": snapshot(x) != before}

        with np.errstate(all="ignore"):
            alone = namespace["BatchNorm"](case["features"], **more)
            start = taken(alone)
            rows = [stepped(alone, step) for step in case["steps"]]
            one, other = (namespace["BatchNorm"](case["features"], **more) for _ in range(2))
            again = []
            for step, beside in zip(case["steps"], case["twin"]):
                again.append(stepped(one, step))
                stepped(other, beside)
        return {"start": start, "rows": rows, "again": again}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("start", "rows", "again"))
        judge_start(case["features"], answer["start"])
        rows = expect_list(answer["rows"], len(case["steps"]), "the list of steps")
        expect_list(answer["again"], len(case["steps"]), "the list of steps")
        right = run_of(case)
        for k in range(len(rows)):
            judge_step(case, k, rows, right)
        if answer["again"] != rows:
            message = (
                "Two layers that are used in turn do not give what each gives alone: what a layer keeps belongs on "
            )
            raise Mistake("shared-between-layers", f"{message}`self`, in arrays of its own.", hint=1)


def step(rng, shape, mode, k):
    """One call: a batch whose features have means and spreads of their own, and, with the second call, other weights."""
    x = drawn(rng, list(shape), "float64", "plain")
    features = shape[1]
    places = max(1, x and len(x["numbers"]) // max(1, shape[0] * features))
    spread = [(rng.uniform(-2, 2), rng.uniform(0.5, 2)) for _ in range(features)]
    numbers = [
        spread[i // places % features][0] + spread[i // places % features][1] * n for i, n in enumerate(x["numbers"])
    ]
    for number, place in zip((0.0, 1.0, -1.0), rng.sample(range(len(numbers)), 3) if len(numbers) > 7 else ()):
        numbers[place] = number
    found = {"training": mode == "t", "x": x | {"numbers": numbers}}
    if k != 1:
        values = lambda: [rng.choice((1.0, -1.0, 0.5)) * rng.uniform(0.5, 2) for _ in range(features)]
        found |= {"weight": values(), "bias": values()}
    return found


def same(a, b, tolerance):
    """Whether two arrays have one shape and, up to tolerance of their size, the same numbers; nan is like nan."""
    if a is None or b is None:
        return a is b
    if a.shape != b.shape:
        return False
    size = max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0)))
    with np.errstate(all="ignore"):
        return bool(((np.abs(a - b) <= tolerance * size) | (np.isnan(a) & np.isnan(b)) | (a == b)).all())


def judge_start(features, start):
    expect_dict(start, (*STATE, "training"), "a new layer")
    for name, value in zip(STATE, (1.0, 0.0, 0.0, 1.0)):
        array = array_in(start[name], f"`{name}` of a new layer")
        if array.shape != (features,):
            message = f"`{name}` of a new layer has shape {array.shape}; ({features},) was expected."
            raise Mistake("wrong-shape", message, array.shape, (features,), 1)
        if not (array == value).all():
            message = f"`{name}` of a new layer has to be all {'ones' if value else 'zeros'}."
            raise Mistake("wrong-start", message, array.tolist(), [value] * features, 1)
        if start[name].get("dtype") != "float64":
            raise Mistake("wrong-dtype", f"`{name}` is {start[name].get('dtype')}, and has to be float64.", hint=1)
        if start[name].get("own") is not True:
            message = f"`{name}` of a new layer shares its memory with another of its arrays: whoever writes into one changes "
            raise Mistake("one-array-for-two", f"{message}both. Make each with np.ones or np.zeros of its own.", hint=1)
    if start["training"] is not True:
        raise Mistake("wrong-start", "A new layer is in train mode: `training` is True.", start["training"], True, 1)


def judge_step(case, k, rows, right):
    """Return when the k-th row holds what the k-th step has to give, or raise the Mistake that fits."""
    one, row = case["steps"][k], expect_dict(rows[k], (*STATE, "out", "changed"), "a step")
    mode, shape = "train" if one["training"] else "eval", tuple(one["x"]["shape"])
    where = f"(Call {k + 1}, in {mode} mode, x of shape {shape}.)"
    if row["changed"] is not False:
        raise Mistake("changes-its-arguments", f"`x` has changed: it belongs to the caller. Make a new array. {where}")
    out, mean, var = right[k]
    kept = [array_in(row[name], f"`{name}`", where) for name in STATE]
    for name, array in zip(STATE, kept):
        if array.shape != (case["features"],):
            message = f"`{name}` has shape {array.shape}; ({case['features']},) was expected. {where}"
            raise Mistake("wrong-shape", message, array.shape, (case["features"],), 2)
        if row[name].get("dtype") != "float64":
            message = f"`{name}` has become {row[name].get('dtype')}; it stays float64, as it was at first. {where}"
            raise Mistake("wrong-dtype", message, hint=3)
    for name, array in zip(STATE, kept[:2]):
        wanted = next((np.array(s[name]) for s in case["steps"][k::-1] if name in s), array)
        if not (array == wanted).all():
            raise Mistake("changes-the-weights", f"`{name}` has changed: only training may do that. {where}")
    if out is None:
        if row["out"] != "ValueError":
            message = "In train mode there are fewer than two values for each feature, so they have no variance (or hardly one: "
            message += f"n - 1 is 0): raise a ValueError. {where}"
            raise Mistake("no-refusal", message, hint=1)
        if not same(kept[2], mean, 1e-9) or not same(kept[3], var, 1e-9):
            message = "A batch was refused with a ValueError, and yet the running statistics have moved: check first."
            raise Mistake("refused-but-kept", f"{message} {where}", [x.tolist() for x in kept[2:]], hint=1)
        return
    if row["out"] == "ValueError" and one["training"]:
        values = one["x"]["shape"][0] * math.prod(one["x"]["shape"][2:])
        message = f"A batch with {values} numbers for each feature was refused. Two are enough, and the places of a picture count, "
        raise Mistake("refuses-one-picture", f"{message}not the samples alone. {where}", hint=2)
    if row["out"] == "ValueError":
        message = (
            f"In eval mode no batch is too small: the running statistics are there. Look at `self.training`. {where}"
        )
        raise Mistake("eval-refuses", message, hint=1)
    got, dtype = array_in(row["out"], "the result", where), one["x"]["dtype"]
    tolerance = max(TOLERANCE[s["x"]["dtype"]] for s in case["steps"][: k + 1])  # float32 lives on in what is kept
    kept_right = same(kept[2], mean, tolerance) and same(kept[3], var, tolerance)
    if not same(got, out, tolerance) or not kept_right:
        explain(case, k, (got, *kept[2:]), right[k], tolerance, where)
    if row["out"]["dtype"] != dtype:
        message = (
            f"The result is {row['out']['dtype']}, but `x` is {dtype}. The float64 arrays of the layer make it so: "
        )
        raise Mistake("wrong-dtype", f"{message}convert at the end. {where}", row["out"]["dtype"], dtype, 3)
    if row["out"]["own"] is not True:
        message = "The result shares its memory with `x` or with an array of the layer. Return an array of its own."
        raise Mistake("shares-memory", f"{message} {where}")


def explain(case, k, got, right, tolerance, where):
    """Raise the Mistake of the first usual mistake that gives what came back, or one that says what is wrong."""
    off = next(j for j in range(3) if not same(got[j], right[j], tolerance))
    name = ("the result", "`running_mean`", "`running_var`")[off]
    shown = {"got": got[off].tolist(), "expected": right[off].tolist()}
    cut = case | {"steps": case["steps"][: k + 1]}
    for id, message, hint, change in SLIPS:
        if all(same(a, b, tolerance) for a, b in zip(got, run_of(cut, **change)[k])):
            raise Mistake(id, f"{message} {where}", **shown, hint=hint)
    if got[off].shape != right[off].shape:
        message = f"The shape of {name} is {got[off].shape}; {right[off].shape} was expected. {where}"
        raise Mistake("wrong-shape", message, **shown, hint=1)
    if not np.isfinite(got[off]).all():
        raise Mistake("not-finite", f"There is a nan or an inf in {name}. {where}", **shown, hint=3)
    if np.abs(case_numbers(case, k)).max(initial=0) > 50_000:
        message = f"{name[:1].upper()}{name[1:]} has lost its digits: the numbers lie far from 0, and the mean of x² minus the "
        message += (
            f"square of the mean is the difference of two huge numbers. Subtract the mean first, then square. {where}"
        )
        raise Mistake("digits-lost", message, **shown, hint=2)
    if off:
        mode = "train" if case["steps"][k]["training"] else "eval"
        message = f"{name} is wrong after a call in {mode} mode. {where}"
        raise Mistake("wrong-statistics", message, **shown, hint=2)
    raise Mistake("wrong-numbers", f"The result has the right shape, and wrong numbers. {where}", **shown, hint=1)


def case_numbers(case, k):
    return exact(case["steps"][k]["x"])

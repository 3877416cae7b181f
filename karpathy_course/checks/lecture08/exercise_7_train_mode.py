"""Exercise 08.7: two listings that leave a model in the wrong mode, to be repaired.

What counts are outcomes: the scores of each row, what has changed in the model, the modes afterwards, with an exception too.
The judge makes the same model and computes them itself. How the layers were called only helps to name a mistake.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np

SCORES, MODES, ERROR, FIT = "predictions", "every layer's mode", "an exception", "training and validation"


class TrainMode(Exercise):
    id = "08.7"
    title = "The model left in train mode"
    section = "The model left in train mode"
    why = "No error says that a model is in the wrong mode: it answers, a little worse, and differently each time."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    needs = ("predict_in_batches", "fit_and_validate")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "moded_layers"))
    properties = {SCORES: 0.3, MODES: 0.2, ERROR: 0.2, FIT: 0.3}
    leaves_out = {
        "no axis": "samples have rows and features",
        "an axis of size 0": "the listing is not meant for no samples, and stays so",
        "four axes": "samples have rows and features",
        "float32": "the layers of this exercise compute in float64",
        "numbers that do not lie one after the other": "what a layer computes does not depend on that",
    }
    task = """\
These two functions run without an error, and are wrong. `model` is a Module as in `nn` or in torch: `model(x)` gives scores of
shape `(n, classes)`; `model.train()` and `model.eval()` put it and every layer in it into one mode; each has an attribute
`training`, True or False, which may also be set; `model.modules()` goes through the model itself and all layers in it. Among
the layers are BatchNorm and Dropout.

```python
def predict_in_batches(model, x, batch_size=32):
    scores = []
    for start in range(0, len(x), batch_size):
        scores.append(model(x[start : start + batch_size]))
    return np.concatenate(scores)


def fit_and_validate(model, batches, x, y, epochs, update):
    model.train()
    accuracies = []
    for epoch in range(epochs):
        for batch in batches:
            update(model, *batch)
        model.eval()
        scores = predict_in_batches(model, x)
        accuracies.append(float((scores.argmax(axis=1) == y).mean()))
    return accuracies
```

Copy them into the cell and change a few lines, so that this holds:

* `predict_in_batches` calls the model with **every layer in eval mode**: the scores of a row do not depend on the other rows,
  nor on `batch_size`, and nothing in the model changes, neither running statistics nor Dropout's generator.
* Afterwards **each layer is in the mode in which it was before**. They need not all be in the same one: in
  fine-tuning a BatchNorm may stay in eval mode while the rest trains.
* This also holds if the model **raises an exception** in one of the batches. The exception goes on to the caller.
* `fit_and_validate` calls `update(model, *batch)` with every layer in **train mode, in every epoch**, whatever mode the model
  came in. `update` does one step of training. The accuracies are those of the model in eval mode, one after each epoch.
  At the end the model is in train mode."""
    hints = (
        "In which mode is the model in the second epoch, when update is called? And which mode does it have while "
        "predict_in_batches runs, if somebody calls that in the middle of a training?",
        "before = [(module, module.training) for module in model.modules()] remembers all modes. model.eval() comes next, and "
        "after the loop: for module, mode in before: module.training = mode. What happens to that line if the model raises?",
        "try: … finally: runs its last part with and without an exception, and lets the exception go on. With modes restored, "
        "model.eval() in fit_and_validate is not needed any more. model.train() at its start stays.",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, model, modes, n, batch_size=None, **more):
            features = model[0][1]
            count = 1 + sum(1 + len(part) if isinstance(part[0], list) else 1 for part in model)
            modes = [modes] * count if type(modes) is bool else modes(count)
            case = {"property": property, "model": model, "modes": modes, "_seed": rng.randrange(10**9), **more}
            case |= {"x": drawn(rng, [n, features])} | ({} if batch_size is None else {"batch_size": batch_size})
            cases.append(case)
            return case

        def mixed(count):
            modes = [rng.random() < 0.5 for _ in range(count)]
            modes[0], modes[1] = (True, False)[:: rng.choice((1, -1))]
            modes[-1] = not modes[1]  # the first layer and the last are Linear, or Norm: one kind in both modes
            return modes

        f, h, c = rng.sample((3, 4, 5, 6), 3)
        norms = [["linear", f, h], ["norm", h], ["relu"], ["linear", h, c]]
        drops = [["linear", f, h], ["relu"], ["dropout", 0.5], ["linear", h, c]]
        nested = [["linear", f, h], [["norm", h], ["relu"], ["dropout", 0.3]], ["linear", h, c], ["norm", c]]
        square = [["linear", 3, 3], ["norm", 3], ["dropout", 0.2], ["linear", 3, 3]]
        add(SCORES, norms, True, 8, 4)
        add(SCORES, drops, True, rng.randrange(5, 9), 3)
        add(SCORES, nested, True, 7, 3)
        add(SCORES, nested, True, 40)
        add(SCORES, norms, True, 1, 1)
        add(SCORES, square, True, 3, rng.choice((1, 5)))
        add(MODES, nested, False, 6, 4)
        for model in (nested, square, drops):
            add(MODES, model, mixed, rng.randrange(4, 8), 3)
        add(MODES, nested, lambda count: [False, *[True] * (count - 1)], 5, 2)
        add(MODES, nested, lambda count: [True, *[False] * (count - 1)], 5, 5)
        for modes, k in ((True, 1), (mixed, 2), (False, 3)):
            model = [["linear", f, h], ["norm", h], ["fails", k], ["dropout", 0.5], ["linear", h, c]]
            add(ERROR, model, modes, 9, 3)
        for model, modes, epochs in (
            (nested, True, 3),
            (norms, False, 2),
            (square, lambda count: [True, False, *mixed(count)[2:]], 2),  # the model itself says that all is well
            (drops, True, 1),
            (norms, False, 0),
        ):
            features, classes = model[0][1], 3 if model is square else c
            while True:
                batches = []
                for size in (4, rng.randrange(3, 6), 3)[: 2 + (model is nested)]:
                    labels = [rng.randrange(classes) for _ in range(size)]
                    batches.append(
                        [drawn(rng, [size, features]), {"shape": [size], "dtype": "int64", "numbers": labels}]
                    )
                labels = {"shape": [12], "dtype": "int64", "numbers": [k % classes for k in range(12)]}
                case = add(FIT, model, modes, 12, epochs=epochs, batches=batches, y=labels)
                if epochs < 2 or len(set(trained(case)[1])) > 1:  # one accuracy for all epochs must not be right
                    break
                cases.pop()
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.moded_layers import Trouble, model_of, modes_of, state_of, stepped
        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot, taken_apart

        def run():
            model, x = model_of(case), array_of(case["x"])
            batches = [tuple(array_of(part) for part in batch) for batch in case.get("batches", ())]
            y = array_of(case["y"]) if "y" in case else None
            found, before, out = {"out": None, "raised": False, "updates": []}, snapshot([x, batches, y]), None

            def update(model, *batch):
                found["updates"].append(modes_of(model))
                stepped(model, *batch)
                model.seen.pop()

            with np.errstate(all="ignore"):
                try:
                    if "y" in case:
                        out = namespace["fit_and_validate"](model, batches, x, y, case["epochs"], update)
                        found["out"] = list(out) if isinstance(out, (list, tuple)) else out
                    else:
                        more = {"batch_size": case["batch_size"]} if "batch_size" in case else {}
                        out = namespace["predict_in_batches"](model, x, **more)
                        found["out"] = None if out is None else taken_apart(out, [x])
                except Trouble:
                    found["raised"] = True
            found |= {"modes": modes_of(model), "state": state_of(model), "seen": model.seen, "rows": model.rows}
            return found | {"changed": snapshot([x, batches, y]) != before}, out

        (found, out), (again, other) = run(), run()
        shared = out is not None and out is other
        if isinstance(out, np.ndarray) and isinstance(other, np.ndarray):
            shared = shared or np.may_share_memory(out, other)
        return found | {"again": repr(again) == repr(found), "shared": bool(shared)}

    @staticmethod
    def judge(case, answer):
        keys = ("out", "raised", "updates", "modes", "state", "seen", "rows", "changed", "again", "shared")
        expect_dict(answer, keys)
        if answer["changed"] is not False:
            message = "`x`, `y` or the batches have changed: they belong to the caller, for the next epoch too."
            raise Mistake("changes-its-arguments", message)
        (judge_fit if case["property"] == FIT else judge_predictions)(case, answer)
        if answer["again"] is not True:
            message = (
                "A second call, with the same model made anew, gave something else: is something kept between calls?"
            )
            raise Mistake("second-call-differs", message)
        if answer["shared"] is not False:
            message = "A second call returned the very list or array of the first, and so changed it. Make a new one each time."
            raise Mistake("shares-memory", message)


def right_scores(case, model):
    """The scores of all rows in eval mode, computed at once."""
    modes = [module.training for module in model.modules()]
    model.eval()
    out = model(exact(case["x"]))
    for module, mode in zip(model.modules(), modes):
        module.training = mode
    return out


def kinds_of(model):
    return [type(module).__name__ for module in model.modules()]


def judge_predictions(case, answer):
    from karpathy_course.checks.shared.moded_layers import model_of, state_of

    model, size = model_of(case), case.get("batch_size", 32)
    given = ("layers in both modes", "all layers in train mode", "all layers in eval mode")[
        1 if all(case["modes"]) else 0 if any(case["modes"]) else 2
    ]
    where = f"({case['x']['shape'][0]} rows, batch_size {size}, {given}.)"
    if case["property"] == ERROR:
        judge_sizes(answer["rows"], size, where)
        if answer["raised"] is not True:
            message = f"The model raised an exception, and the caller never heard of it: let it go on. {where}"
            raise Mistake("swallows-the-exception", message, hint=3)
    elif answer["out"] is None:
        raise Mistake("wrong-type", f"`predict_in_batches` returned None: is a `return` missing? {where}", hint=1)
    else:
        expected, got = right_scores(case, model), array_in(answer["out"], "the scores", where)
        if got.shape != expected.shape:
            message = f"The scores have shape {got.shape}, and {expected.shape} was expected. {where}"
            raise Mistake("wrong-shape", message, got.shape, expected.shape, 1)
        with np.errstate(all="ignore"):
            near = bool((np.abs(got - expected) <= 1e-9 * max(1.0, float(np.abs(expected).max()))).all())
        if not near:
            explain_scores(answer["seen"], model, where, {"got": got.tolist(), "expected": expected.tolist()})
    judge_sizes(answer["rows"], size, where)
    state = state_of(model)
    if answer["modes"] != case["modes"]:
        explain_modes(case, answer["modes"], kinds_of(model), where)
    if answer["state"] != state:
        message = (
            "Something in the model has changed: running statistics, or Dropout's generator. In eval mode nothing does."
        )
        raise Mistake("changes-the-model", f"{message} {where}", hint=1)


def judge_sizes(rows, size, where):
    if type(rows) is not list or not all(type(n) is int and n <= size for n in rows):
        message = f"The model got a batch of more than {size} rows at once: there may be no room for so many. {where}"
        raise Mistake("batch-too-large", message, rows, f"at most {size}", 1)


def explain_scores(seen, model, where, shown):
    """Raise the Mistake that fits how the layers were called."""
    kinds = kinds_of(model)
    rows = [row for row in seen if type(row) is list and len(row) == len(kinds)] if type(seen) is list else []
    mixed = any(True in row and False in row for row in rows)
    trained = {kind for row in rows for kind, mode in zip(kinds, row) if mode is True and kind in ("Norm", "Dropout")}
    some_eval = any(mode is False for row in rows for mode in row)
    if trained and some_eval and not mixed:
        message = "The model was called in train mode too, before or between: that has moved its running statistics. "
        raise Mistake("changes-the-model", f"{message}{where}", **shown, hint=1)
    if trained and some_eval:
        message = "Some layers were still in train mode: the model's own attribute `training` does not reach the layers in it. "
        raise Mistake("layers-in-train-mode", f"{message}model.eval() does. {where}", **shown, hint=2)
    if "Norm" in trained:
        message = "The model was in train mode: its BatchNorm used the mean and variance of each batch, so the scores of a row "
        raise Mistake("in-train-mode", f"{message}depend on the rows beside it. {where}", **shown, hint=1)
    if "Dropout" in trained:
        message = "The model was in train mode: its Dropout has set numbers to 0, other ones at each call. "
        raise Mistake("in-train-mode", f"{message}{where}", **shown, hint=1)
    raise Mistake(
        "wrong-scores", f"Those are not the model's scores, row by row in the order of `x`. {where}", **shown, hint=1
    )


def explain_modes(case, modes, kinds, where):
    """Raise the Mistake that fits the modes in which the layers were left."""
    before = case["modes"]
    shown = {
        "got": dict(zip(numbered(kinds), modes)) if type(modes) is list else modes,
        "expected": dict(zip(numbered(kinds), before)),
    }
    if case["property"] == ERROR:
        message = "After the exception the layers are not in the modes in which they were before. A line after the loop is not "
        message += "reached then. "
        raise Mistake("not-restored-after-an-exception", f"{message}{where}", **shown, hint=3)
    if not any(before):
        message = f"The model came in eval mode, and was left in train mode. Put back what was there before. {where}"
        raise Mistake("always-train-mode", message, **shown, hint=2)
    if all(before) and type(modes) is list and not any(modes):
        message = f"The model was left in eval mode: what trains next, trains with BatchNorm frozen and without Dropout. {where}"
        raise Mistake("left-in-eval-mode", message, **shown, hint=2)
    message = "Not every layer is in the mode in which it was before. They need not all be in one mode: remember that of each, and "
    message += f"of the model itself. {where}"
    raise Mistake("one-mode-for-all", message, **shown, hint=2)


def numbered(kinds):
    return [f"{k} {'model' if k == 0 else kind}" for k, kind in enumerate(kinds)]


def trained(case):
    """The model after the epochs of a case, and the accuracies."""
    from karpathy_course.checks.shared.moded_layers import model_of, stepped
    from karpathy_course.checks.shared.plain_arrays import array_of

    model, y, accuracies = model_of(case), exact(case["y"]).astype(int), []
    model.train()
    batches = [[array_of(part) for part in batch] for batch in case["batches"]]
    with np.errstate(all="ignore"):
        for _ in range(case["epochs"]):
            for batch in batches:
                stepped(model, *batch)
            accuracies.append(float((right_scores(case, model).argmax(axis=1) == y).mean()))
    return model, accuracies


def judge_fit(case, answer):
    from karpathy_course.checks.shared.moded_layers import state_of

    model, expected = trained(case)
    every, per_epoch = case["epochs"] * len(case["batches"]), len(case["batches"])
    where = f"({case['epochs']} epochs of {per_epoch} batches.)"
    if answer["out"] is None:
        raise Mistake("wrong-type", f"`fit_and_validate` returned None: is a `return` missing? {where}", hint=1)
    updates = expect_list(answer["updates"], what="the list of updates")
    for k, modes in enumerate(updates):
        if type(modes) is not list or not all(mode is True for mode in modes):
            epoch = k // max(1, per_epoch) + 1
            if epoch > 1:
                message = (
                    f"In epoch {epoch} `update` was called with layers in eval mode: validation changes the mode, so "
                )
                message += "put the model back into train mode after it."
                raise Mistake("trains-in-eval-mode", f"{message} {where}", hint=1)
            message = "`update` was called with layers in eval mode in the first epoch: model.train() comes before it, whatever mode "
            raise Mistake("begins-in-eval-mode", f"{message}the model came in. {where}", hint=1)
    if len(updates) != every:
        message = f"`update` was called {len(updates)} times; {every} times was expected. {where}"
        raise Mistake("wrong-number-of-updates", message, len(updates), every, 1)
    accuracies, shown = (
        expect_list(answer["out"], what="what fit_and_validate returned"),
        {"got": answer["out"], "expected": expected},
    )
    if any(True in row for row in answer["seen"] if type(row) is list) if type(answer["seen"]) is list else True:
        message = "The model was validated in train mode: the accuracy depends on chance, and the validation samples have moved "
        raise Mistake("validates-in-train-mode", f"{message}the running statistics. {where}", **shown, hint=1)
    if answer["state"] != state_of(model):
        message = "At the end the model is another than after the updates alone: something else has changed it. "
        raise Mistake("changes-the-model", f"{message}{where}", hint=1)
    if len(accuracies) != len(expected) or any(
        type(a) is not float or abs(a - b) > 1e-9 for a, b in zip(accuracies, expected)
    ):
        message = f"Those are not the accuracies on `x` and `y`, as floats, one after each epoch. {where}"
        raise Mistake("wrong-accuracies", message, **shown, hint=1)
    if type(answer["modes"]) is not list or not answer["modes"] or not all(mode is True for mode in answer["modes"]):
        message = f"At the end the model has to be in train mode, with every layer. {where}"
        raise Mistake("left-in-eval-mode", message, answer["modes"], hint=2)

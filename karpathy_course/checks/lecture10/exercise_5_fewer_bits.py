"""Exercise 10.5: a step in mixed precision, and a loss scaler by hand.

What had how many bits is seen from outside: hooks on the layers, the loss function that the probe hands in, the gradients and
the weights. Bfloat16 keeps eight bits, so the judge compares with a step in float64 within a tolerance. The scaler's
arithmetic is exact, powers of two all of it, and the judge does it again: on drawn gradients, some of them infinite, and on
gradients that go through float16.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first
from karpathy_course.checks.lecture10.exercise_2_any_device import slopes_of

STEP, SCALER, HALF = "a step in mixed precision", "the scaler", "gradients in float16"
NEAR = 0.12  # of the largest change; calibrated: see the draws


class FewerBits(Exercise):
    id = "10.5"
    title = "Fewer bits"
    section = "Fewer bits"
    why = "Half the bits can more than double the speed on hardware made for them, if what needs 32 bits keeps them."
    difficulty, importance, minutes, points = 4, 4, 40, 6
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("mixed_step", "LossScaler")
    libraries = ("numpy", "torch")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("torch_tensors", "watched_tensors"))
    properties = {STEP: 0.4, SCALER: 0.4, HALF: 0.2}
    leaves_out = dict.fromkeys(
        ("zero", "minus one", "negative", "two equal numbers"), "a scale and its factors are different numbers above 0"
    )
    task = """\
**One step in bfloat16.** Write `mixed_step(model, loss_function, optimizer, x, y)`: one step of training on the CPU in mixed precision,
which returns the loss, a float32 tensor without axes and without a graph.

* The model computes under `torch.autocast("cpu", dtype=torch.bfloat16)`: its matrix products have bfloat16 results.
* `loss_function(scores, y)` is called **outside** of autocast and gets **float32** scores: a logarithm or a sum of many numbers
  needs more than eight bits. The backward pass does not run under autocast either.
* The model's parameters and their gradients stay float32 ("master weights": a step that is smaller than 1/512 of a weight is
  lost in bfloat16). Gradients of earlier steps are not added. `x` is float32, and stays so.

**A scaler for float16.** Bfloat16 has the exponents of float32. Float16 has not: what is smaller than 3·10⁻⁸ becomes 0, what is
larger than about 65 504 becomes infinite. So the loss is multiplied by a large number before the backward pass, and the gradients are
divided by it afterwards. How large? The class finds it by trying:

* `LossScaler(scale, growth, backoff, interval)` has the attribute `scale`, a float. (`torch.amp.GradScaler` begins with 65 536, and
  takes 2, 0.5 and 2 000 for the others.)
* `scaler.scaled(loss)` returns the loss times `scale`, with its graph; the loss itself stays.
* `scaler.step(optimizer)`, after the backward pass, goes through all gradients (`p.grad` of each `p` in
  `group["params"]` of each `group` in `optimizer.param_groups`; some are None) and divides them by `scale`, in place. If
  **every number in them is finite**, it calls `optimizer.step()` and returns True. Otherwise no step is made, `scale` is multiplied by
  `backoff`, and it returns False.
* After `interval` steps in a row `scale` is multiplied by `growth`, and counting starts again; it also starts again after a step
  that was left out.

Beware: a sum of finite numbers can be infinite."""
    hints = (
        "with torch.autocast(\"cpu\", dtype=torch.bfloat16): scores = model(x). The block ends there: scores.float(), the loss, "
        "backward() and the step come after it.",
        "finite = all(torch.isfinite(p.grad).all() for …) has to have looked at every gradient before the optimizer does a "
        "step. It does not matter whether you look before or after the division.",
        "self.count counts steps in a row. Finite: optimizer.step(), count += 1, and if count == interval: scale *= growth, count = "
        "0. Not finite: scale *= backoff, count = 0. Return which of the two it was, as a bool.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []
        f, h, c = rng.sample((2, 3, 4, 5), 3)
        for sizes, n, steps, rate in (
            ((f, h, c), 6, 1, 0.3), ((h, f, f), 5, 3, 0.2), ((c, 1, h), 1, 2, 0.4), ((f, h, c), 7, 4, 2.0**-11),
        ):  # fmt: skip
            cases.append({"property": STEP, "rate": rate} | network(rng, *sizes, n, steps))
        for growth, backoff, interval in (
            (2.0, 0.5, rng.randrange(2, 4)),
            (4.0, 0.25, 1),
            (2.0, 0.125, 4),
        ):
            first = 1.0 if interval == 4 else 2.0 ** rng.randrange(3, 9)  # at 1, the sum is infinite after dividing too
            cases.append({"property": SCALER} | drawn_gradients(rng, first, growth, backoff, interval))
        for _ in range(2):
            first = 2.0 ** rng.randrange(14, 18)
            exponents = [rng.uniform(-27, -20) for _ in range(3)] + [rng.uniform(2, 4)]
            vectors = [[rng.choice((-1, 1)) * 2.0 ** (e + rng.uniform(-1, 1)) for e in exponents] for _ in range(9)]
            cases.append({"property": HALF, "scale": first, "growth": 2.0, "backoff": 0.5, "interval": 3, "rate": 1.0,
                          "vectors": vectors, "weights": [rng.uniform(-1, 1) / 2**20 for _ in range(4)]})  # fmt: skip
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import numpy as np
        import torch

        from karpathy_course.checks.runner.plain_data import describe
        from karpathy_course.checks.shared.torch_tensors import kept_states, taken, tensor_of
        from karpathy_course.checks.shared.watched_tensors import Descent

        def scaler_of(case):
            return namespace["LossScaler"](case["scale"], case["growth"], case["backoff"], case["interval"])

        def told(scaler):
            return scaler.scale if type(scaler.scale) is float else describe(scaler.scale)

        def bits(tensor):
            return str(tensor.dtype).removeprefix("torch.")

        def depth():
            torch.autocast_increment_nesting()
            return torch.autocast_decrement_nesting()

        def mixed():
            w = {name: tensor_of(part) for name, part in case["weights"].items()}
            (hidden, features), classes = w["w1"].shape, len(w["b2"])
            layers = [torch.nn.Linear(features, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, classes)]
            model = torch.nn.Sequential(*layers)
            with torch.no_grad():
                for p, part in zip(model.parameters(), w.values()):
                    p.copy_(part)
            optimizer, found = Descent(model.parameters(), case["rate"]), {"steps": []}
            held = list(model.parameters())
            for x, y in case["batches"]:
                x, y, seen = tensor_of(x), tensor_of(y), {"layers": [], "backward": []}
                before = taken(x), taken(y)
                hooks = [layers[k].register_forward_hook(lambda m, i, out, seen=seen: seen["layers"].append(bits(out)))
                         for k in (0, 2)]  # fmt: skip
                hooks.append(held[0].register_hook(
                    lambda g, seen=seen: seen["backward"].append(torch.is_autocast_enabled("cpu"))))  # fmt: skip

                def loss_function(scores, y, seen=seen):
                    seen |= {"scores": bits(scores), "loss_under": torch.is_autocast_enabled("cpu")}
                    loss = torch.nn.functional.cross_entropy(scores, y)
                    seen["loss"] = taken(loss)["numbers"]
                    return loss

                out = namespace["mixed_step"](model, loss_function, optimizer, x, y)
                for hook in hooks:
                    hook.remove()
                seen["out"] = taken(out)
                seen["left"] = torch.is_autocast_enabled("cpu")
                seen["changed"] = (taken(x), taken(y)) != before
                seen["weights"] = [taken(p) for p in model.parameters()]
                seen["gradients"] = [
                    taken(p.grad)["dtype"] if p.grad is not None else "none" for p in model.parameters()
                ]
                seen["same"] = all(p is q for p, q in zip(held, model.parameters()))
                found["steps"].append(seen | {"made": optimizer.steps})
            return found

        def scaled_gradients():
            scaler, other = scaler_of(case), namespace["LossScaler"](4.0, 2.0, 0.5, 1)
            shapes = case["shapes"]
            ps = [torch.nn.Parameter(tensor_of(part)) for part in shapes]
            optimizer = Descent(ps[:2], case["rate"])
            optimizer.param_groups.append({"params": ps[2:], "lr": case["rate"]})
            found = []
            for parts in case["gradients"]:
                for p, part in zip(ps, parts):
                    p.grad = None if part is None else tensor_of(part)
                given = [p.grad for p in ps]
                loss = torch.tensor(case["loss"], requires_grad=True)
                out = scaler.scaled(loss)
                entry = {"scaled": taken(out), "loss": loss.item(), "graph": out.grad_fn is not None}
                stepped = scaler.step(optimizer)
                entry |= {"stepped": stepped if type(stepped) is bool else describe(stepped), "scale": told(scaler)}
                entry |= {"weights": [taken(p) for p in ps], "steps": optimizer.steps}
                entry["in_place"] = all(p.grad is part for p, part in zip(ps, given))
                entry["gradients"] = [None if p.grad is None else taken(p.grad) for p in ps]
                found.append(entry)
            return {"steps": found, "other": told(other)}

        def through_float16(gradient):
            """By NumPy: PyTorch asks /proc what the processor can do first, and in a sandbox there is none."""
            with np.errstate(over="ignore"):
                return torch.from_numpy(gradient.numpy().astype("float16").astype("float32"))

        def in_half():
            scaler, found = scaler_of(case), []
            w = torch.nn.Parameter(torch.tensor(case["weights"]))
            optimizer = Descent([w], case["rate"])
            w.register_hook(through_float16)
            for vector in case["vectors"]:
                optimizer.zero_grad()
                loss = (w * torch.tensor(vector)).sum()
                scaler.scaled(loss).backward()
                stepped = scaler.step(optimizer)
                found.append([bool(stepped), told(scaler), taken(w)])
            return {"steps": found}

        with kept_states():
            under, before = torch.is_autocast_enabled("cpu"), depth()
            kinds = {
                "a step in mixed precision": mixed,
                "the scaler": scaled_gradients,
                "gradients in float16": in_half,
            }
            try:
                return kinds[case["property"]]()
            finally:
                torch.set_autocast_enabled("cpu", under)
                while depth() > before:  # entered and never left: it would keep its copies of weights for ever
                    torch.autocast_decrement_nesting()
                torch.clear_autocast_cache()

    @staticmethod
    def judge(case, answer):
        {STEP: judge_mixed, SCALER: judge_scaler, HALF: judge_half}[case["property"]](case, answer)


def network(rng, f, h, c, n, steps):
    """First weights and a batch for each step."""
    weights = {
        "w1": drawn(rng, [h, f], "float32"), "b1": drawn(rng, [h], "float32"),
        "w2": drawn(rng, [c, h], "float32"), "b2": drawn(rng, [c], "float32"),
    }  # fmt: skip
    batches = []
    for _ in range(steps):
        labels = [rng.randrange(c) for _ in range(n)]
        batches.append([drawn(rng, [n, f], "float32"), {"shape": [n], "dtype": "int64", "numbers": labels}])
    return {"weights": weights, "batches": batches}


def drawn_gradients(rng, first, growth, backoff, interval):
    """Gradients of several steps: in some of them one number is not finite, in one a sum alone is."""
    shapes = [[2, 3], [3], [], [1, 2]]
    rows, good = [], interval
    pattern = [1] * (good + 1) + [0] + [1] * (good - 1 if good > 1 else 1) + [0, 0] + [1] * (2 * good)
    places = ["inf", "-inf", "nan"]
    rng.shuffle(places)
    for k, finite in enumerate(pattern):
        row = [drawn(rng, shape, "float32") for shape in shapes]
        if not finite:
            part = row[(3, 1, 2)[sum(1 - p for p in pattern[:k])]]
            part["numbers"][rng.randrange(len(part["numbers"]))] = float(places[sum(1 - p for p in pattern[:k])])
        rows.append(row)
    rows[1][1]["numbers"] = [3e38, 3e38, -1.0]
    rows[2][0] = None
    case = {
        "scale": first,
        "growth": growth,
        "backoff": backoff,
        "interval": interval,
        "gradients": rows,
    }
    case |= {"shapes": [drawn(rng, shape, "float32") for shape in shapes], "rate": rng.uniform(0.1, 0.5)}
    return case | {"loss": rng.uniform(0.1, 3)}


def judge_mixed(case, answer):
    entries = expect_list(expect_dict(answer, ("steps",))["steps"], len(case["batches"]), "the list of steps")
    n = case["batches"][0][1]["shape"][0]
    places = [f"(Step {k + 1} of {len(entries)}, {n} samples.)" for k in range(len(entries))]
    for k, (seen, where) in enumerate(zip(entries, places)):
        keys = ("layers", "backward", "out", "left", "changed", "weights", "gradients", "same", "made")
        expect_dict(seen, keys)
        judge_dtypes(seen, where)
        if seen["made"] != k + 1:
            message = f"optimizer.step() was not called once a step. {where}"
            raise Mistake("wrong-number-of-steps", message, seen["made"], k + 1, 1)
    right, losses = trained(case)
    found = [array_in(part, "a weight") for part in expect_list(entries[-1]["weights"], 4, "the weights")]
    if not near(case, found, right):
        explain_weights(case, found, right, places[-1])
    for seen, loss, where in zip(entries, losses, places):
        got = array_in(seen["out"], "the loss", where)
        if got.shape != () or [float(got)] != seen.get("loss"):
            message = f"The loss that you return is not the one that `loss_function` gave. {where}"
            raise Mistake("wrong-loss", message, got.tolist(), seen.get("loss"), 1)
        if not abs(float(got) - loss) <= 0.05 * max(1.0, loss):
            message = f"That is not the loss of this batch, from before the step. {where}"
            raise Mistake("wrong-loss", message, float(got), loss, 1)


def trained(case, sum_up=False):
    """The weights after all steps in float64, and the loss before each."""
    w, losses = [exact(part) for part in case["weights"].values()], []
    kept = [0.0 * part for part in w]
    for x, y in case["batches"]:
        loss, _, slopes = slopes_of(w, exact(x), exact(y).astype(int))
        kept = [a + b for a, b in zip(kept, slopes)] if sum_up else slopes
        w = [part - case["rate"] * slope for part, slope in zip(w, kept)]
        losses.append(loss)
    return w, losses


def near(case, found, right):
    """Whether weights are where they should be, within a share of the largest change of any."""
    start = [exact(part) for part in case["weights"].values()]
    bound = NEAR * max(float(np.abs(b - was).max()) for b, was in zip(right, start)) + 1e-6
    with np.errstate(all="ignore"):
        return all(a.shape == b.shape and bool((np.abs(a - b) <= bound).all()) for a, b in zip(found, right))


def judge_dtypes(seen, where):
    layers = seen["layers"] if type(seen["layers"]) is list else []
    if "scores" not in seen:
        raise Mistake("no-loss", f"`loss_function` was not called. {where}", hint=1)
    if seen["gradients"] == ["none"] * 4:
        message = "After the step the model has no gradients: zero them before the backward pass, and leave the new ones there."
        raise Mistake("no-gradients", f"{message} {where}", hint=1)
    for name, kinds in (("parameters", [part.get("dtype") for part in seen["weights"] if type(part) is dict]
                         if type(seen["weights"]) is list else []), ("gradients", seen["gradients"])):  # fmt: skip
        if type(kinds) is not list or any(kind != "float32" for kind in kinds) or seen["same"] is not True:
            message = f"After the step the model's {name} are not the float32 ones any more. Autocast makes bfloat16 copies for the "
            raise Mistake(
                "no-master-weights", f"{message}products by itself: the model stays as it is. {where}", kinds, hint=1
            )
    if len(layers) > 2 and len(layers) % 2 == 0:
        message = (
            "The model was called more than once in a step. The loss is that from before the step: once is enough."
        )
        raise Mistake("calls-the-model-again", f"{message} {where}", len(layers) // 2, 1, 1)
    if len(layers) != 2 or any(kind != "bfloat16" for kind in layers):
        message = f"The layers' results were {', '.join(map(str, layers))[:60]}; under autocast with bfloat16 they are bfloat16."
        raise Mistake("not-in-bfloat16", f"{message} {where}", layers, ["bfloat16"] * 2, 1)
    if seen.get("loss_under") is not False:
        message = "`loss_function` was called under autocast, which turns numbers into bfloat16 again. Call it after the block."
        raise Mistake("loss-under-autocast", f"{message} {where}", hint=1)
    if seen["scores"] != "float32":
        message = f"`loss_function` got {seen['scores']!s:.20} scores. They have to be float32: scores.float()."
        raise Mistake("loss-in-bfloat16", f"{message} {where}", seen["scores"], "float32", 1)
    backward = seen["backward"] if type(seen["backward"]) is list else []
    if any(under is not False for under in backward):
        raise Mistake(
            "backward-under-autocast", f"The backward pass ran under autocast. Call it after the block. {where}", hint=1
        )
    if seen["left"] is not False:
        message = f"Autocast was still on when your function had returned: use it as a `with` block. {where}"
        raise Mistake("autocast-left-on", message, hint=1)
    if seen["changed"] is not False:
        raise Mistake("changes-its-arguments", f"`x` or `y` has changed. {where}", hint=1)
    out = seen["out"]
    if type(out) is not dict or out.get("dtype") != "float32" or out.get("shape") != []:
        what = (
            out.get("what") or f"{out.get('dtype')} of shape {out.get('shape')}"
            if type(out) is dict
            else "something else"
        )
        message = (
            f"A float32 tensor without axes was expected as the loss; your function returned {what!s:.60}. {where}"
        )
        raise Mistake("wrong-result", message, hint=1)
    if out.get("graph") is not False:
        message = f"The loss that you return still has its graph, which keeps the whole step in memory: loss.detach(). {where}"
        raise Mistake("keeps-the-graph", message, hint=1)


def explain_weights(case, found, right, where):
    shown = {"got": [a.tolist() for a in found], "expected": [b.tolist() for b in right]}
    with np.errstate(all="ignore"):
        short = [(a.astype("float32").view("uint32") & 0xFFFF == 0).all() for a in found]
    if all(short):
        message = "The weights are rounded to bfloat16: steps that are smaller than 1/512 of a weight are lost. Keep the weights float32."
        raise Mistake("small-steps-lost", f"{message} {where}", **shown, hint=1)
    if len(case["batches"]) > 1 and near(case, found, trained(case, sum_up=True)[0]):
        message = f"The gradients of all steps have added up: zero them in each. {where}"
        raise Mistake("sums-gradients", message, **shown, hint=1)
    message = "After the steps the weights are not where they should be, by more than bfloat16 explains."
    raise Mistake("wrong-weights", f"{message} {where}", **shown, hint=1)


def judge_scaler(case, answer):
    expect_dict(answer, ("steps", "other"))
    entries = expect_list(answer["steps"], len(case["gradients"]), "the list of steps")
    scale, interval = case["scale"], case["interval"]
    count, made = 0, 0
    weights = [exact(part) for part in case["shapes"]]
    settings = f"growth={case['growth']:g}, backoff={case['backoff']:g}, interval={interval}"
    for k, (parts, entry) in enumerate(zip(case["gradients"], entries)):
        where = f"(Step {k + 1}; scale was {scale:g}, {count} steps in a row; {settings}.)"
        expect_dict(entry, ("scaled", "loss", "graph", "stepped", "scale", "weights", "steps", "gradients", "in_place"))
        judge_scaled(case, entry, scale, where)
        bad = [x for part in parts if part for x in part["numbers"] if not np.isfinite(np.float32(x))]
        if not bad:
            weights = [w if part is None else w - case["rate"] * exact(part) / scale for w, part in zip(weights, parts)]
        made += not bad
        if entry["steps"] != made:
            judge_made(parts, bad, entry["steps"], made, where)
        if type(entry["stepped"]) is not bool or entry["stepped"] is not (not bad):
            message = (
                f"`step` returned {entry['stepped']!s:.40}; {not bad} was expected: whether a step was made. {where}"
            )
            raise Mistake("wrong-answer-of-step", message, entry["stepped"], not bad, 3)
        judge_gradients(parts, entry, scale, bad, where)
        if not bad and entry["in_place"] is not True:
            message = "`p.grad` is another tensor after `step` than before: divide in place, as in p.grad.div_(…) or p.grad /= …"
            raise Mistake("not-in-place", f"{message} {where}", hint=2)
        for w, part in zip(weights, expect_list(entry["weights"], len(weights), "the weights")):
            got = array_in(part, "a weight", where)
            if got.shape != w.shape or not (np.abs(got - w) <= 1e-5 * max(1.0, np.abs(w).max())).all():
                raise Mistake("wrong-weights", f"The weights are not where the unscaled gradients take them. {where}",
                              got.tolist(), w.tolist(), 2)  # fmt: skip
        was, before = scale, count
        scale, count = (scale * case["backoff"], 0) if bad else (scale, count + 1)
        if count == interval:
            scale, count = scale * case["growth"], 0
        if entry["scale"] != scale:
            judge_scale(case, entry["scale"], scale, was, before, bad, interval, where)
    if answer["other"] != 4.0:
        message = "Another LossScaler, which did nothing, has changed its scale: two objects share it."
        raise Mistake("shared-between-objects", message, answer["other"], 4.0, 3)


def judge_scaled(case, entry, scale, where):
    got = array_in(entry["scaled"], "scaled(loss)", where)
    right = case["loss"] * scale
    if got.shape != () or not abs(float(got) - right) <= 1e-5 * right:
        message = f"scaled(loss) is not the loss times the scale. {where}"
        raise Mistake("wrong-scaling", message, got.tolist(), right, 3)
    if entry["graph"] is not True:
        message = f"No graph hangs on scaled(loss), so there is nothing to go back through: multiply the tensor itself. {where}"
        raise Mistake("scaled-without-graph", message, hint=3)
    if type(entry["loss"]) is not float or abs(entry["loss"] - case["loss"]) > 1e-6:
        raise Mistake("changes-its-arguments", f"`scaled` has changed the loss itself. {where}", hint=3)


def judge_made(parts, bad, steps, made, where):
    if bad and type(steps) is int and steps > made:
        kind = "nan" if any(x != x for x in bad) else "inf"
        message = (
            f"One number of a gradient was {kind}, and the optimizer made a step: the weights are spoilt for good."
        )
        raise Mistake("steps-on-inf", f"{message} {where}", hint=2)
    large = any(part and sum(part["numbers"]) > 3.5e38 for part in parts)
    if large and not bad:
        message = "All gradients were finite, and no step was made. Their sum is infinite: look at each number."
        raise Mistake("looks-at-a-sum", f"{message} {where}", hint=2)
    if any(part is None for part in parts) and not bad:
        raise Mistake(
            "no-step-without-a-gradient", f"One gradient was None, and no step was made: leave it out. {where}", hint=2
        )
    raise Mistake(
        "wrong-number-of-steps", f"optimizer.step() has to be called once, if all is finite. {where}", steps, made, 2
    )


def judge_gradients(parts, entry, scale, bad, where):
    gradients = expect_list(entry["gradients"], len(parts), "the gradients")
    for part, got in zip(parts, gradients):
        if part is None or bad:
            continue
        right, got = exact(part) / scale, array_in(got, "a gradient", where)
        if got.shape != right.shape or not (np.abs(got - right) <= 1e-6 * np.abs(right) + 1e-12).all():
            message = f"After `step` a gradient is not what it was divided by the scale. {where}"
            if got.shape == right.shape and (np.abs(got - exact(part)) <= 1e-6 * np.abs(exact(part)) + 1e-12).all():
                message = f"The gradients were not divided by the scale: the optimizer's step is {scale:g} times too long. {where}"
                raise Mistake("not-unscaled", message, hint=2)
            raise Mistake("wrong-gradients", message, got.tolist(), right.tolist(), 2)


def judge_scale(case, got, scale, was, before, bad, interval, where):
    shown = {"got": got, "expected": scale, "hint": 3}
    if type(got) is not float:
        raise Mistake("wrong-type", f"`scale` is {got!s:.40}; a float was expected. {where}", **shown)
    if bad:
        if got == was:
            raise Mistake(
                "no-backoff", f"A step was left out, and the scale stayed as large as it was. {where}", **shown
            )
        message = "After a step that was left out the scale has to be multiplied by backoff, and nothing else."
        raise Mistake("wrong-backoff", f"{message} {where}", **shown)
    if before + 1 == interval:
        if got == was:
            raise Mistake(
                "no-growth", f"That was the last of {interval} steps in a row: the scale has to grow. {where}", **shown
            )
        raise Mistake("wrong-growth", f"The scale has to be multiplied by growth. {where}", **shown)
    message = (
        "The scale has grown before there were so many steps in a row. Counting starts again after a step that was "
    )
    raise Mistake("grows-too-early", f"{message}left out, and when the scale has grown. {where}", **shown)


def judge_half(case, answer):
    entries = expect_list(expect_dict(answer, ("steps",))["steps"], len(case["vectors"]), "the list of steps")
    w, scale, count = np.array(case["weights"], "float32"), case["scale"], 0
    for k, (vector, entry) in enumerate(zip(case["vectors"], entries)):
        where = f"(Step {k + 1}; scale was {scale:g}. The gradients went through float16.)"
        with np.errstate(over="ignore"):
            slope = (np.array(vector, "float32") * np.float32(scale)).astype("float16").astype("float32")
        finite = bool(np.isfinite(slope).all())
        w = w - case["rate"] * slope / scale if finite else w
        scale, count = (scale, count + 1) if finite else (scale * case["backoff"], 0)
        if count == case["interval"]:
            scale, count = scale * case["growth"], 0
        stepped, told, part = expect_list(entry, 3, "a step")
        got = array_in(part, "the weights", where)
        if stepped is not finite or told != scale:
            raise Mistake(
                "wrong-course",
                f"The scale does not go the way that it should. {where}",
                [stepped, told],
                [finite, scale],
                3,
            )
        if got.shape != w.shape or not (np.abs(got - w) <= 1e-6 * np.abs(w) + 1e-12).all():
            raise Mistake(
                "wrong-weights",
                f"The weights are not where the gradients take them. {where}",
                got.tolist(),
                w.tolist(),
                2,
            )

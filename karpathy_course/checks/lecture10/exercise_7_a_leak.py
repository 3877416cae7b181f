"""Exercise 10.7: a loop that needs more memory with every step, to be repaired without changing a number that it returns.

The model that the probe hands in counts the graphs that are alive, whenever the loop asks for the next batch and when it has
returned. The judge trains the same model in NumPy, and looks at what is returned: a number with a graph on it, or a view
that keeps a whole batch in memory, has a name.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first

GRAPHS, RETURNED, NUMBERS = "no graph of an earlier step", "what is returned is small", "the same numbers"
KEYS = ("history", "average", "largest", "first", "validation")


class Leak(Exercise):
    id = "10.7"
    title = "A leak"
    section = "A leak"
    why = "A number that remembers how it was computed keeps every tensor that it was computed from."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("train_and_report",)
    libraries = ("numpy", "torch")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("torch_tensors", "counted_graphs"))
    properties = {GRAPHS: 0.5, RETURNED: 0.25, NUMBERS: 0.25}
    allows = dict.fromkeys(
        ("hands back one list each time", "loses its last entry", "says its first entry twice"),
        "its result is a dict, in which this changes nothing",
    )
    task = """\
This function runs, its loss falls, and after some hours it ends with “out of memory”, because every step leaves something
behind. `batches` and `validation` give pairs `(x, y)` of float32 tensors, `x` of shape `(n, features)` and `y` of shape
`(n, outputs)`. There may be no batch at all in `batches`; in `validation` there is at least one.

```python
def train_and_report(model, batches, validation, optimizer):
    history, average, largest, first = [], 0.0, None, []
    for x, y in batches:
        scores = model(x)
        loss = nn.functional.mse_loss(scores, y)
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        history.append(loss)
        average = 0.9 * average + 0.1 * loss
        if largest is None or loss > largest:
            largest = loss
        first.append(scores[0])
    errors = [(model(x) - y).abs().mean() for x, y in validation]
    return {"history": history, "average": average, "largest": largest, "first": first,
            "validation": sum(errors) / len(errors)}
```

Copy it into the cell and repair it. Afterwards this holds:

* Whenever the loop asks for the next batch, **no graph but the last step's** is alive (that one may be, because `loss` still
  names it). When the function has returned, none is.
* The backward pass frees what it needed: no graph is kept for a second one. Validation builds **no graph at all**.
* It returns a dict with the same keys and the same numbers: `history`, a list of **floats**; `average`, `largest` and
  `validation`, floats (`largest` is None without a batch); `first`, a list of **tensors** `(outputs,)`, the scores of the first
  sample of each batch, before its step. These tensors have no graph, and **no more memory than their own numbers need**.

The tensors in `batches` and `validation`, and the model's mode, stay as they are."""
    hints = (
        "Which names live on from one step to the next? history, average, largest and first. Each holds tensors that came out of a "
        "computation, and with them all of it. loss.item() is a float, which remembers nothing.",
        "average = 0.9 * average + 0.1 * loss is a chain: each average holds the one before it. And scores[0].detach() has no graph, but "
        "it is a view: it keeps the memory of all rows.",
        "value = loss.item() once, and use it three times; scores[0].detach().clone(); loss.backward() without retain_graph; with "
        "torch.no_grad(): around the validation, and .item() there too.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, sizes, others, f, o):
            case = {"property": property, "rate": rng.uniform(0.05, 0.15), "train": len(cases) % 2 == 0}
            case |= {"weight": drawn(rng, [o, f], "float32"), "bias": drawn(rng, [o], "float32")}
            for name, many in (("batches", sizes), ("validation", others)):
                case[name] = [[drawn(rng, [n, f], "float32"), drawn(rng, [n, o], "float32")] for n in many]
            cases.append(case)

        f, o = rng.sample((2, 3, 4), 2)
        many = rng.randrange(5, 8)
        add(GRAPHS, [4] * many, [3, 4], f, o)
        add(GRAPHS, [1, 1, 1], [1], 1, 1)
        add(RETURNED, [rng.randrange(4, 7), 3, 5], [2, 3, 5], o, f)
        add(RETURNED, [2], [2], f, 1)
        for sizes in ([3, 1, 4, 2], [rng.randrange(2, 5)] * 4):
            while True:
                add(NUMBERS, sizes, [1, rng.randrange(2, 5)], f, f)
                losses = report(cases[-1])["history"]
                if max(losses) not in (losses[0], losses[-1]):
                    break
                cases.pop()
        add(NUMBERS, [], [rng.randrange(1, 4)], f, o)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import torch

        from karpathy_course.checks.shared.counted_graphs import Counted, Fetched, Mark, Stepping
        from karpathy_course.checks.shared.torch_tensors import kept_states, taken, tensor_of

        def told(thing):
            return thing if thing is None or type(thing) is float else taken(thing)

        def run():
            model = Counted(tensor_of(case["weight"]), tensor_of(case["bias"])).train(case["train"])
            optimizer = Stepping(model, case["rate"])
            pairs = {name: [tuple(map(tensor_of, pair)) for pair in case[name]] for name in ("batches", "validation")}
            before = {name: [list(map(taken, pair)) for pair in pairs[name]] for name in pairs}
            start, batches, validation = Mark.alive, Fetched(pairs["batches"]), Fetched(pairs["validation"])
            out = namespace["train_and_report"](model, batches, validation, optimizer)
            model.last, off = None, not torch.is_grad_enabled()
            torch.set_grad_enabled(True)
            off = [name for name, is_off in (("grad", off), ("parameters", not model.weight.requires_grad)) if is_off]
            found = {"off": off, "alive": batches.alive, "later": validation.alive, "left": Mark.alive - start}
            found |= {"retained": optimizer.retained, "calls": model.with_graph[len(pairs["batches"]) :]}
            found |= {"seen": len(model.with_graph), "mode": model.training}
            found["changed"] = {name: [list(map(taken, pair)) for pair in pairs[name]] for name in pairs} != before
            found["weights"] = [taken(p) for p in model.parameters()]
            found["out"] = None
            if type(out) is dict:
                names = [name for name in ("average", "largest", "validation") if name in out]
                found["out"] = {name: told(out[name]) for name in names}
                for name in ("history", "first"):
                    if type(out.get(name)) in (list, tuple):
                        found["out"][name] = [told(part) for part in list(out[name])[:50]]
                first = [part for part in out.get("first") or () if isinstance(part, torch.Tensor)]
                found["memory"] = [
                    [part.untyped_storage().nbytes(), part.numel() * part.element_size()] for part in first
                ]
            return found, out

        with kept_states():
            (found, out), (again, other) = run(), run()
            lists = [thing[name] for thing in (out, other) for name in ("history", "first")
                     if type(thing) is dict and type(thing.get(name)) is list]  # fmt: skip
            return found | {"again": again == found, "shared": len(set(map(id, lists))) < len(lists)}

    @staticmethod
    def judge(case, answer):
        keys = (
            "alive",
            "later",
            "left",
            "retained",
            "calls",
            "seen",
            "mode",
            "changed",
            "weights",
            "out",
            "again",
            "shared",
            "off",
        )
        expect_dict(answer, keys)
        where = f"({len(case['batches'])} batches, {len(case['validation'])} for validation.)"
        if answer["changed"] is not False or answer["mode"] is not case["train"]:
            message = (
                "The tensors in `batches` or `validation` have changed, or the model's mode: they belong to the caller."
            )
            raise Mistake("changes-its-arguments", f"{message} {where}")
        judge_course(case, answer, where)
        if answer["off"] != []:
            message = "After your function has returned, gradients are switched off for all code that follows. "
            if "parameters" in expect_list(answer["off"], what="what is off"):
                message = "After your function has returned, the model's parameters have requires_grad=False: it learns no more. "
            raise Mistake("gradients-left-off", f"{message}Use `with torch.no_grad():`. {where}", hint=3)
        out = answer["out"]
        if type(out) is not dict or any(name not in out for name in KEYS):
            message = f"A dict with the keys {', '.join(KEYS)} was expected, as the listing returns it; lists where it has lists. {where}"
            raise Mistake("wrong-result", message, hint=3)
        judge_graphs(out, answer, where)
        judge_numbers(case, out, answer, where)
        if answer["again"] is not True or answer["shared"] is not False:
            message = "A second call, with all things made anew, gave something else, or the same list: is something kept between calls?"
            raise Mistake("second-call-differs", message)


def judge_course(case, answer, where):
    """Whether the training took its course: a step for each batch, and the weights that come of it."""
    batches, validation = len(case["batches"]), len(case["validation"])
    if (
        len(answer["retained"] if type(answer["retained"]) is list else []) != batches
        or answer["seen"] != batches + validation
    ):
        message = f"The model has to be called once for each batch, of training and of validation, with a step in training. {where}"
        raise Mistake("wrong-number-of-steps", message, hint=3)
    right = report(case)["weights"]
    found = [array_in(part, "a weight") for part in expect_list(answer["weights"], 2, "the weights")]
    if not all(map(near, found, right)):
        message = f"After the training the weights are other ones than after the listing's. {where}"
        raise Mistake("trains-in-another-way", message, [a.tolist() for a in found], [b.tolist() for b in right], 3)


def judge_graphs(out, answer, where):
    for name in KEYS:
        parts = out[name] if type(out[name]) is list else [out[name]]
        if any(type(part) is dict and part.get("graph") is True for part in parts):
            message = f"`{name}` holds a tensor with its graph, and so all that it was computed from."
            raise Mistake(
                f"{name}-keeps-the-graph", f"{message} {where}", hint=2 if name in ("average", "first") else 1
            )
    alive = answer["alive"] if type(answer["alive"]) is list else []
    later = answer["later"] if type(answer["later"]) is list else []
    first = alive + later[:1]
    if not all(type(n) is int for n in alive + later) or any(n > 1 for n in first):
        message = f"When the next batch was asked for, so many graphs were alive: {alive!s:.60}. Something still holds earlier ones."
        raise Mistake("graphs-pile-up", f"{message} {where}", alive, "at most 1 each time", 1)
    if any(kept is not False for kept in answer["retained"]):
        message = "The backward pass kept the graph for a second one, which never comes: retain_graph. Its tensors then stay until the "
        raise Mistake("retains-the-graph", f"{message}next loss is there. {where}", hint=3)
    if type(answer["calls"]) is list and any(made is not False for made in answer["calls"]):
        message = f"In validation the model built graphs, which nobody goes through: torch.no_grad(). {where}"
        raise Mistake("validation-builds-graphs", message, hint=3)
    if answer["left"] != 0:
        message = f"When your function had returned, {answer['left']!s:.20} graphs were still alive: something outside of it holds them."
        raise Mistake("graphs-are-left", f"{message} {where}", answer["left"], 0, 1)


def judge_numbers(case, out, answer, where):
    right = report(case)
    for name in ("history", "average", "largest", "validation"):
        got, wanted = out[name], right[name]
        parts, floats = (got, wanted) if type(wanted) is list else ([got], [wanted])
        kind = "a list of floats" if type(wanted) is list else "a float"
        if type(parts) is not list or any(type(a) is not type(b) for a, b in zip(parts, floats)):
            message = f"`{name}` has to be {kind}. {where}"
            raise Mistake("no-floats", message, hint=1)
        if len(parts) != len(floats) or not all(
            a is None or near(np.array(a), np.array(b)) for a, b in zip(parts, floats)
        ):
            message = f"`{name}` is another number than in the listing, or has another length. {where}"
            raise Mistake(f"wrong-{name}", message, got, wanted, 3)
    first = expect_list(out["first"], what="`first`")
    if len(first) != len(case["batches"]):
        message = f"`first` has length {len(first)}; {len(case['batches'])} was expected. {where}"
        raise Mistake("wrong-first", message, hint=3)
    for part, wanted in zip(first, right["first"]):
        if type(part) is not dict or "what" in part:
            raise Mistake("no-tensors", f"`first` has to hold tensors. {where}", hint=3)
        got = array_in(part, "`first`", where)
        if part.get("dtype") != "float32":
            message = f"`first` holds {part.get('dtype')!s:.20} tensors; the scores are float32. {where}"
            raise Mistake("wrong-dtype", message, part.get("dtype"), "float32", 2)
        if not near(got, wanted):
            message = f"`first` does not hold the scores of each batch's first sample, from before its step. {where}"
            raise Mistake("wrong-first", message, got.tolist(), wanted.tolist(), 3)
    for pair in expect_list(answer.get("memory"), what="the memory"):
        held, needed = expect_list(pair, 2, "the memory")
        if held != needed:
            message = f"A tensor in `first` needs {needed} bytes and keeps {held}: it is a view of all rows. Clone it."
            raise Mistake("keeps-the-batch", f"{message} {where}", held, needed, 2)


def near(got, right):
    with np.errstate(all="ignore"):
        return got.shape == right.shape and bool((np.abs(got - right) <= 1e-5 * np.maximum(1, np.abs(right))).all())


def report(case):
    """What the listing returns, in NumPy, and the weights afterwards."""
    weight, bias = exact(case["weight"]), exact(case["bias"])
    found, average = {"history": [], "first": []}, 0.0
    for x, y in ((exact(x), exact(y)) for x, y in case["batches"]):
        scores = x @ weight.T + bias
        gradient = 2 * (scores - y) / y.size
        loss = float(((scores - y) ** 2).mean())
        weight, bias = weight - case["rate"] * gradient.T @ x, bias - case["rate"] * gradient.sum(axis=0)
        found["history"].append(loss)
        found["first"].append(scores[0])
        average = 0.9 * average + 0.1 * loss
    errors = [np.abs(exact(x) @ weight.T + bias - exact(y)).mean() for x, y in case["validation"]]
    found |= {"average": average, "largest": max(found["history"], default=None), "weights": [weight, bias]}
    return found | {"validation": float(np.mean(errors))}

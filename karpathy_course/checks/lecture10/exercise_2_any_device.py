"""Exercise 10.2: a training loop for any device, which never waits for a number.

The judge trains the same network in NumPy and compares weights, losses and accuracies. Whether the loop reads a number is
seen twice: on the CPU every function that is called on a tensor is watched, and on PyTorch's `meta` device, where there
are no numbers, reading raises, and a tensor of the CPU that meets one of the model's is noticed.
"""

from itertools import combinations

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture05.array_answers import array_in, drawn, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first

TRAINING, READS, DEVICE = "the training", "no number is read", "on another device"
NEAR = 2e-4
WEIGHTS = ("w1", "b1", "w2", "b2")


class AnyDevice(Exercise):
    id = "10.2"
    title = "A loop for any device"
    section = "A loop for any device"
    why = "A GPU works through its queue while Python goes on, as long as no line asks it for a number."
    difficulty, importance, minutes, points = 3, 5, 30, 5
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("train_on_device",)
    libraries = ("numpy", "torch")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("torch_tensors", "watched_tensors"))
    properties = {TRAINING: 0.4, READS: 0.3, DEVICE: 0.3}
    leaves_out = {"minus one": "numbers of epochs, means and limits are no special cases at -1"}
    allows = {"sorts its entries": "its result is a pair of tensors, in which this changes nothing"}
    task = """\
Write `train_on_device(model, batches, optimizer, epochs, mean, deviation, limit)`, a training loop that runs on any device, and
in which Python never waits for a GPU.

* `model` is already on its device, whichever that is: that of its parameters. `optimizer` has `zero_grad()` and `step()`.
* `batches` gives pairs `(x, y)` of **tensors on the CPU**, each time you go through it: float32 `x` of shape `(n, features)`
  and int64 `y` of shape `(n,)`. It has no length, and the batches need not have one size.
* `mean` and `deviation` are lists of Python floats, one for each feature: the model gets `(x - mean) / deviation`.

In each of the `epochs` epochs, with the model in train mode, do a step for each batch: the loss is the mean cross-entropy;
zero the gradients and compute the new ones. If the length of all gradients together (the root of the sum of all their
squares) is larger than `limit`, scale them all by one factor so that it is `limit`; then step.

Return two float32 tensors of shape `(epochs,)`, **on the model's device** and without a graph. The first holds the
mean loss of each epoch's samples, the second the share of samples whose class had the largest score. Measure both on
the scores from which a step's loss was computed, so before that step.

**No number may be read**: no `.item()`, `.tolist()`, `.cpu()`, `float(…)`, no `print` of a tensor, no `if` on a tensor. Each
makes Python wait until the GPU has done all that was asked before. The check runs your loop on PyTorch's `meta` device too,
where tensors have a shape and no numbers: there, reading raises an error. No operation may combine a tensor on the CPU
with one on the model's device. The tensors in `batches` stay as they are (`x.to(device)` is `x` itself, if it is there already).

You have seen in the lecture how much longer a loop takes that reads in each step. The caller of your function reads the result
once."""
    hints = (
        "device = next(model.parameters()).device, and torch.tensor(mean, device=device) before the loop. The number of samples "
        "is len(y), which Python knows without asking the device.",
        "Keep sums on the device: total = torch.zeros((), device=device), then total = total + loss.detach() * len(y). Right ones: "
        "(scores.argmax(1) == y).sum(). At the end torch.stack the sums of all epochs (zero epochs must work too).",
        "torch.nn.utils.clip_grad_norm_(model.parameters(), limit) reads nothing. By hand: factor = torch.clamp(limit / norm, max=1), "
        "without `if`. Or results = torch.zeros(2, epochs, device=device), and results[0, epoch] += loss.detach() * len(y).",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, sizes, epochs, f, h, c):
            if property == TRAINING and epochs:
                for _ in range(1000):
                    case = attempt(property, sizes, epochs, f, h, c)
                    if telling(case):
                        break
            else:
                case = attempt(property, sizes, epochs, f, h, c)
            cases.append(case)

        def attempt(property, sizes, epochs, f, h, c):
            case = {"property": property, "epochs": epochs, "rate": rng.uniform(0.2, 0.6)}
            case |= {
                "mean": [rng.uniform(-2, 2) for _ in range(f)],
                "deviation": [rng.uniform(0.5, 3) for _ in range(f)],
            }
            case["mean"][0], case["deviation"][-1] = 0.0, 1.0
            case["weights"] = {
                "w1": drawn(rng, [h, f], "float32"), "b1": drawn(rng, [h], "float32"),
                "w2": drawn(rng, [c, h], "float32"), "b2": drawn(rng, [c], "float32"),
            }  # fmt: skip
            case["batches"] = []
            for n in sizes:
                labels = [rng.randrange(c) for _ in range(n)]
                part = {"shape": [n], "dtype": "int64", "numbers": labels}
                case["batches"].append([drawn(rng, [n, f], "float32"), part])
            norms = trained(case | {"limit": 1e9})["norms"] if epochs else [1.0]
            case["limit"] = sorted(norms)[min(1, len(norms) - 1)] * rng.uniform(0.75, 0.9)
            return case

        f, h, c = rng.sample((2, 3, 4, 5), 3)
        add(TRAINING, [4, rng.randrange(5, 8), 2], 2, f, h, c)
        add(TRAINING, [5, 1, 3], 3, h, h, f)
        add(TRAINING, [3], 0, f, h, c)
        add(TRAINING, [6], 1, f, 1, 2)
        for property in (READS, DEVICE):
            add(property, [3, 1, rng.randrange(4, 7)], 2, f, h, c)
            add(property, [2], 1, c, c, c)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import torch

        from karpathy_course.checks.shared.torch_tensors import kept_states, taken, tensor_of
        from karpathy_course.checks.shared.watched_tensors import Batches, Descent, Moded, Watch

        def run(device):
            w = {name: tensor_of(part) for name, part in case["weights"].items()}
            (hidden, features), classes = w["w1"].shape, len(w["b2"])
            layers = [torch.nn.Linear(features, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, classes)]
            model = Moded(*layers).eval()
            with torch.no_grad():
                for p, part in zip(model.parameters(), w.values()):
                    p.copy_(part)
            model.to(device)
            for p in model.parameters():
                p.grad = torch.ones_like(p)  # what an earlier training has left
            optimizer = Descent(model.parameters(), case["rate"])
            pairs = [tuple(tensor_of(part) for part in pair) for pair in case["batches"]]
            before = [[taken(part) for part in pair] for pair in pairs]
            mean, deviation = list(case["mean"]), list(case["deviation"])
            found, watch = {"raised": None}, Watch()
            given = (model, Batches(pairs, optimizer), optimizer, case["epochs"], mean, deviation, case["limit"])
            out = None
            with watch:
                if device == "meta":
                    try:
                        out = namespace["train_on_device"](*given)
                    except Exception as error:
                        found["raised"] = f"{type(error).__name__}: {error}"[:200]
                else:
                    out = namespace["train_on_device"](*given)
            found |= {"reads": watch.reads[:9], "mixed": watch.mixed[:9], "many": len(watch.reads)}
            parts = list(out)[:5] if type(out) in (list, tuple) else None
            found["parts"] = None if parts is None else [taken(part) for part in parts]
            if isinstance(out, torch.Tensor):
                found["parts"] = "a tensor"
            changed = [[taken(part) for part in pair] for pair in pairs] != before
            found["changed"] = changed or mean != case["mean"] or deviation != case["deviation"]
            found |= {"steps": optimizer.steps, "modes": model.modes[:99], "rows": model.rows[:99]}
            found["weights"] = [taken(p) for p in model.parameters()]
            return found

        with kept_states():
            found = [run("cpu")]
            found.append(run("meta" if case["property"] == "on another device" else "cpu"))
            return found

    @staticmethod
    def judge(case, answer):
        first, second = expect_list(answer, 2, "the list of runs")
        on_meta = case["property"] == DEVICE
        judge_run(case, first, "")
        judge_run(case, second, "meta" if on_meta else "")
        if not on_meta and first != second:
            message = "A second call, with all things made anew, gave something else: is something kept between calls?"
            raise Mistake("second-call-differs", message)


def judge_run(case, run, device):
    keys = ("raised", "reads", "mixed", "many", "parts", "changed", "steps", "modes", "rows", "weights")
    expect_dict(run, keys)
    sizes = [pair[1]["shape"][0] for pair in case["batches"]]
    where = f"({case['epochs']} epochs, batches of {sizes}{', on the meta device' * bool(device)}.)"
    if case["property"] == READS and run["many"] != 0:
        how = run["reads"][0] if type(run["reads"]) is list and run["reads"] else "something"
        message = f"Your loop has read numbers {run['many']} times: first by {how!s:.60}. Each time Python waits for the device."
        raise Mistake("reads-a-number", f"{message} {where}", hint=2)
    if device and run["mixed"]:
        how = run["mixed"][0] if type(run["mixed"]) is list else ""
        message = f"A tensor of the CPU has met one of the model's device, in `{how!s:.40}`. Move it there, or make it there: device=…"
        raise Mistake("two-devices", f"{message} {where}", hint=1)
    if run["raised"] is not None:
        explain_error(run, where)
    if run["changed"] is not False:
        message = "The tensors in `batches`, or `mean` or `deviation`, have changed. They belong to the caller, for the next epoch too."
        raise Mistake("changes-its-arguments", f"{message} {where}", hint=1)
    every = case["epochs"] * len(sizes)
    if run["steps"] != every:
        raise Mistake("wrong-number-of-steps", f"optimizer.step() was called {run['steps']} times; {every} times was expected. "
                      f"{where}", run["steps"], every, 1)  # fmt: skip
    expected = [size for k in range(case["epochs"]) for size in turned(sizes, k)]
    if run["rows"] != expected:
        message = "The model was not called once for each batch, in their order."
        if run["rows"] == sizes * case["epochs"]:
            message = "Each epoch got the batches of the first one again. Go through `batches` anew: they may be other ones each time."
        raise Mistake("wrong-batches", f"{message} {where}", run["rows"], expected, 1)
    if type(run["modes"]) is not list or not all(mode is True for mode in run["modes"]):
        raise Mistake(
            "trains-in-eval-mode", f"The model came in eval mode, and was trained in it: model.train(). {where}", hint=1
        )
    judge_results(case, run, device, where)


def explain_error(run, where):
    reads = run["reads"] if type(run["reads"]) is list else []
    said = f"({run['raised']!s:.160})"
    if reads:
        message = f"Your loop has read a number, by {reads[-1]!s:.60}: on this device there is none."
        raise Mistake("reads-a-number", f"{message} {said} {where}", hint=2)
    if "device" in str(run["raised"]):
        message = "On another device than the CPU your loop raised an error. Is there a tensor that stays on the CPU?"
        raise Mistake("two-devices", f"{message} {said} {where}", hint=1)
    message = "On another device than the CPU your loop raised an error. Does a line need to know a number?"
    raise Mistake("raises-elsewhere", f"{message} {said} {where}", hint=2)


def judge_results(case, run, device, where):
    parts = run["parts"]
    if parts == "a tensor" or type(parts) is not list or len(parts) != 2:
        message = f"Two tensors were expected: the losses and the accuracies. {where}"
        raise Mistake("wrong-type", message, hint=2)
    names = ("the losses", "the accuracies")
    for part, name in zip(parts, names):
        if type(part) is dict and "what" in part:
            what = part["what"]
            message = f"{name[:1].upper()}{name[1:]} are {what!s:.60}; a tensor was expected. {where}"
            raise Mistake("not-a-tensor", message, hint=2)
        expect_dict(part, ("dtype", "shape", "device", "graph", "numbers"), name)
        if part["shape"] != [case["epochs"]]:
            message = f"{name[:1].upper()}{name[1:]} have shape {part['shape']!s:.40}; ({case['epochs']},) was expected. {where}"
            raise Mistake("wrong-shape", message, hint=2)
        if part["device"] != (device or "cpu"):
            message = f"{name[:1].upper()}{name[1:]} are on {part['device']!s:.20}, the model on {device}: so their numbers were read."
            raise Mistake("result-elsewhere", f"{message} {where}", hint=2)
        if part["dtype"] != "float32":
            message = f"{name[:1].upper()}{name[1:]} are {part['dtype']!s:.20}; float32 was expected. {where}"
            raise Mistake("wrong-dtype", message, hint=2)
        if part["graph"] is not False:
            message = (
                f"A graph hangs on {name}: all steps of the epoch are kept in memory for it. Use loss.detach(). {where}"
            )
            raise Mistake("keeps-the-graph", message, hint=2)
    if not device:
        judge_numbers(case, run, where)


def judge_numbers(case, run, where):
    weights = expect_list(run["weights"], 4, "the weights")
    got = [array_in(part, "a weight") for part in weights]
    losses, accuracies = (array_in(part, "the result") for part in run["parts"])
    right = trained(case)
    if not alike(got, right["weights"]):
        for id, options, message, hint in WRONG_STEPS:
            wrong = trained(case, **options)
            if alike(got, wrong["weights"]) and ("total" not in options or same(losses, np.array(wrong["losses"]))):
                raise Mistake(id, f"{message} {where}", hint=hint)
        message = "After the training the weights are other ones than they should be."
        raise Mistake(
            "wrong-weights", f"{message} {where}", [a.tolist() for a in got], [b.tolist() for b in right["weights"]], 3
        )
    shown = {"got": losses.tolist(), "expected": right["losses"]}
    if not same(losses, np.array(right["losses"])):
        for id, key, message in WRONG_MEANS:
            if same(losses, np.array(right[key])):
                raise Mistake(id, f"{message} {where}", **shown, hint=2)
        raise Mistake("wrong-losses", f"Those are not the mean losses of the epochs' samples. {where}", **shown, hint=2)
    if not same(accuracies, np.array(right["accuracies"])):
        shown = {"got": accuracies.tolist(), "expected": right["accuracies"]}
        for id, key, message in WRONG_SHARES:
            if same(accuracies, np.array(right[key])):
                raise Mistake(id, f"{message} {where}", **shown, hint=2)
        raise Mistake("wrong-accuracies", f"Those are not the shares of right predictions. {where}", **shown, hint=2)


def same(a, b):
    with np.errstate(all="ignore"):
        return a.shape == b.shape and bool((np.abs(a - b) <= NEAR * np.maximum(1, np.abs(b))).all())


TOLD_APART = 12  # so many of them, from the front, are told apart from one another, the others from what is right
WRONG_STEPS = (
    ("loss-is-a-sum", {"total": True}, "The loss is a mean over the batch, not a sum.", 3),
    ("no-clipping", {"clip": "none"}, "The gradients were not scaled down where they are longer than `limit`, or only after the step.", 3),
    ("clips-each-alone", {"clip": "each"}, "Each parameter's gradient was scaled by itself. That changes the direction of the step: take "
     "one length, of all gradients together, and one factor.", 3),
    ("clips-each-number", {"clip": "value"}, "Each number was cut off at `limit`. That changes the direction of the step: scale all by one "
     "factor.", 3),
    ("always-scales", {"clip": "always"}, "The gradients had the length `limit` where they should be shorter, too. Scale only those that are longer; and "
     "the loss is a mean over the batch, not a sum.", 3),
    ("squares", {"clip": "squared"}, "The root is missing: `limit` was compared with the sum of the squares.", 3),
    ("sums-gradients", {"sum_up": True}, "The gradients of all batches have added up: zero them in every step.", 3),
    ("sums-gradients", {"sum_up": "first"}, "The gradients that were there before the training count in its first step: zero them "
     "before each backward pass, and not after the step.", 3),
    ("not-normalised", {"normal": "raw"}, "The model got `x` as it is, not (x - mean) / deviation.", 1),
    ("not-normalised", {"normal": "mean"}, "`x` was not divided by `deviation`.", 1),
    ("not-normalised", {"normal": "times"}, "`x` was multiplied by `deviation`.", 1),
    ("not-normalised", {"normal": "twice"}, "`x` was normalised anew in each epoch, from what the last one had left.", 1),
    ("another-length", {"clip": "lengths"}, "The lengths of the parameters' gradients were added. The length of all together is the root "
     "of the sum of all squares.", 3),
    ("another-length", {"clip": "absolute"}, "The absolute values were added. The length is the root of the sum of all squares.", 3),
    ("softmax-twice", {"softmax": True}, "The scores went through softmax before cross_entropy, which has one of its own.", 3),
    ("sums-gradients", {"sum_up": "epoch"}, "The gradients of an epoch have added up: zero them in every step.", 3),
    ("not-normalised", {"normal": "variance"}, "`x` was divided by the square of `deviation`: it is the deviation, and no variance.", 1),
)  # fmt: skip
WRONG_MEANS = (
    ("mean-of-batches", "of_batches", "This is the mean over the batches. The mean over the samples counts a batch by its size."),
    ("sums", "sums", "This is the sum over the samples: divide by how many there are."),
    ("sums", "batch_sums", "This is the sum of the batches' losses: weigh each by its size, and divide by the number of samples."),
    ("last-batch", "last", "This is the loss of the last batch alone."),
    ("after-the-step", "after", "Those are losses after the steps. They should be those that the steps were computed from."),
)  # fmt: skip
WRONG_SHARES = (
    ("mean-of-batches", "shares", "This is the mean over the batches. The mean over the samples counts a batch by its size."),
    ("sums", "counts", "Those are numbers of samples: divide by how many there are."),
)  # fmt: skip


def turned(things, epoch):
    """The batches of an epoch in the order in which `Batches` gives them."""
    k = epoch % max(1, len(things))
    return [*things[k:], *things[:k]]


def trained(case, clip="all", sum_up=False, normal="both", total=False, softmax=False):
    """The training in NumPy: the weights afterwards, what an epoch gives, and the lengths of all gradients."""
    w = [exact(part) for part in case["weights"].values()]
    mean, deviation = np.array(case["mean"]), np.array(case["deviation"])
    data = [(exact(x), exact(y).astype(int)) for x, y in case["batches"]]
    found = {
        key: []
        for key in (
            "losses",
            "accuracies",
            "norms",
            "of_batches",
            "sums",
            "batch_sums",
            "last",
            "shares",
            "counts",
            "after",
        )
    }
    kept, n = [np.ones_like(part) for part in w], sum(len(y) for _, y in data)
    for epoch in range(case["epochs"]):
        losses, hits, after = [], [], []
        for place, (x, y) in enumerate(turned(data, epoch)):
            for _ in range(epoch + 1 if normal == "twice" else 1):
                x = x - (0 if normal == "raw" else mean)
                x = x * deviation if normal == "times" else x if normal in ("raw", "mean") else x / deviation
                x = x / deviation if normal == "variance" else x
            loss, scores, slopes = slopes_of(w, x, y, softmax)
            slopes = [part * (len(y) if total else 1) for part in slopes]
            add_up = sum_up is True or (sum_up == "first" and not found["norms"]) or (sum_up == "epoch" and place > 0)
            kept = [a + b for a, b in zip(kept, slopes)] if add_up else slopes
            norm = math_norm(kept)
            found["norms"].append(norm)
            kept = clipped(kept, norm, case["limit"], clip)
            w = [part - case["rate"] * slope for part, slope in zip(w, kept)]
            losses.append(loss * (len(y) if total else 1))
            after.append(slopes_of(w, x, y)[0])
            hits.append((scores.argmax(axis=1) == y).sum())
        sizes = np.array([len(y) for _, y in turned(data, epoch)])
        found["losses"].append(float((sizes * losses).sum() / n))
        found["accuracies"].append(float(sum(hits) / n))
        found["of_batches"].append(float(np.mean(losses)))
        found["sums"].append(float((sizes * losses).sum()))
        found["batch_sums"].append(float(np.sum(losses)))
        found["last"].append(float(losses[-1]))
        found["shares"].append(float(np.mean(hits / sizes)))
        found["counts"].append(float(sum(hits)))
        found["after"].append(float((sizes * after).sum() / n))
    return found | {"weights": w}


def slopes_of(w, x, y, softmax=False):
    """Loss, scores, and the gradient of each weight. softmax: what they are where the scores went through one before."""
    h = np.tanh(x @ w[0].T + w[1])
    scores = h @ w[2].T + w[3]
    if softmax:
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
    z = scores - scores.max(axis=1, keepdims=True)
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = float((np.log(np.exp(z).sum(axis=1)) - z[rows, y]).mean())
    shares[rows, y] -= 1
    shares /= len(y)
    if softmax:
        shares = scores * (shares - (shares * scores).sum(axis=1, keepdims=True))
    back = (shares @ w[2]) * (1 - h * h)
    return loss, scores, [back.T @ x, back.sum(axis=0), shares.T @ h, shares.sum(axis=0)]


def math_norm(parts):
    return float(np.sqrt(sum((part**2).sum() for part in parts)))


def clipped(slopes, norm, limit, how):
    if how == "each":
        return [part * min(1.0, limit / max(1e-12, math_norm([part]))) for part in slopes]
    if how == "value":
        return [np.clip(part, -limit, limit) for part in slopes]
    if how == "squared":
        return [part * min(1.0, limit / norm**2) for part in slopes]
    if how in ("lengths", "absolute"):
        norm = sum(math_norm([part]) if how == "lengths" else float(np.abs(part).sum()) for part in slopes)
        how = "all"
    factor = {"all": min(1.0, limit / norm), "always": limit / norm, "none": 1.0}[how]
    return [part * factor for part in slopes]


def telling(case):
    """Whether the usual mistakes give other weights than what is right, and than one another."""
    right = trained(case)
    if len(case["batches"]) == 1:
        return True
    if right["losses"] == right["of_batches"] or right["accuracies"] == right["shares"]:
        return False
    wrong = [options for _, options, *_ in WRONG_STEPS if options != {"total": True}]
    first = [right["weights"], *(trained(case, **options)["weights"] for options in wrong[: TOLD_APART - 1])]
    if any(alike(a, b) for a, b in combinations(first, 2)):
        return False
    return not any(alike(first[0], trained(case, **options)["weights"]) for options in wrong[TOLD_APART - 1 :])


def alike(some, others):
    return all(same(a, b) for a, b in zip(some, others))

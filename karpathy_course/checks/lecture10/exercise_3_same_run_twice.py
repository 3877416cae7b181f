"""Exercise 10.3: a run that its seed alone decides, and that leaves everybody else's random numbers as they were.

The probe hands in a model and an update that draw from all three shared generators and write down what they drew; it
calls the learner's function again and again, with other states of these generators, another model, and an exception in
the middle. The judge compares the records, to the last bit.
"""

from itertools import pairwise

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first

SAME, SEEDS, ORDER, LEFT = "the same seed", "other seeds", "the order of the samples", "the others' random numbers"
LIBRARIES = ("PyTorch's", "NumPy's", "Python's")
SEED_THEM = ("torch.manual_seed(seed)", "np.random.seed(seed)", "random.seed(seed)")


class SameRunTwice(Exercise):
    id = "10.3"
    title = "The same run twice"
    section = "The same run twice"
    why = "If one seed gives one run to the last bit, whatever differs between two runs is what you have changed."
    difficulty, importance, minutes, points = 3, 4, 25, 4
    seconds = 15.0  # the first operation may have to load a part of PyTorch
    needs = ("seeded_run",)
    libraries = ("numpy", "torch")
    shared = ("karpathy_course.checks.shared.torch_tensors",)
    properties = {SAME: 0.3, SEEDS: 0.2, ORDER: 0.25, LEFT: 0.25}
    leaves_out = dict.fromkeys(
        ("minus one", "negative", "fraction"), "a seed, a number of samples and a size are whole numbers from 0"
    )
    allows = dict.fromkeys(
        ("hands back one list each time", "loses its last entry", "says its first entry twice"),
        "its result is a pair, in which this changes nothing",
    )
    task = """\
Write `seeded_run(make_model, update, n, epochs, batch_size, seed)`: a training that repeats itself to the last bit.

* `make_model()` returns a new model. Its first weights come from PyTorch's global random numbers, as those of every layer in
  `nn` do.
* `update(model, rows)` does one step of training on the samples `rows`, a 1-d int64 tensor of their numbers, and returns
  the loss, a float. It draws from **PyTorch's, NumPy's and Python's** global random numbers: for dropout, to turn and shift
  pictures, to leave words out.
* In each of the `epochs` epochs each of the samples 0 … n - 1 comes once, in a new random order, in batches of
  `batch_size`; the last batch may be smaller.

Make one model, call `update` on the batches one after the other, and return `(model, losses)`: the model, and the list of all
losses. This has to hold:

* **The same seed gives the same run**, to the last bit: first weights, batches, what `update` draws, losses. It does not matter
  which random numbers others have drawn before.
* **Another seed gives another run**, in all of these. Two seeds never share an order of the samples, not even in different epochs
  (so seed + epoch is no good seed for an epoch).
* **What `update` draws in one step does not come again in the next**: seed the generators once, not in each epoch.
* **The batches depend on the seed, and on nothing else**: a model with more layers draws more first weights, and more in
  each update, and still gets the same batches in the same order. Only then can you compare two models on one seed.
* **The global random numbers are left as they were**: afterwards all three generators are in the state in which they were
  before, also when `update` raises an exception. The caller still gets that exception.

`seed` is a whole number from 0 to 2³² - 1."""
    hints = (
        "Three libraries, three global generators: torch.get_rng_state(), np.random.get_state(), random.getstate(), each with its "
        "function that sets it. In which order do you keep, seed, make the model and put back?",
        "If the batches come from the generator that the model's weights come from, they depend on the model. "
        "torch.Generator().manual_seed(seed) is a generator of your own: torch.randperm(n, generator=own).",
        "kept = …; try: seed all three; model = make_model(); for each epoch, for rows in torch.randperm(n, generator=own).split("
        "batch_size): losses.append(update(model, rows)); finally: put back what was kept.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, calls, n, size, epochs, **more):
            cases.append({"property": property, "calls": calls, "n": n, "batch_size": size, "epochs": epochs} | more)

        def call(seed, thirst=0, stop=0):
            return {"seed": seed, "thirst": thirst, "stop": stop, "stir": rng.randrange(10**6)}

        seed = rng.randrange(1, 2**31)
        add(SAME, [call(seed), call(seed), call(seed)], rng.randrange(9, 13), 4, 2)
        add(SAME, [call(1), call(1)], 5, 5, 1)
        add(SAME, [call(0), call(0)], 1, rng.randrange(2, 5), 3)
        others = (seed + 1, seed ^ 1 << rng.randrange(8, 31), seed ^ 1 << 31, 2**32 - 1)
        add(SEEDS, [call(s) for s in (seed, *others)], rng.randrange(10, 14), 5, 3)
        add(SEEDS, [call(0), call(1)], rng.randrange(10, 14), 3, 2)
        add(ORDER, [call(seed), call(seed, 1), call(seed, rng.randrange(2, 40))], rng.randrange(11, 14), 5, 3)
        add(ORDER, [call(7)], 6, 1, 1)
        add(ORDER, [call(seed)], 9, 3, 0)
        add(LEFT, [call(seed)], 7, 3, rng.randrange(1, 3))
        add(LEFT, [call(seed, 3, stop=2), call(seed, stop=1)], 8, 3, 2)
        add(LEFT, [call(0)], 3, 2, 0)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import random

        import numpy as np
        import torch

        from karpathy_course.checks.runner.plain_data import describe
        from karpathy_course.checks.shared.torch_tensors import global_states, kept_states, stirred

        class Trouble(Exception):
            pass

        def run(call):
            found = {"rows": [], "draws": [], "first": None, "made": 0, "raised": False, "given": []}
            made = []

            def make_model():
                if call["thirst"]:
                    torch.rand(call["thirst"])
                model = torch.nn.Linear(3, 2)
                found["made"] += 1
                made.append(model)
                return model

            def update(model, rows):
                if found["first"] is None:
                    found["first"] = model.weight.detach().reshape(-1).tolist()
                if len(found["rows"]) > 200:
                    raise RuntimeError("update was called more than 200 times")
                whole = isinstance(rows, torch.Tensor) and rows.dtype == torch.int64 and rows.dim() == 1
                found["rows"].append(rows.tolist() if whole else describe(rows))
                if len(found["rows"]) == call["stop"]:
                    raise Trouble("a batch that cannot be read")
                for _ in range(1 + call["thirst"]):
                    draws = [torch.rand(()).item(), np.random.rand(), random.random()]
                found["draws"].append(draws)
                with torch.no_grad():
                    model.weight.mul_(1 + 0.1 * draws[0]).add_(draws[1] * draws[2] * model.bias[:, None])
                found["given"].append(model.weight.sum().item())
                return found["given"][-1]

            stirred(call["stir"])
            np.random.normal()  # its second number is kept for the next call, and belongs to the state
            random.gauss(0, 1)
            before, out = global_states(), None
            try:
                out = namespace["seeded_run"](
                    make_model, update, case["n"], case["epochs"], case["batch_size"], call["seed"]
                )
            except Trouble:
                found["raised"] = True
            found["left"] = [a == b for a, b in zip(global_states(), before)]
            pair = type(out) in (list, tuple) and len(out) == 2
            found["what"] = describe(out)
            found["pair"], found["losses"] = pair, list(out[1]) if pair and type(out[1]) in (list, tuple) else None
            found["own"] = pair and len(made) > 0 and out[0] is made[-1]
            found["last"] = made[-1].weight.detach().reshape(-1).tolist() if made else None
            return found

        with kept_states():
            return [run(call) for call in case["calls"]]

    @staticmethod
    def judge(case, answer):
        runs = expect_list(answer, len(case["calls"]), "the list of runs")
        for call, found in zip(case["calls"], runs):
            keys = (
                "rows",
                "draws",
                "first",
                "made",
                "raised",
                "left",
                "pair",
                "losses",
                "own",
                "last",
                "what",
                "given",
            )
            expect_dict(found, keys)
            judge_one(case, call, found)
        judge_left(case, runs)
        first, where = runs[0], words(case)
        for call, found in list(zip(case["calls"], runs))[1:]:
            if call["stop"] or case["calls"][0]["stop"]:
                continue
            if call["seed"] != case["calls"][0]["seed"]:
                continue
            same = call["thirst"] == case["calls"][0]["thirst"]
            judge_same(first, found, same, where)
        if case["property"] == SEEDS:
            judge_seeds(case, runs, where)


def words(case):
    return f"(n={case['n']}, {case['epochs']} epochs, batch_size={case['batch_size']}.)"


def judge_one(case, call, found):
    """What has to hold for each run by itself."""
    where = f"(n={case['n']}, {case['epochs']} epochs, batch_size={case['batch_size']}, seed={call['seed']}.)"
    rows = expect_list(found["rows"], what="the list of batches")
    for part in rows:
        if type(part) is not list or not all(type(row) is int for row in part):
            message = f"`rows` was {part!s:.60}. A 1-d int64 tensor was expected. {where}"
            raise Mistake("wrong-rows", message, hint=3)
    if call["stop"]:
        if found["raised"] is not True:
            raise Mistake(
                "swallows-the-exception",
                f"`update` raised an exception, and it did not reach the caller. {where}",
                hint=3,
            )
        return
    n, size, epochs = case["n"], case["batch_size"], case["epochs"]
    sizes = [size] * (n // size) + [n % size] * (n % size > 0)
    if [len(part) for part in rows] != sizes * epochs:
        message = f"The batches do not have the sizes {sizes} in each epoch, as they should. {where}"
        raise Mistake("wrong-batches", message, [len(part) for part in rows], sizes * epochs, 3)
    orders = epochs_of(case, found)
    for order in orders:
        if sorted(order) != list(range(n)):
            raise Mistake("not-each-once", f"In an epoch not every sample came once. {where}", order, list(range(n)), 3)
        if n > 8 and order == list(range(n)):
            raise Mistake(
                "not-shuffled", f"The samples came in the order 0, 1, 2, …: there is no shuffling. {where}", hint=2
            )
    if n > 8 and len(orders) > 1 and orders[0] == orders[1]:
        message = f"Every epoch had the same order. Draw a new one each time, from the generator that goes on. {where}"
        raise Mistake("one-order-for-all", message, hint=3)
    if n > 8 and any(b == [a[row] for row in orders[0]] for a, b in pairwise(orders)):
        message = (
            f"Each epoch shuffles the last one's order in the same way. Draw from a generator that goes on. {where}"
        )
        raise Mistake("one-order-for-all", message, hint=3)
    judge_new_draws(found, len(sizes), where)
    if found["pair"] is not True:
        message = f"A pair (model, losses) was expected; your function returned {found['what']!s:.60}. {where}"
        raise Mistake("wrong-type", message, hint=3)
    if found["made"] != 1 or found["own"] is not True:
        message = (
            f"The model that you return has to be the one that was trained, made by one call of make_model. {where}"
        )
        raise Mistake("another-model", message, found["made"], 1, 3)
    losses = expect_list(found["losses"], what="the list of losses")
    if losses != found["given"] or not all(type(loss) is float for loss in losses):
        message = f"The losses are not a list of what `update` returned, one float a batch, in that order. {where}"
        raise Mistake("wrong-losses", message, losses, found["given"], hint=3)


def judge_new_draws(found, steps, where):
    """What `update` draws in one step, or in one epoch, must not come again in the next."""
    for k, (name, how) in enumerate(zip(LIBRARIES, SEED_THEM)):
        draws = [draws[k] for draws in pairs(found)]
        again = len(draws) > 2 and all(number == draws[0] for number in draws)
        if again or (1 < steps < len(draws) and draws[:steps] == draws[steps : 2 * steps]):
            when = "step" if again else "epoch"
            message = f"`update` drew the same numbers of {name} in each {when}: {how} belongs before the model, once for the whole run."
            raise Mistake("seeds-again", f"{message} {where}", hint=1)


def epochs_of(case, found):
    """The order of the samples in each epoch of a run."""
    flat = [row for part in found["rows"] for row in part]
    return [flat[k * case["n"] : (k + 1) * case["n"]] for k in range(case["epochs"])]


def judge_left(case, runs):
    for call, found in zip(case["calls"], runs):
        left = expect_list(found["left"], 3, "the list of states")
        changed = [name for name, same in zip(LIBRARIES, left) if same is not True]
        if not changed:
            continue
        where = words(case)
        if call["stop"]:
            message = f"When `update` had raised an exception, {' and '.join(changed)} random numbers were not put back. A line after "
            raise Mistake(
                "not-restored-after-an-exception", f"{message}the loop is not reached then: finally. {where}", hint=3
            )
        message = (
            f"{' and '.join(changed)} global random numbers are not in the state in which they were before the call."
        )
        raise Mistake("global-random-numbers", f"{message} Keep it, and put it back at the end. {where}", hint=1)


def judge_same(first, found, whole, where):
    """Two runs of one seed. whole: whether their models are alike too, and not the batches alone."""
    if first["rows"] != found["rows"]:
        if whole:
            raise Mistake("order-not-seeded", f"The same seed gave other batches in a second run. {where}", hint=2)
        message = "With a model that draws more random numbers, the same seed gave other batches. Take them from a generator of your own."
        raise Mistake("order-depends-on-the-model", f"{message} {where}", hint=2)
    if not whole:
        return
    if first["first"] != found["first"]:
        message = "The same seed gave other first weights in a second run: seed PyTorch before the model is made."
        raise Mistake("weights-not-seeded", f"{message} {where}", hint=1)
    for k, (name, how) in enumerate(zip(LIBRARIES, SEED_THEM)):
        if [draws[k] for draws in pairs(first)] != [draws[k] for draws in pairs(found)]:
            message = f"With the same seed `update` drew other numbers of {name}: {how} is missing, or comes too late."
            raise Mistake("not-seeded", f"{message} {where}", hint=1)
    if first["losses"] != found["losses"] or first["last"] != found["last"]:
        raise Mistake(
            "second-call-differs", f"The same seed gave other losses or weights in a second run. {where}", hint=1
        )


def pairs(found):
    draws = found["draws"] if type(found["draws"]) is list else []
    return [part if type(part) is list and len(part) == 3 else [None] * 3 for part in draws]


def judge_seeds(case, runs, where):
    seeds = [call["seed"] for call in case["calls"]]
    for k, found in enumerate(runs):
        for j in range(k):
            pair, other = f"Seeds {seeds[j]} and {seeds[k]}", runs[j]
            if seeds[j] ^ seeds[k] in [1 << bit for bit in range(8, 32)]:
                pair += f" (they differ by {abs(seeds[k] - seeds[j])}, so in one bit: a generator takes the last 32 bits of its seed alone)"
            mine, theirs = epochs_of(case, found), epochs_of(case, other)
            if any(a == b for a, b in zip(mine, theirs)):
                raise Mistake(
                    "seed-ignored",
                    f"{pair} gave the same batches: the order does not depend on the seed. {where}",
                    hint=2,
                )
            if any(order in theirs for order in mine):
                message = f"{pair} have an order of the samples in common, in different epochs. Seed one generator for all epochs."
                raise Mistake("seeds-share-orders", f"{message} {where}", hint=2)
            if found["first"] == other["first"]:
                raise Mistake("seed-ignored", f"{pair} gave the same first weights. {where}", hint=1)
            for i, name in enumerate(LIBRARIES):
                if [draws[i] for draws in pairs(found)] == [draws[i] for draws in pairs(other)]:
                    raise Mistake("seed-ignored", f"{pair} gave `update` the same numbers of {name}. {where}", hint=1)

"""Exercise 06.4: mini-batches in an order that seed and epoch decide.

Between any two calls the probe moves NumPy's and Python's own random numbers, and several iterators are held at once: an
order that comes from anything but the arguments shows. Whether orders are equally likely is counted over hundreds of
seeds; the threshold is met by a right answer in all but one of ten million draws.
"""

from itertools import pairwise, permutations

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_bool, expect_dict, expect_list

ONCE, DECIDED, LIKELY = "every sample once", "seed and epoch decide", "every order is as likely"
MOST_CHI_SQUARE = {3: 45.0, 4: 80.0}  # of 6 and of 24 orders


class Batches(Exercise):
    id = "06.4"
    title = "Batches in another order each epoch"
    section = "Batches"
    why = "A run that stopped can go on exactly where it was, because an epoch's order follows from two numbers."
    difficulty, importance, minutes, points = 2, 5, 20, 3
    needs = ("batches",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {ONCE: 0.4, DECIDED: 0.4, LIKELY: 0.2}
    leaves_out = {"fraction": "counts, seeds and epochs are whole numbers"}
    task = """\
Write `batches(n, batch_size, seed, epoch)`: the mini-batches of one epoch, as a list or an iterator of arrays. Each
array holds whole numbers, the places of the samples in that batch: `for rows in batches(898, 32, seed, epoch):` then
trains on `x[rows]` and `y[rows]`.

* Every sample from 0 to n - 1 is in exactly one batch. All batches have `batch_size` samples, except that the last one
  may have fewer. No batch is empty; if there are no samples, there are no batches.
* The samples are shuffled, each order as likely as any other, so that batches have other members in other epochs.
* **The order follows from `seed` and `epoch` alone**: the same two numbers give the same order, today and after a
  restart; another seed or another epoch, both 0 or more, gives another order. Seed 3 in epoch 4 gives another
  order than seed 4 in epoch 3.
* NumPy's and Python's own random numbers (`np.random.seed`, `np.random.shuffle`, `random.shuffle`) stay untouched.
* A `batch_size` below 1 is refused with a `ValueError`."""
    hints = (
        "Make an order of all n samples first, then cut it into pieces. range(0, n, batch_size) gives the places where "
        "pieces begin, and a slice may reach beyond the end.",
        "np.random.default_rng(…) is a generator of your own, which shares nothing with anybody. It takes more than one "
        "number as its seed: a list of whole numbers. A sum of seed and epoch would give 3 + 4 and 4 + 3 the same order.",
        "if batch_size < 1: raise ValueError(…). order = np.random.default_rng([seed, epoch]).permutation(n); the batches "
        "are order[start : start + batch_size] for start in range(0, n, batch_size).",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, n, batch_size, *calls, **more):
            cases.append({"property": property, "n": n, "batch_size": batch_size, "calls": list(calls), **more})

        some = lambda: [rng.randrange(2, 1000), rng.randrange(1, 30)]
        b = rng.randrange(3, 6)
        sizes = [(2 * b + 1, b), (3 * b, b), (4 * b - 1, b), (b, b), (b - 1, b), (5, 1), (1, 1), (1, b), (0, b)]
        for n, size in (*sizes, (0, 1), (rng.randrange(90, 110), 32)):
            add(ONCE, n, size, some(), [0, 0])
        for size in (0, -1, -rng.randrange(2, 9)):
            add(ONCE, b, size, some())

        seed, epoch = rng.sample(range(2, 40), 2)
        n = 4 * rng.randrange(8, 12)
        add(DECIDED, n, 4, [seed, epoch], [seed, epoch], [seed, epoch + 1], [seed + 1, epoch])
        add(DECIDED, n, 4, [seed, 0], [seed, 1], [seed + 1, 0], [seed, 2], [0, seed], [seed, 0])
        add(DECIDED, n, 4, [seed, epoch], [epoch, seed], [2 * seed, epoch], [seed, 2 * epoch], [seed + epoch, 0])
        numbers = [[seed, far] for far in (10, 100, 1_000, 10_000)]
        add(DECIDED, n, 4, [seed + 1, 0], *numbers, [10 * seed, epoch], [seed, 10 * epoch])
        a, b, c = rng.sample(range(1, 10), 3)
        add(DECIDED, n, 4, [a, 10 * b + c], [10 * a + b, c], [a, 10 * b], [10 * a + b, 0])  # one text, glued together
        add(DECIDED, n, 4, *([s, e] for s in range(4) for e in range(4)))

        for n in (3, 4):
            first = rng.randrange(10_000)
            pairs = [[first + k // 24, k % 24] for k in range(20 * (1, 1, 2, 6, 24)[n])]
            add(LIKELY, n, 2, [first, 0], _pairs=pairs)
        return cases

    @staticmethod
    def probe(namespace, case):
        import builtins
        import random
        from inspect import unwrap
        from itertools import islice

        import numpy as np

        from karpathy_course.checks.runner.plain_data import describe
        from karpathy_course.checks.shared.plain_arrays import taken_apart

        n, size, pairs = case["n"], case["batch_size"], case.get("_pairs")
        kept, known = np.random.get_state(), getattr(unwrap(namespace["batches"]), "__globals__", None)
        hashed, following = [], {}  # the texts that were hashed; the numbers that follow where nothing draws any

        def placed(k):
            np.random.seed(k)
            random.seed(k)

        def shared_numbers():
            return np.random.standard_normal(), random.gauss(0, 1)  # which also show half a pair that was kept

        def hash_of_process(k):
            """hash, as it is in Python process number k: of a text it is another number in each."""

            def found(thing):
                parts = thing if isinstance(thing, tuple) else (thing,)
                if any(isinstance(part, (str, bytes)) for part in parts):
                    hashed.append(thing)
                    return builtins.hash((k, thing))
                return builtins.hash(thing)

            return found

        def untouched(k, work):
            """(what work returns, whether it leaves the shared random numbers where they are put first).

            Whether it does shows in the next number of each: to compare their states takes longer than most answers.
            """
            if k not in following:
                following[k] = placed(k) or shared_numbers()
            placed(k)
            salted = isinstance(known, dict) and "hash" not in known
            if salted:
                known["hash"] = hash_of_process(k)
            try:
                out = work()
            finally:
                if salted:
                    del known["hash"]
            return out, shared_numbers() == following[k]

        def call(seed, epoch):
            if size >= 1:
                return namespace["batches"](n, size, seed, epoch)
            try:
                return list(islice(iter(namespace["batches"](n, size, seed, epoch)), 2))
            except ValueError:
                return "ValueError"

        def taken(found):
            if found is None or isinstance(found, str):
                return found
            if isinstance(found, np.ndarray) or not hasattr(found, "__iter__"):
                return "one array" if isinstance(found, np.ndarray) else describe(found)
            return [taken_apart(rows) for rows in islice(iter(found), n + 3)]

        def places(found):
            """The places in all batches, one after the other; None for what is no list or iterator of them."""
            if isinstance(found, (np.ndarray, str)) or not hasattr(found, "__iter__"):
                return None
            parts = [part for part in islice(iter(found), n + 3) if isinstance(part, np.ndarray) and part.size <= n]
            return [x for part in parts if part.dtype.kind in "biuf" for x in part.ravel().tolist()]

        try:
            if pairs is not None:
                return [places(call(seed, epoch)) for seed, epoch in pairs]
            held = [untouched(k, lambda pair=pair: call(*pair)) for k, pair in enumerate(case["calls"])]
            found = [(*untouched(k, lambda part=part: taken(part[0])), part[1]) for k, part in enumerate(held)]
        finally:
            np.random.set_state(kept)
        own = [bool(first and second) for _, first, second in found]
        return [{"batches": part[0], "own": o, "hashed": bool(hashed)} for part, o in zip(found, own)]

    @staticmethod
    def judge(case, answer):
        n, size, calls = case["n"], case["batch_size"], case["calls"]
        if case["property"] == LIKELY:
            return judge_likely(n, answer)
        expect_list(answer, len(calls), "the list of all calls")
        orders = []
        for (seed, epoch), outcome in zip(calls, answer):
            where = f"(batches({n}, {size}, {seed}, {epoch}).)"
            expect_dict(outcome, ("batches", "own", "hashed"))
            if size < 1:
                if outcome["batches"] != "ValueError":
                    message = f"A batch_size of {size} has to be refused with a ValueError. {where}"
                    raise Mistake("no-refusal", message, "no exception", "ValueError", 3)
                continue
            pieces = pieces_in(outcome["batches"], where)
            judge_once(pieces, n, size, where)
            if expect_bool(outcome["own"], "whether random numbers stay untouched") is False:
                message = (
                    "The order was drawn from NumPy's or Python's own random numbers, which everybody shares: that "
                )
                message += f"changes what others draw next. Make a generator: np.random.default_rng(…). {where}"
                raise Mistake("global-random-numbers", message, hint=2)
            orders.append(pieces)
        if case["property"] == DECIDED:
            judge_decided(n, size, calls, orders, any(outcome["hashed"] is True for outcome in answer))


def pieces_in(batches, where):
    """The batches as lists of whole numbers, or the Mistake that says why they are none."""
    if type(batches) is str:
        message = (
            f"What was returned is {batches[:60]}. Return a list or an iterator of arrays, one for each batch. {where}"
        )
        raise Mistake("one-array", message, hint=1)
    pieces = []
    for part in expect_list(batches, what="the list of batches"):
        if type(part) is not dict or type(part.get("numbers")) is not list:
            what = part.get("what") if type(part) is dict else None
            said = f": it is {what[:60]}" if type(what) is str else ""
            raise Mistake("not-an-array", f"A batch has to be an array of places{said}. {where}", hint=3)
        if part.get("dtype") not in ("int64", "int32", "int16", "uint32", "uint64", "uint16", "int8", "uint8"):
            message = (
                f"A batch is an array of {part.get('dtype')!s:.40}: places are whole numbers, or they index nothing."
            )
            raise Mistake("not-whole-numbers", f"{message} {where}", hint=3)
        if part.get("shape") != [len(part["numbers"])] or not all(type(x) is int for x in part["numbers"]):
            raise Mistake("not-flat", f"A batch has to be an array with one axis. {where}", hint=3)
        pieces.append(part["numbers"])
    return pieces


def judge_once(pieces, n, size, where):
    flat = [x for piece in pieces for x in piece]
    shown = {"got": pieces[:6]}
    full, rest = divmod(n, size)
    sizes, expected = [len(piece) for piece in pieces], [size] * full + [rest] * (rest > 0)
    if 0 in sizes:
        raise Mistake("empty-batch", f"There is a batch without samples. {where}", **shown, hint=1)
    if flat and sorted(flat) == list(range(1, n + 1)):
        raise Mistake("counts-from-one", f"Places go from 0 to n - 1, not from 1 to n. {where}", **shown, hint=1)
    if flat and (min(flat) < 0 or max(flat) >= n):
        raise Mistake("outside", f"There is a place outside of 0 to {n - 1}. {where}", **shown, hint=1)
    if len(flat) > n and sizes == [size] * len(sizes) and set(flat) == set(range(n)):
        message = f"The last batch was filled up with samples that had been there already. It has what is left. {where}"
        raise Mistake("filled-up", message, **shown, hint=1)
    if len(set(flat)) < len(flat):
        message = f"A sample stands in two batches of one epoch, or twice in one: shuffle, do not draw anew. {where}"
        raise Mistake("drawn-twice", message, **shown, hint=1)
    if len(flat) < n and sizes == [size] * full:
        message = f"The last batch is missing: {rest} of {n} samples were left out. It has what is left. {where}"
        raise Mistake("drops-the-last-batch", message, **shown, hint=1)
    if len(flat) < n:
        raise Mistake("left-out", f"{n - len(flat)} of {n} samples were left out. {where}", **shown, hint=1)
    if sizes != expected:
        message = (
            f"The batches have {sizes} samples; {expected} were expected: all full, and the last one what is left."
        )
        raise Mistake("wrong-sizes", f"{message} {where}", sizes[:40], expected[:40], 1)


def judge_decided(n, size, calls, orders, hashed):
    """Return when equal pairs of seed and epoch have equal orders, and others have others.

    hashed: whether a text went through hash.
    """
    flat = [[x for piece in pieces for x in piece] for pieces in orders]
    for (seed, epoch), order in zip(calls, flat):
        if order == sorted(order):
            message = f"The samples were not shuffled: they come from 0 to {n - 1}. (Seed {seed}, epoch {epoch}.)"
            raise Mistake("not-shuffled", message, order, hint=1)
    for i, (pair, order) in enumerate(zip(calls, flat)):
        for other, different in zip(calls[:i], flat[:i]):
            where = f"(Seed {other[0]} in epoch {other[1]}, and seed {pair[0]} in epoch {pair[1]}.)"
            if pair == other and order != different and hashed:
                message = (
                    "The order comes from hash() of a text, which is another number each time Python starts: after a "
                )
                message += f"restart the same seed and epoch give another order. {where}"
                raise Mistake("other-after-a-restart", message, order, different, 2)
            if pair == other and order != different:
                message = f"The same seed and epoch gave two different orders. {where}"
                raise Mistake("not-repeatable", message, order, different, 2)
            if pair != other and order == different:
                raise_alike(pair, other, order, where)
    pairs = [(i, j) for j in range(len(calls)) for i in range(j) if calls[i] != calls[j]]
    if all((b - a) % n == 1 for order in flat for a, b in pairwise(order)):
        message = "The samples follow each other as in the data, only from another start: that is no shuffling."
        raise Mistake("rotated", message, flat[0], hint=1)
    for i, j in pairs:
        start = flat[i].index(flat[j][0])
        if flat[i][start:] + flat[i][:start] == flat[j]:
            message = (
                "An order is another one begun at a later place, so that the same samples follow each other in both. "
            )
            message += f"Draw a new order each time. (Seed and epoch {calls[i]}, and {calls[j]}.)"
            raise Mistake("rotates-one-order", message, flat[j], flat[i], 1)
    members = [{frozenset(piece) for piece in pieces} for pieces in orders]
    if again := [(i, j) for i, j in pairs if members[i] == members[j]]:
        i, j = again[0]
        placed = all(set(a) == set(b) for a, b in zip(orders[i], orders[j]))
        message = "The batches have the same members again, and only "
        message += "the order inside each of them is another. " if placed else "stand in another order. "
        more = "Shuffle all the samples first, by seed and epoch together, and cut afterwards. "
        more += f"(Seed and epoch {calls[i]}, and {calls[j]}.)"
        blocks = {frozenset(range(k, k + size)) for k in range(0, n, size)}
        id = (
            "shuffles-within-batches"
            if members[0] == blocks and all(o[0][0] < size for o in orders)
            else "same-batches"
        )
        raise Mistake(id, message + more, hint=1)
    if all(piece == sorted(piece) for pieces in orders for piece in pieces):
        message = "Each batch is sorted: then not every order can come."
        raise Mistake("sorted-batches", message, orders[0][:4], hint=1)


def raise_alike(pair, other, order, where):
    (seed, epoch), (first, before) = pair, other
    if seed == first:
        message = "Two epochs have the same order: the epoch has to count too, with the seed."
        raise Mistake("same-every-epoch", f"{message} {where}", order, hint=2)
    if epoch == before:
        raise Mistake("seed-ignored", f"Two seeds give the same order. {where}", order, hint=2)
    if pair == other[::-1]:
        message = (
            "The order is the same when seed and epoch change places: neither a sum or product of the two, nor the "
        )
        message += f"two when sorted, can tell which was which. Seed the generator with [seed, epoch]. {where}"
        raise Mistake("one-number-of-two", message, order, hint=2)
    message = (
        "Another seed in another epoch gives the same order. A sum, a product or the like makes one number of two, "
    )
    message += "and so loses which was which: seed the generator with both."
    raise Mistake("one-number-of-two", f"{message} {where}", order, hint=2)


def judge_likely(n, answer):
    """Return when the orders of n samples come equally often, by Pearson's chi-square."""
    orders = list(permutations(range(n)))
    counts = dict.fromkeys(orders, 0)
    for order in expect_list(answer, what="the list of orders"):
        key = tuple(order) if type(order) is list and all(type(x) is int for x in order) else None
        if key not in counts:
            message = f"Some batches of {n} samples do not hold each sample once."
            raise Mistake("left-out", message, order, hint=1)
        counts[key] += 1
    each = len(answer) / len(orders)
    if not each or sum((count - each) ** 2 / each for count in counts.values()) > MOST_CHI_SQUARE[n]:
        often = max(counts, key=counts.get)
        message = f"Not every order is as likely: in {len(answer)} epochs with {n} samples, {list(often)} came "
        message += (
            f"{counts[often]} times, and {sum(not c for c in counts.values())} of {len(orders)} orders never came."
        )
        raise Mistake("uneven", message, counts[often], round(each), 1)

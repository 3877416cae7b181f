"""Exercise 08.2: the share of a layer's units that are dead, over all batches of a data set.

Each draw has units that are dead in some batches only, units that are above 0 once, and units whose numbers add up to less
than 0 and are not dead; draws in which a usual mistake gives the right share, or that of another mistake, are drawn again.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list, expect_number
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, exact
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong, draw_telling, name_mistake

ONE, SEVERAL, PICTURES, EDGES = (
    "one batch",
    "several batches",
    "pictures with channels",
    "nan, and batches without samples",
)


def dead_in(h, is_off=lambda h: h <= 0):
    """For each unit whether all of its numbers are off. h: (n, units) or (n, channels, height, width)."""
    return is_off(h).all(axis=tuple(k for k in range(h.ndim) if k != 1))


def right(*batches, is_off=lambda h: h <= 0):
    return float(np.all([dead_in(h, is_off) for h in batches], axis=0).mean())


def joined(batches):
    """All numbers of each unit: (numbers, units)."""
    return np.concatenate([np.moveaxis(h, 1, -1).reshape(-1, h.shape[1]) for h in batches])


def several(model):
    """A model that says something only where there are several batches with samples."""
    return lambda *batches: model(*batches) if sum(len(h) > 0 for h in batches) > 1 else None


WRONG = [
    Wrong("share-of-zeros", lambda *b: float((joined(b) <= 0).mean()), "This is the share of all numbers that are not above "
          "0. Half of them usually are, and that is fine. A unit is dead if **all** of its numbers are.", 1),
    Wrong("off-once-is-not-dead", lambda *b: float((joined(b) <= 0).any(axis=0).mean()), "Units were counted that are off for "
          "at least one sample. A dead one is off for every sample.", 1),
    Wrong("dead-in-one-batch", several(lambda *b: float(np.any([dead_in(h) for h in b], axis=0).mean())), "A unit counts as "
          "dead although it is off in some of the batches only: another batch has a sample that switches it on. It has "
          "to be off in all of them.", 2),
    Wrong("mean-over-batches", several(lambda *b: float(np.mean([dead_in(h).mean() for h in b if len(h)]))), "This is the "
          "mean of the batches' own shares. A unit that is off in one batch may be on in another: remember for each unit "
          "whether it was ever on.", 2),
    Wrong("mean-over-batches", several(lambda *b: float(np.mean([dead_in(h).mean() for h in b]))), "This is the "
          "mean of the batches' own shares. A unit that is off in one batch may be on in another: remember for each unit "
          "whether it was ever on.", 2),
    Wrong("only-the-last-batch", several(lambda *b: right(b[-1])), "Only the last batch counted. A unit is dead if it is off "
          "in all of them.", 2),
    Wrong("only-the-first-batch", several(lambda *b: right(b[0])), "Only the first batch counted. A unit is dead if it is "
          "off in all of them.", 2),
    Wrong("zero-is-dead-too", lambda *b: right(*b, is_off=lambda h: h < 0), "A unit whose numbers are 0 was not counted as "
          "dead: relu gives exactly 0. Off means <= 0.", 1),
    Wrong("negative-is-dead-too", lambda *b: right(*b, is_off=lambda h: h == 0), "A unit with numbers below 0 was not "
          "counted as dead. What goes into the relu may be handed in as well: off means <= 0.", 1),
    Wrong("sum-not-each", lambda *b: float((joined(b).sum(axis=0) <= 0).mean()), "A unit's numbers were added up, or "
          "averaged. Many below 0 then hide one above: compare each number with 0.", 2),
    Wrong("samples-not-units", lambda *b: float(np.concatenate([(h <= 0).reshape(len(h), -1).all(axis=1) for h in b]).mean()),
          "The flags were combined along the wrong axes: this is the share of samples for which all units are off. Asked for "
          "is the share of units, axis 1, that are off for all samples.", 1),
    Wrong("places-not-channels", lambda *b: float(np.all([(h <= 0).all(axis=0) for h in b], axis=0).mean())
          if b[0].ndim > 2 else None, "Each place of a picture was taken for a unit. The unit is the channel, axis 1: it is "
          "dead if it is off at all places of all samples.", 2),
    Wrong("alive-share", lambda *b: 1 - right(*b), "This is the share of units that are alive.", 1),
    Wrong("count-not-share", lambda *b: right(*b) * b[0].shape[1], "This is the number of dead units. Divide by that of "
          "all units.", 1),
    Wrong("percent", lambda *b: right(*b) * 100, "The share is in percent. Return a number from 0 to 1.", 1),
]  # fmt: skip


def numbers_of(kind, size, below, rng):
    """So many numbers of a unit in one batch. below: whether numbers below 0 are among those that are off."""
    negative = lambda: rng.choice((-1.0, -rng.uniform(0.5, 3)))
    if kind == "off below 0" and below:
        return [negative() for _ in range(size)]
    if kind == "off at 0" or not below:
        numbers = [rng.choice((0.0, 0.0, -0.0)) for _ in range(size)]
    else:
        numbers = [rng.choice((0.0, negative())) for _ in range(size)]
    if kind == "on once" and size:
        numbers[rng.randrange(size)] = rng.choice((1e-6, 0.25, rng.uniform(0.01, 0.3)))
    if kind == "on" and size:
        numbers = [rng.choice((number, rng.uniform(4, 9), 4.0)) for number in numbers]
        numbers[rng.randrange(size)] = 1.0 + 4 * size
    if kind == "always on":
        numbers = [rng.choice((1.0, rng.uniform(0.1, 2))) for _ in numbers]
    return numbers


def drawn_batches(rng, sizes, below, places=0):
    """Described batches of these sizes, with units of every kind: dead in all of them, on once in one, and so on."""
    full, per = [k for k, n in enumerate(sizes) if n], max(1, places * places)
    units = []
    for kind, least, most in (
        ("off at 0", 1, 2),
        ("off below 0", 2, 3),
        ("off", 0, 2),
        ("on", 1, 3),
        ("always on", 1, 2),
    ):
        units += [[kind] * len(sizes) for _ in range(rng.randrange(least, most + 1))]
    for kind in ["on once"] * rng.randrange(2, 5) + ["on"] * rng.randrange(2, 5) * (len(full) > 1):
        units.append(["off"] * len(sizes))
        units[-1][rng.choice(full)] = kind
    rng.shuffle(units)
    found = []
    for k, n in enumerate(sizes):
        columns = [numbers_of(unit[k], n * per, below, rng) for unit in units]
        numbers = [column[s * per + place] for s in range(n) for column in columns for place in range(per)]
        shape = [n, len(units), places, places] if places else [n, len(units)]
        found.append({"shape": shape, "dtype": "float64", "numbers": numbers})
    return found


class DeadShare(Exercise):
    id = "08.2"
    title = "Count the dead"
    section = "Dead units"
    why = "A unit that is off for every sample gets no gradient, so gradient descent cannot change its weights."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("dead_share",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {ONE: 0.25, SEVERAL: 0.35, PICTURES: 0.2, EDGES: 0.2}
    leaves_out = {
        "no axis": "a batch has samples and units",
        "whole number": "what a layer gives are floats",
    }
    task = """\
Write `dead_share(batches)`: the share of a layer's units that are dead, a float from 0 to 1.

`batches` holds what the layer gave, batch by batch, for a whole data set. It is a list, or a generator that can be read
only once. Each batch is an array of shape `(n, units)`. A layer of pictures gives `(n, channels, height, width)`, and
there a unit is a channel. The number n of samples may differ from batch to batch, and be 0.

* A unit is **dead** if each of its numbers is 0 or below, for every sample of every batch (and at each place of a picture).
  Relu gives exactly 0 there. What goes *into* the relu may be handed in as well, so numbers below 0 are possible.
* `nan` is neither 0 nor below: a unit with a `nan` is not dead.
* If there is no sample at all, nobody can know: raise a `ValueError`.

The data set may be large: keep no batch after you have looked at it. Leave the arrays and the list as they are."""
    hints = (
        "Ask for each unit whether it is off for all samples, not how many numbers are 0. (h <= 0) is an array of True and "
        "False; .all(axis=…) combines along the axes that are not the units.",
        "dead = (h <= 0).all(axis=0) for one batch of shape (n, units). For several, a unit is dead if it is dead in the first "
        "and in the second and …: dead = dead & this_batch. A batch of pictures has three axes to combine: 0, 2 and 3.",
        "dead, samples = True, 0; for h in batches: axes = (0, *range(2, h.ndim)); dead = dead & (h <= 0).all(axis=axes); "
        "samples += len(h). At the end: if not samples: raise ValueError(…); return float(dead.mean()).",
    )

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, sizes, below=True, places=0, generator=False, only_right=True):
            def make():
                made.append(drawn_batches(rng, sizes, below, places))
                return tuple(map(exact, made[-1]))

            made, kept = [], []
            for _ in range(2):
                draw_telling(make, right, WRONG, 0.002, () if below else NOT_BELOW, only_right)
                while kept and right(*map(exact, kept[0])) == right(*map(exact, made[-1])):
                    draw_telling(make, right, WRONG, 0.002, () if below else NOT_BELOW, only_right)
                kept.append(made[-1])
            for k, described in enumerate(kept[0]):
                k += len(cases)
                described |= {"dtype": ("float64", "float32")[k % 2], "layout": LAYOUTS[k % 4]}
            cases.append({"property": property, "batches": kept[0], "others": kept[1], "generator": generator})

        add(ONE, [rng.randrange(5, 8)], only_right=False)
        add(ONE, [8], below=False)
        add(ONE, [rng.randrange(3, 6)], generator=True)
        add(SEVERAL, [4, 5, 3], only_right=False)
        add(SEVERAL, [5, 3, 4], below=False)
        add(SEVERAL, [rng.randrange(2, 5), rng.randrange(3, 6), 1], generator=True)
        add(SEVERAL, [3, 0, 4, 2])
        add(PICTURES, [3], places=2, only_right=False)
        add(PICTURES, [2, 3, 0], places=rng.randrange(2, 4), generator=True)
        add(EDGES, [1, 1, 1, 1])
        square = drawn_batches(rng, [4], True)[0]
        rows = square["shape"][1]
        square |= {"shape": [rows, rows], "numbers": (square["numbers"] * rows)[: rows * rows]}
        cases.append({"property": EDGES, "batches": [square], "others": [square], "generator": False})
        cases.append(with_nan(rng))
        for number, shape in ((-1.0, [3, 1]), (rng.choice((0.5, 1.0)), [2, 1])):
            numbers = [rng.choice((0.0, -1.0)) for _ in range(shape[0] - 1)]
            one = {"shape": shape, "dtype": "float32", "numbers": [*numbers, number]}
            cases.append({"property": EDGES, "batches": [one], "others": [one], "generator": False})
        empty = {"shape": [0, rng.randrange(2, 6)], "dtype": "float32", "numbers": []}
        for batches, generator in (([empty], False), ([empty, empty], True), ([], False), ([], True)):
            cases.append({"property": EDGES, "batches": batches, "others": [], "generator": generator})
        return cases

    @staticmethod
    def probe(namespace, case):
        import weakref

        from karpathy_course.checks.shared.plain_arrays import array_of, snapshot

        def asked(described):
            batches = [array_of(each) for each in described]
            before = snapshot(batches)
            try:
                said = namespace["dead_share"](iter(batches) if case["generator"] else batches)
            except ValueError as error:
                if any(len(batch) for batch in batches):
                    raise
                said = f"ValueError {error}"[:80]
            return {"said": said, "changed": snapshot(batches) != before}

        def kept(described):
            """The most batches that were still held somewhere when the next one was asked for."""
            most, alive = 0, []

            def one_after_the_other():
                nonlocal most
                for each in described:
                    batch = array_of(each | {"layout": "plain"}).copy()  # the owner: a view of it keeps it alive
                    alive.append(weakref.ref(batch))
                    yield batch
                    del batch
                    most = max(most, sum(one() is not None for one in alive))

            namespace["dead_share"](one_after_the_other())
            return most

        calls = [asked(case["batches"]), asked(case["others"]), asked(case["batches"])]
        return {"calls": calls, "kept": kept(case["batches"]) if case["generator"] and len(case["batches"]) > 2 else 0}

    @staticmethod
    def judge(case, answer):
        calls = expect_list(expect_dict(answer, ("calls", "kept"))["calls"], 3, "the list of calls")
        first, other, last = (expect_dict(called, ("said", "changed")) for called in calls)
        judge_call(case, first, [exact(each) for each in case["batches"]])
        for called, described in ((other, case["others"]), (last, case["batches"])):
            try:
                judge_call(case, called, [exact(each) for each in described])
            except Mistake as mistake:
                if called is other and other["said"] != first["said"]:
                    raise
                message = (
                    "A second call, with other batches, went on with what the first had seen. Begin anew in each call."
                )
                raise Mistake("second-call-differs", message, mistake.got, mistake.expected) from None
        if type(answer["kept"]) is not int or answer["kept"] > 2:
            message = f"{answer['kept']} batches were kept until the end. A data set may be larger than the memory: remember for each "
            message += "unit whether it was ever on, and let each batch go. Looking at them as they come needs no list."
            raise Mistake("keeps-the-batches", message, answer["kept"], "the batch at hand", 3)


NOT_BELOW = {"negative-is-dead-too", "sum-not-each"}  # right where no number is below 0


def with_nan(rng):
    """A case in which a unit that has a nan, and no number above 0, is not dead."""
    columns = [
        [-1.0, float("nan"), 0.0],
        [0.0, 0.0, -0.5],
        [float("nan")] * 3,
        [-1.0, 0.0, float("nan")],
        [0.0, rng.uniform(1, 2), -1.0],
        [-1.0] * 3,
    ]
    columns += [[float("-inf"), 0.0, 0.0], [0.0, 0.0, float("inf")]][: rng.randrange(1, 3)]
    rng.shuffle(columns)
    batches = []
    for rows in ((0, 1), (2,)):
        numbers = [column[row] for row in rows for column in columns]
        batches.append({"shape": [len(rows), len(columns)], "dtype": "float64", "numbers": numbers})
    return {"property": EDGES, "batches": batches, "others": batches[:1], "generator": False}


def judge_call(case, called, batches):
    said = expect_dict(called, ("said", "changed"))["said"]
    sizes = ", ".join(str(h.shape) for h in batches)
    where = f"({len(batches)} batch{'es' * (len(batches) != 1)}{' of shape ' * bool(sizes)}{sizes}.)"
    if called["changed"] is not False:
        raise Mistake("changes-its-arguments", f"A batch, or the list, has changed: they belong to the caller. {where}")
    if not any(len(h) for h in batches):
        if type(said) is not str or not said.startswith("ValueError"):
            message = f"There is no sample, so nobody can know whether a unit is dead: raise a ValueError. {where}"
            raise Mistake("no-refusal", message, said, "ValueError", 3)
        return
    if type(said) is float and said != said:
        message = f"The share is nan: the mean of no numbers, or a comparison by arithmetic. {where}"
        raise Mistake("not-finite", message, said, right(*batches), 3)
    expected, shown = right(*batches), {"got": expect_number(said, "dead_share(batches)"), "expected": right(*batches)}
    if abs(said - expected) <= 1e-6:
        return
    if any(np.isnan(h).any() for h in batches):
        message = (
            "A unit with a nan, and no number above 0, was counted as dead. nan is not <= 0: ask whether all numbers "
        )
        raise Mistake("nan-is-not-dead", f"{message}are <= 0, and not whether none is > 0. {where}", **shown, hint=1)
    name_mistake(WRONG, batches, said, "{} " + where, lambda a, b: b is not None and abs(a - b) <= 1e-6, **shown)
    raise Mistake("wrong-share", f"That is not the share of dead units. {where}", **shown, hint=2)

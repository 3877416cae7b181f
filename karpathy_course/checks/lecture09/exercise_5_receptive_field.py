"""Exercise 09.5: how large a result is, and which pixels one number of it sees, for a stack of layers.

Right is found by trying: pictures that are black but for one pixel go through the layers, all at once, and where
something comes out, that pixel was seen. No formula of the task is used here.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_integer, expect_list
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import TRIES, Wrong, name_mistake, result_of

SIZES, TOO_LARGE, FIELDS, EDGES = (
    "output sizes",
    "a window that does not fit",
    "receptive fields",
    "no layer, and layers of 1",
)
NUMBERS = ("field", "jump", "first")
MOST = 400  # pixels of the line that is tried


def impulses(size, layers):
    """(size, outputs): which pixel of a line reaches which output; [] where a window does not fit."""
    reached = np.eye(size)
    for kernel, stride, padding, dilation in layers:
        line = np.pad(reached, ((0, 0), (padding, padding)))
        starts = range(0, line.shape[1] - dilation * (kernel - 1), stride)
        if not len(starts):
            return None
        windows = [line[:, start : start + dilation * (kernel - 1) + 1 : dilation].sum(axis=1) for start in starts]
        reached = (np.stack(windows, axis=1) > 0).astype(float)
    return reached


def sizes_right(size, layers):
    found = impulses(size, layers)
    return None if found is None else found.shape[1]


def fields_right(layers):
    """[field, jump, first] of a line so long that two outputs in its middle see no border."""
    size = 60
    while size <= MOST:
        found = impulses(size, layers)
        ends = [] if found is None else [np.flatnonzero(column) for column in found.T]
        inner = [k for k, seen in enumerate(ends) if len(seen) and min(seen) > 0 and max(seen) < size - 1]
        # The border cuts off what is seen, so only outputs between others that see as much are right.
        spans = {k: (int(ends[k][0]), int(ends[k][-1])) for k in inner}
        whole = max((b - a for a, b in spans.values()), default=-1)
        pairs = [
            k
            for k in spans
            if k + 1 in spans and spans[k][1] - spans[k][0] == whole == spans[k + 1][1] - spans[k + 1][0]
        ]
        if len(pairs) >= 3:
            k = pairs[1]
            jump = spans[k + 1][0] - spans[k][0]
            return [whole + 1, jump, spans[k][0] - k * jump]
        size += 60
    raise ValueError(f"no two outputs see no border: {layers}")


def by_layers(step, result, start=(1, 1, 0)):
    """A model that goes through the layers: step(field, jump, first, kernel, stride, padding, dilation)."""

    def model(layers):
        state = start
        for layer in layers:
            state = step(*state, *layer)
        return result(*state)

    return model


def right_step(field, jump, first, k, s, p, d):
    return field + d * (k - 1) * jump, jump * s, first - p * jump


as_list = lambda field, jump, first: [field, jump, first]
OF_FIELDS = [
    Wrong("from-the-other-end", lambda layers: by_layers(right_step, as_list)(layers[::-1]), "The layers were taken in the opposite "
          "order: the first of the list is the one that sees the picture.", 2),
    Wrong("stride-of-its-own", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j * s, j * s, a - p * j * s), as_list),
          "A layer's own stride does not change what its own windows see: it moves the next layers' pixels apart. Use the jump "
          "before the layer, then multiply it.", 2),
    Wrong("kernels-alone", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1), j * s, a - p * j), as_list), "Behind a "
          "stride, one step of the kernel is as many pixels of the picture as the jump: multiply kernel - 1 by it.", 2),
    Wrong("kernels-alone", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1), j * s, a - p), as_list), "Behind a "
          "stride, one step of the kernel, or one of the border, is as many pixels of the picture as the jump: multiply by it.", 2),
    Wrong("jumps-added", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j, j + s - 1, a - p * j), as_list), "The "
          "strides were added. Every second of every third pixel is every sixth: multiply them.", 2),
    Wrong("dilation-ignored", by_layers(lambda f, j, a, k, s, p, d: (f + (k - 1) * j, j * s, a - p * j), as_list), "With a "
          "dilation of d the pixels of a window are d apart, so it reaches d · (kernel - 1) further.", 1),
    Wrong("whole-kernels", by_layers(lambda f, j, a, k, s, p, d: (f + d * k * j, j * s, a - p * j), as_list), "A window of k pixels "
          "reaches k - 1 further than one pixel: two layers of 3 see 5, not 7.", 1),
    Wrong("whole-kernels", by_layers(lambda f, j, a, k, s, p, d: (f + d * k * j, j * s, a - p * j), as_list, (0, 1, 0)), "A window of k "
          "pixels reaches k - 1 further than one pixel: two layers of 3 see 5, not 6.", 1),
    Wrong("multiplied", by_layers(lambda f, j, a, k, s, p, d: (f * (d * (k - 1) + 1), j * s, a - p * j), as_list), "The sizes of the "
          "windows were multiplied. Neighbouring windows overlap, so each layer adds: two layers of 3 see 5, not 9.", 1),
    Wrong("padding-ignored", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j, j * s, a), as_list), "`first` is 0, "
          "whatever the padding. A border of p moves the first window p pixels to the left, to -p.", 3),
    Wrong("padding-in-pixels", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j, j * s, a - p), as_list), "Behind a "
          "stride, one number of the border is as wide as the jump: subtract padding · jump from `first`.", 3),
    Wrong("other-sign", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j, j * s, a + p * j), as_list), "`first` has the "
          "opposite sign: a border moves the first window to the left, to places below 0.", 3),
    Wrong("padding-makes-it-smaller", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j - 2 * p * j, j * s, a - p * j), as_list),
          "The padding was subtracted from the field. It moves the windows, and does not change how much they see.", 3),
    Wrong("in-another-order", lambda layers: (lambda f, j, a: [j, f, a])(*by_layers(right_step, as_list)(layers)), "The order of the three "
          "is (field, jump, first).", 1),
    Wrong("in-another-order", lambda layers: (lambda f, j, a: [a, j, f])(*by_layers(right_step, as_list)(layers)), "The order of the three "
          "is (field, jump, first).", 1),
    Wrong("last-layer-alone", lambda layers: as_list(*right_step(1, 1, 0, *layers[-1])) if layers else None, "Only the last layer was "
          "counted.", 2),
    Wrong("from-the-middle", by_layers(lambda f, j, a, k, s, p, d: (f + d * (k - 1) * j, j * s, a + (d * (k - 1) / 2 - p) * j), as_list),
          "`first` is the middle of what output 0 sees. The first pixel is asked for, the one at the left end.", 3),
]  # fmt: skip


def sized(step):
    def model(size, layers):
        for layer in layers:
            size = step(size, *layer)
        return size

    return model


OF_SIZES = [
    Wrong("one-border-alone", sized(lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1), "The border was counted once. It is on both "
          "sides: 2 · padding.", 1),
    Wrong("padding-ignored", sized(lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1), "The padding was not counted.", 1),
    Wrong("dilation-ignored", sized(lambda n, k, s, p, d: (n + 2 * p - k) // s + 1), "With a dilation of d a window is d · (kernel - 1) + 1 "
          "pixels long.", 1),
    Wrong("dilation-of-whole-kernels", sized(lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1), "With a dilation of d a window is d · "
          "(kernel - 1) + 1 pixels long: there are k - 1 steps between k pixels.", 1),
    Wrong("rounded-up", sized(lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1), "A window that does not fit was counted: "
          "round down.", 1),
    Wrong("rounded-up", sized(lambda n, k, s, p, d: round((n + 2 * p - d * (k - 1) - 1) / s) + 1), "A window that does not fit was counted: "
          "round down, with //.", 1),
    Wrong("one-missing", sized(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s), "There is one window more than steps between "
          "windows: + 1.", 1),
    Wrong("one-missing", sized(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s), "There is one window more than steps between "
          "windows: (… - 1) // stride + 1.", 1),
    Wrong("divided-first", sized(lambda n, k, s, p, d: n // s + 2 * p - d * (k - 1)), "The stride divides what is left after the window was "
          "subtracted, not the size.", 1),
    Wrong("stride-ignored", sized(lambda n, k, s, p, d: n + 2 * p - d * (k - 1)), "The stride was not counted.", 1),
    Wrong("not-whole", sized(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1), "A size is a whole number: // instead of /.", 1),
    Wrong("from-the-other-end", lambda size, layers: sized(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s + 1)(size, layers[::-1]),
          "The layers were taken in the opposite order: the first of the list is the one that sees the picture.", 2),
    Wrong("first-layer-alone", lambda size, layers: sized(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s + 1)(size, layers[:1]),
          "Only the first layer was counted.", 2),
]  # fmt: skip


def layer(rng, plain=False):
    if plain:
        return [rng.randrange(2, 5), 1, 0, 1]
    kernel, dilation = rng.randrange(1, 5), rng.randrange(1, 4)
    return [kernel, rng.choice((1, 1, 2, 3)), rng.randrange(0, min(3, dilation * (kernel - 1) // 2 + 1)), dilation]


def told_apart(mistakes, given, right, from_each_other=True):
    """Whether every mistake gives something else than what is right, and than every other mistake."""
    made = [(mistake.id, result_of(mistake.model, given)) for mistake in mistakes]
    return all(result != right and (not from_each_other or all(result != other or id == name for name, other in made[:k]))
               for k, (id, result) in enumerate(made))  # fmt: skip


class ReceptiveField(Exercise):
    id = "09.5"
    title = "What one output sees"
    section = "What one output sees"
    why = "A network cannot find a shape that is larger than what one of its numbers sees."
    difficulty, importance, minutes, points = 3, 4, 30, 4
    needs = ("output_size", "receptive_field")
    leaves_out = dict.fromkeys(("minus one", "negative", "fraction"), "sizes are whole numbers from 0 on")
    allows = {"sorts its entries": "its result is a tuple, which this slip leaves as it is"}
    properties = {SIZES: 0.25, TOO_LARGE: 0.15, FIELDS: 0.4, EDGES: 0.2}
    task = """\
A stack of convolutions and poolings is described by a list of layers, `[(kernel, stride, padding, dilation), …]`, four whole
numbers each; the first of the list sees the picture. Rows and columns are alike, so one direction is enough.

* `output_size(size, layers)`: how many numbers come out if `size` pixels go in, a whole number. Raise a `ValueError` if at any
  layer no window fits.
* `receptive_field(layers)`: three whole numbers `(field, jump, first)`. Output number 0 sees pixels from place `first` on, `field`
  pixels in all, from the leftmost to the rightmost that it depends on. (With a dilation it may not see all of those between; they count.)
  Output 1 sees pixels that lie `jump` further to the right, output 2 another `jump`, and so on. Pixels are counted from 0; a border
  lies at places below 0. So a layer of 3 with stride 1 and padding 1 alone gives `(3, 1, -1)`, and no layer at all `(1, 1, 0)`.

For the check, pictures that are black but for one pixel are sent through the layers; where something comes out, that pixel was
seen. Begin at the picture, and go from layer to layer: what does output 0 of the first two layers see, if you know what output 0, 1, 2, …
of the first one see?"""
    hints = (
        "output_size: one layer makes (size + 2 · padding - dilation · (kernel - 1) - 1) // stride + 1 of size. Go through the layers, and "
        "ask after each whether something is left.",
        "Output 0 of the next layer sees its own numbers 0 - padding, …, up to dilation · (kernel - 1) further, of the layer before. "
        "Number 1 there lies `jump` pixels from number 0. Two numbers that are m apart there see pixels that are m · jump apart.",
        "field += dilation · (kernel - 1) · jump, first -= padding · jump, and then jump *= stride: in this order, since the layer's own "
        "stride counts for the next one only.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def sizes(property, make, mistakes, from_each_other=False):
            for _ in range(TRIES):
                layers = make()
                size = rng.randrange(20, 150)
                right = sizes_right(size, layers)
                if right and told_apart(mistakes, (size, layers), right, from_each_other):
                    cases.append({"property": property, "function": "output_size", "size": size, "layers": layers})
                    return
            raise ValueError(f"in {TRIES:,} draws no layers told the mistakes apart")

        def fields(property, make, mistakes):
            for _ in range(TRIES):
                layers = make()
                size = 4 + sum(d * (k - 1) for k, _, _, d in layers) * math.prod(s for _, s, _, _ in layers)
                if size < MOST / 4 and told_apart(mistakes, (layers,), right_by_formula(layers)):
                    cases.append({"property": property, "function": "receptive_field", "layers": layers})
                    return
            raise ValueError(f"in {TRIES:,} draws no layers told the mistakes apart")

        sizes(
            SIZES,
            lambda: [[rng.randrange(3, 9), rng.choice((2, 3)), rng.randrange(3, 9), rng.choice((5, 6, 7))]],
            alone(OF_SIZES),
            True,
        )
        for _ in range(3):
            sizes(SIZES, lambda: [layer(rng) for _ in range(rng.randrange(2, 5))], OF_SIZES)
        for deep in (False, True):
            for _ in range(TRIES):
                layers = [layer(rng) for _ in range(rng.randrange(2, 5))] if deep else [layer(rng)]
                size = rng.randrange(1, 30)
                first = sizes_right(size, layers[:1])
                if sizes_right(size, layers) is None and bool(first) == deep:
                    cases.append({"property": TOO_LARGE, "function": "output_size", "size": size, "layers": layers})
                    break
        for _ in range(TRIES):  # one pixel less, and nothing fits: 1 is the smallest size there is
            layers = [layer(rng) for _ in range(rng.randrange(1, 4))]
            just = next((n for n in range(1, MOST) if sizes_right(n, layers)), None)
            if just and just > 1 and sizes_right(just, layers) == 1:
                break
        for size in (just, just - 1):
            cases.append({"property": TOO_LARGE, "function": "output_size", "size": size, "layers": layers})
        cases.append(
            {"property": TOO_LARGE, "function": "output_size", "size": 2, "layers": [[4, 3, 0, 1], [2, 1, 2, 1]]}
        )
        fields(FIELDS, lambda: [[rng.randrange(3, 5), 1, 0, 1], [rng.randrange(3, 5), 1, 0, 1]], plain(OF_FIELDS))
        for _ in range(3):
            fields(FIELDS, lambda: [layer(rng) for _ in range(rng.randrange(2, 5))], OF_FIELDS)
        fields(FIELDS, lambda: [[rng.randrange(2, 4), 2, rng.randrange(2), 1] for _ in range(3)], ())
        for function in ("output_size", "receptive_field"):
            more = {"size": rng.randrange(2, 30)} if function == "output_size" else {}
            for layers in ([], [[1, 1, 0, 1]], [[1, 2, 0, 1], [1, 3, 0, 2]], [[3, 1, 1, 1]], [[2, 2, 0, 1]]):
                cases.append({"property": EDGES, "function": function, **more, "layers": layers})
        cases.append({"property": EDGES, "function": "output_size", "size": 1, "layers": [[3, 1, 1, 1], [1, 1, 0, 1]]})
        return cases

    @staticmethod
    def probe(namespace, case):
        layers = [tuple(layer) for layer in case["layers"]]
        given = [layers] if case["function"] == "receptive_field" else [case["size"], layers]
        call = namespace[case["function"]]
        try:
            out = call(*given)
        except ValueError:
            if case["function"] != "output_size":
                raise
            out = "ValueError"
        changed = layers != [tuple(layer) for layer in case["layers"]]
        return {"out": list(out) if type(out) is tuple else out, "changed": changed}

    @staticmethod
    def judge(case, answer):
        layers, out = case["layers"], expect_dict(answer, ("out", "changed"))["out"]
        shown = ", ".join(str(tuple(layer)) for layer in layers)
        if case["function"] == "output_size":
            size, right = case["size"], sizes_right(case["size"], layers)
            where = f"({size} pixels, layers [{shown}].)"
            if right is None or out == "ValueError":
                judge_refusal(out, right, where)
            elif type(out) is not int or out != right:
                name_mistake(OF_SIZES, (size, layers), out, f"{{}} {where}", same, got=out, expected=right)
                out = expect_integer(out, "what output_size returned")
                raise Mistake("wrong-size", f"That is not how many numbers come out. {where}", out, right, 1)
        else:
            right, where = fields_right(layers), f"(Layers [{shown}].)"
            if type(out) is not list or len(out) != 3 or any(type(number) is not int for number in out) or out != right:
                judge_field(out, right, layers, where)
        if answer["changed"] is not False:
            raise Mistake("changes-its-arguments", f"`layers` has changed: it belongs to the caller. {where}")


def right_by_formula(layers):
    return by_layers(right_step, as_list)(layers)


def alone(mistakes):
    """Those that a single layer shows, and of those that hardly differ the first."""
    ids = [mistake.id for mistake in mistakes]
    not_shown = ("from-the-other-end", "first-layer-alone")
    return [mistake for k, mistake in enumerate(mistakes) if mistake.id not in (*not_shown, *ids[:k])]


def plain(mistakes):
    """Those that layers without strides, borders and dilation show."""
    return [
        mistake
        for mistake in mistakes
        if mistake.id in ("whole-kernels", "multiplied", "last-layer-alone", "in-another-order")
    ]


def same(out, model):
    return out == model and type(out) is type(model)


def judge_refusal(out, right, where):
    if out != "ValueError":
        message = f"At one of the layers no window fits, so nothing comes out: raise a ValueError. {where}"
        raise Mistake("not-refused", message, out, hint=1)
    if right is not None:
        raise Mistake(
            "refused", f"A ValueError was raised, but every layer's window fits. {where}", expected=right, hint=1
        )


def judge_field(out, right, layers, where):
    """Raise the Mistake in what receptive_field returned."""
    shown = {"got": out, "expected": right}
    name_mistake(OF_FIELDS, (layers,), out, f"{{}} {where}", same, **shown)
    numbers = expect_list(out, 3, "what receptive_field returned")
    for name, number in zip(NUMBERS, numbers):
        expect_integer(number, f"`{name}`")
    for place in range(3):  # a mistake in one of the three alone
        others = [number for k, number in enumerate(right) if k != place]
        if [number for k, number in enumerate(numbers) if k != place] == others:
            for mistake in OF_FIELDS:
                made = result_of(mistake.model, (layers,))
                if made is not None and made[place] == numbers[place]:
                    raise Mistake(
                        mistake.id, f"`{NUMBERS[place]}`: {mistake.message} {where}", **shown, hint=mistake.hint
                    )
    off = " and ".join(f"`{name}`" for name, a, b in zip(NUMBERS, numbers, right) if a != b)
    raise Mistake("wrong-field", f"What the outputs see is otherwise: {off} is wrong. {where}", **shown, hint=2)

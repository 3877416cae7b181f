"""Everything that a page shows of one pair of operands, as plain data: places, numbers, ties, steps and sentences.

What is long is folded by `slots`; sums and sentences are always over all numbers, the folded ones too.
"""

from itertools import product
from math import prod

import numpy as np

from karpathy_course.ops import OPS
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.widgets.broadcast_loom import sentences as say
from karpathy_course.widgets.broadcast_loom.operands import common_shape
from karpathy_course.widgets.broadcast_loom.own_sum import differs, tried
from karpathy_course.widgets.broadcast_loom.slots import grid
from karpathy_course.widgets.broadcast_loom.weaving import numpys_words, weave
from karpathy_course.widgets.learner_graph.labels import plain

NARROWEST, LETTER, MARGIN = 38.0, 8.6, 13.0


def key_of(op, shapes):
    return "|".join([*map(str, shapes), op])


def screen(op, arrays, gradient=None, unbroadcast=None):
    """``{"key", "op", "sign", "formula", "axes", "grids", "operands", "result", "steps", "clash"}``.

    axes: from the left, {"axis", "sizes", "result", "stretched": the operands' numbers, "clash"}. operands: see
    `_operand`, and "remark": what is wrong with the learner's own sum, "" if nothing is. result: {"shape", "grid",
    "values", "gradients", "names", "words"}, None where the shapes clash.
    steps: {"kind", "text"} and what it is about: "axis" (a place in axes), "operand" (0 or 1), "wrong" (True where
    the learner's unbroadcast is).
    """
    shapes = [array.shape for array in arrays]
    try:
        shape, clash = common_shape(op, shapes), None
    except ShapeError as error:
        shape, clash = None, say.clash_words(numpys_words(op, *arrays), str(error))
    axes = compared(shapes)
    data = {
        "key": key_of(op, shapes),
        "op": op,
        "sign": OPS[op].sign if OPS[op].infix() else op[:3],
        "formula": f"y = {say.expression(op, *say.NAMES)}",
        "axes": axes,
        "clash": clash,
    }
    steps = [{"kind": "start", "text": say.start(op, shapes, clash)}]
    for place in range(len(axes))[::-1]:
        axis = axes[place]
        steps.append({"kind": "axis", "axis": place, "text": say.axis_step(axis["axis"], axis["sizes"])})
        if axis["clash"]:
            break
    if clash is None:
        return data | _woven(op, arrays, shape, gradient, axes, steps, unbroadcast)
    steps[-1]["text"] += f" {clash}"
    width = _width(arrays)
    grids = [grid(array.shape, width) for array in arrays]
    operands = [
        _operand(k, array, grids[k], k, array.shape, None, op, None) | {"remark": ""} for k, array in enumerate(arrays)
    ]
    return data | {"grids": _drawn(grids), "operands": operands, "result": None, "steps": steps, "width": width}


def compared(shapes):
    """Both shapes, aligned from the right: one entry an axis, from the left."""
    rank = max(map(len, shapes))
    found = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] if len(shape) >= -axis else None for shape in shapes]
        full = [1 if size is None else size for size in sizes]
        clash = full[0] != full[1] and 1 not in full
        result = None if clash else full[1] if full[0] == 1 else full[0]
        stretched = [] if clash else [k for k in (0, 1) if full[k] != result]
        found.append({"axis": axis, "sizes": sizes, "result": result, "stretched": stretched, "clash": clash})
    return found


def _woven(op, arrays, shape, gradient, axes, steps, unbroadcast):
    woven = weave(op, *arrays, gradient)
    own, remarks = list(woven.gradients), ["", ""]
    if unbroadcast is not None:
        own, remarks = zip(*(tried(unbroadcast, say.NAMES[k], woven.parts[k], woven.gradients[k]) for k in (0, 1)))
    sums = [x for x in own if x is not None]
    width = _width([*arrays, woven.y, woven.gradient, *woven.parts, *woven.gradients, *sums])
    if prod(shape):
        grids, of_operand = [grid(shape, width)], [0, 0]
    else:  # nothing stands at the result's places, but a number that is stretched to none has one of its own
        grids, of_operand = [grid(shape, width), *(grid(array.shape, width) for array in arrays)], [1, 2]
    operands = [
        _operand(k, x, grids[of_operand[k]], of_operand[k], shape, woven, op, own[k]) | {"remark": remarks[k]}
        for k, x in enumerate(arrays)
    ]
    for k, array in enumerate(arrays):
        steps += _stretch_steps(k, array.shape, shape, axes)
    full = [np.broadcast_to(x, shape) for x in arrays]
    results = [say.result_words(op, i, woven.y[i], full[0][i], full[1][i]) for i in grids[0]["indices"]]
    first = (0,) * len(shape)
    example = results[0] if results else None
    steps.append({"kind": "compute", "text": say.compute_step(op, shape, example)})
    arriving = f"{say.written(woven.gradient[first])} at {say.at('y', first)}" if results else ""
    whole = all(array.dtype.kind != "f" for array in arrays)
    steps.append({"kind": "arrive", "text": say.arrive_step(shape, gradient is not None, arriving, whole)})
    for k, array in enumerate(arrays):
        part = (first, *(x[first] for x in (woven.gradient, woven.locals[k], woven.parts[k]))) if results else None
        steps.append({"kind": "local", "operand": k, "text": say.local_step(op, k, part)})
        stretched = [axis["axis"] for axis in axes if k in axis["stretched"]]
        index = (0,) * array.ndim
        total = (index, _total(op, woven, k, index, array.shape, shape)) if array.size else None
        text = say.sum_step(k, array.shape, shape, stretched, total)
        steps.append({"kind": "sum", "operand": k, "text": f"{remarks[k]} {text}".strip(), "wrong": bool(remarks[k])})
    result = {
        "shape": str(shape),
        "grid": 0,
        "values": [_plain(woven.y[i]) for i in grids[0]["indices"]],
        "gradients": [_plain(woven.gradient[i]) for i in grids[0]["indices"]],
        "names": [say.at("y", i) for i in grids[0]["indices"]],
        "words": [_result_words(text, i, woven) for text, i in zip(results, grids[0]["indices"])],
    }
    return {"grids": _drawn(grids), "operands": operands, "result": result, "steps": steps, "width": width}


def _operand(k, array, drawn, place, shape, woven, op, summed):
    """One operand's cells, at the places of its grid: its own numbers, and copies of them.

    of: for each cell the one that it is a copy of (itself: a number of its own). tie: the neighbour that a thread
    leads to; home: where it comes out of; made: the stretch, counted from 1, that makes it. values, grads, names,
    words: of its own numbers, None for copies; parts: what each cell receives; wrong: the cells of which the
    learner's sum is; beside: see `_beside`. summed: the gradient after summing, None where there is none.
    """
    own = array.shape
    indices = drawn["indices"]
    if woven is None or not prod(shape):
        shape = own  # every cell is a number of its own
    lead = len(shape) - len(own)
    source = lambda index: tuple(0 if n == 1 else i for i, n in zip(index[lead:], own))
    padded = (1,) * lead + own
    axes = [axis for axis in range(len(shape))[::-1] if padded[axis] == 1 and shape[axis] != 1]
    at = {index: i for i, index in enumerate(indices)}
    off = differs(summed, woven.gradients[k]) if summed is not None else np.zeros(own, bool)
    cells = {key: [] for key in ("of", "tie", "home", "made", "values", "parts", "grads", "names", "words", "wrong")}
    for i, index in enumerate(indices):
        moved = [axis for axis in axes if index[axis]]
        cells["made"].append(max((axes.index(axis) + 1 for axis in moved), default=0))
        last = max(moved, key=axes.index, default=None)
        cells["home"].append(i if last is None else at[(*index[:last], 0, *index[last + 1 :])])
        cells["tie"].append(None if last is None else _neighbour(i, index, last, at))
        cells["of"].append(at[tuple(0 if axis in axes else n for axis, n in enumerate(index))])
        is_own, own_index = not moved, source(index)
        cells["values"].append(_plain(array[own_index]) if is_own else None)
        cells["names"].append(say.at(say.NAMES[k], own_index) if is_own else None)
        known = woven is not None and woven.y.size
        cells["parts"].append(_plain(woven.parts[k][index]) if known else None)
        cells["grads"].append(_plain(summed[own_index]) if is_own and summed is not None else None)
        words = _number_words(op, woven, k, own_index, array) if is_own and woven is not None else None
        cells["words"].append(words)
        if is_own and off[own_index]:
            cells["wrong"].append(i)
            words[2] += f" Your unbroadcast says {say.written(summed[own_index])}."
    stretched = str(woven.y.shape) if woven is not None else str(own)
    told = {"shape": str(own), "stretched": stretched, "dtype": str(array.dtype), "grid": place}
    return {**told, **cells, "beside": _beside(drawn["places"], cells["of"], cells["tie"])}


def _beside(places, of, ties):
    """The cells whose threads would run behind other numbers, and so have to run beside them."""
    found = []
    for i, tie in enumerate(ties):
        if tie is None:
            continue
        (x0, x1), (y0, y1) = (sorted(ends) for ends in zip(places[tie], places[i]))
        between = (n for n, (x, y) in enumerate(places) if x0 <= x <= x1 and y0 <= y <= y1)
        if any(of[n] != of[i] for n in between):
            found.append(i)
    return found


def _neighbour(i, index, axis, at):
    """The cell before this one along the axis, which is not always one less: indices may be folded away."""
    return max(at[other] for other in at if other[axis] < index[axis] and _same_but(axis, other, index))


def _same_but(axis, one, other):
    return one[:axis] == other[:axis] and one[axis + 1 :] == other[axis + 1 :]


def _stretch_steps(k, own, shape, axes):
    lead = len(shape) - len(own)
    before, steps = own, []
    for place in range(len(axes))[::-1]:
        axis = axes[place]
        if k not in axis["stretched"]:
            continue
        now = (1,) * lead + own
        done = [a["axis"] for a in axes[place:] if k in a["stretched"]]
        after = tuple(shape[i] if i - len(shape) in done else n for i, n in enumerate(now))
        if lead and axes[place]["axis"] > -len(own) - 1:
            after = after[lead:]
        copies = max(0, prod(after) - prod(before))
        text = say.stretch_step(k, axis["axis"], before, after, copies)
        steps.append({"kind": "stretch", "operand": k, "axis": place, "text": text})
        before = after
    return steps


def _uses(own, index, shape):
    """The indices of the result that use operand's number at index, in order."""
    lead = len(shape) - len(own)
    padded = (None,) * lead + tuple(None if n == 1 else i for i, n in zip(index, own))
    return product(*(range(size) if i is None else (i,) for i, size in zip(padded, shape)))


def _total(op, woven, k, index, own, shape):
    terms = [tuple(x[i] for x in (woven.gradient, woven.locals[k], woven.parts[k])) for i in _uses(own, index, shape)]
    return say.total_words(op, k, terms, woven.gradients[k][index])


def _number_words(op, woven, k, index, array):
    shape = woven.y.shape
    uses = list(_uses(array.shape, index, shape))
    named = uses if len(uses) <= say.MOST_PLACES_NAMED else uses[: say.MOST_PLACES_NAMED - 1]
    results = [f"{say.at('y', i)} = {say.written(woven.y[i])}" for i in named]
    total = _total(op, woven, k, index, array.shape, shape)
    return say.number_words(k, index, array[index], len(uses), results, total)


def _result_words(text, index, woven):
    parts = " and ".join(f"{say.written(woven.parts[k][index])} to {say.NAMES[k]}" for k in (0, 1))
    return [f"{text}.", f"Its gradient, {say.written(woven.gradient[index])}, passes {parts}."]


def _width(arrays):
    letters = 1
    for array in arrays:
        indices = grid(array.shape, NARROWEST)["indices"]
        letters = max([letters, *(len(say.written(array[i])) for i in indices)])
    return max(NARROWEST, round(LETTER * letters + MARGIN, 1))


def _drawn(grids):
    return [{key: found for key, found in each.items() if key != "indices"} for each in grids]


def _plain(number):
    number = number.item()
    return plain(number) if isinstance(number, float) else number

"""What the loom says at each step and about each number: plain sentences that carry the picture's numbers.

The page shows one of them at a time in its live line; `describe` and screen readers have no other source.
"""

import math
from math import prod

from karpathy_course.ops import OPS
from karpathy_course.widgets.broadcast_loom.local_words import is_constant, local_words
from karpathy_course.widgets.learner_graph.labels import format_number

NAMES = ("a", "b")
MOST_TERMS, MOST_PLACES_NAMED = 8, 4


def written(number):
    """As everywhere in the course, four significant digits; a zero below zero keeps its sign."""
    return "-0" if number == 0 and math.copysign(1, number) < 0 else format_number(number)


def bracketed(text):
    return f"({text})" if text.startswith("-") else text


def expression(op, a, b):
    """``a + b`` with texts for a and b, ``maximum(a, b)`` where the operation has a name and no sign."""
    if OPS[op].infix():
        return f"{a} {OPS[op].sign} {bracketed(b)}"
    return f"{OPS[op].name}({a}, {b})"


def counted(n, word, many=None):
    return f"{n} {word if n == 1 else many or word + 's'}"


def at(name, index):
    return f"{name}{list(index)}" if index else name


def axis_step(axis, sizes):
    """One axis compared, counted from the right; sizes: of a and b, None for an axis that one does not have."""
    last = ", the last" if axis == -1 else ""
    lacking = [name for name, size in zip(NAMES, sizes) if size is None]
    full = [1 if size is None else size for size in sizes]
    begin = f"Axis {axis}{last}: {' and '.join(map(str, full))}."
    if lacking:
        begin = f"Axis {axis}{last}: {lacking[0]} has no such axis, so it counts as 1; {full[0]} and {full[1]}."
    if full[0] == full[1]:
        return f"{begin} They agree: nothing is stretched."
    if 1 in full:
        name, size = NAMES[full.index(1)], full[1 - full.index(1)]
        return f"{begin} The 1 is stretched: {name} is repeated {counted(size, 'time')}."
    return f"{begin} They differ, and neither is 1: nothing can be stretched."


def start(op, shapes, clash):
    formula = f"y = {expression(op, *NAMES)}"
    end = "Press play to compare the axes." if clash else "Press play: forward, then backward."
    return f"{formula}: a has shape {shapes[0]}, b has shape {shapes[1]}. {end}"


def clash_words(numpy, course):
    return f"NumPy says: {numpy}. In the course's words: {course}"


def stretch_step(k, axis, before, after, copies):
    """Operand k along one axis, from one shape to the next."""
    times = after[len(after) + axis]
    begin = f"{NAMES[k]} is stretched along axis {axis} from 1 to {times}"
    if not copies:
        return f"{begin}: no copy is left. Shape {before} → {after}."
    tied = "tied to the number that it repeats"
    return (
        f"{begin}: {counted(copies, 'copy', 'copies')}, {'each ' * (copies > 1)}{tied}. "
        f"Shape {before} → {after}; nothing is computed or stored."
    )


def compute_step(op, shape, example):
    many = prod(shape)
    if not many:
        return f"y = {expression(op, *NAMES)}: an axis has size 0, so there is nothing to compute. Shape {shape}."
    such = f": {example}" if many == 1 else f", such as {example}"
    return f"y = {expression(op, *NAMES)}, place by place: {counted(many, 'result')}{such}."


def result_words(op, index, y, a, b):
    """``y[0, 1] = 20 + 3 = 23``"""
    return f"{at('y', index)} = {expression(op, written(a), written(b))} = {written(y)}"


def arrive_step(shape, given, example, whole):
    """given: whether the learner gave the gradient; whole: whether both operands are whole numbers."""
    remark = " Whole numbers have no gradient: from here on they count as float64." if whole else ""
    return _arriving(shape, given, example) + remark


def _arriving(shape, given, example):
    many = prod(shape)
    if not many:
        return f"Backward: a gradient of shape {shape} arrives at y; it has no numbers."
    if not given:
        where = "at y" if many == 1 else f"at each of the {many} results"
        return f"Backward: a gradient of 1 arrives {where}."
    where = f"{example}" if many == 1 else f"one number for each result, such as {example}"
    return f"Backward: the gradient that you gave arrives at y: {where}."


def local_step(op, k, example):
    """example: (index, gradient, local, part) of the first place, None where there is none."""
    words = local_words(op, k)
    rule = f"Backward to {NAMES[k]}: the gradient × the local derivative" + f" ({words})" * bool(words)
    if example is None:
        return f"{rule}; there is no place to compute it at."
    index, gradient, number, part = example
    product = f"{written(gradient)} × {bracketed(written(number))} = {written(part)}"
    return f"{rule}. At {list(index)}: {product}." if index else f"{rule}: {product}."


def sum_step(k, shape, full, stretched, example):
    """stretched: the axes along which operand k was; example: (index, sum in words) of the first number."""
    name = NAMES[k]
    if not stretched:
        return f"{name} was not stretched, so there is nothing to sum: the gradient of {name} has its shape {shape}."
    axes = ("axis " if len(stretched) == 1 else "axes ") + " and ".join(map(str, stretched))
    begin = f"The gradients of all copies of one number are summed, over {axes}"
    if example is None:
        return f"{begin}; {name} has no numbers."
    each = prod(full[len(full) + axis] for axis in stretched)
    index, total = example
    many = f": {each} for each number of {name}" * bool(each)
    return f"{begin}{many}. Shape {full} → {shape}. The gradient of {at(name, index)} is {total}."


def term(op, k, gradient, local, part):
    """What one copy of operand k adds to the sum; a product only where the local derivative is not always the same."""
    if is_constant(op, k):
        return bracketed(written(part))
    return f"{written(gradient)} × {bracketed(written(local))}"


def total_words(op, k, terms, total):
    """``1 + 1 + 1 = 3``, ``1 × 5 + 1 × 7 = 12``; terms: (gradient, local, part); long sums are shortened."""
    if not terms:
        return f"a sum of nothing = {written(total)}"
    texts = [term(op, k, *each) for each in (terms if len(terms) <= MOST_TERMS else terms[: MOST_TERMS - 2])]
    if len(terms) > MOST_TERMS:
        texts += [f"… ({len(terms) - MOST_TERMS + 1} more)", term(op, k, *terms[-1])]
    if len(texts) == 1 and is_constant(op, k):
        return written(total)
    return f"{' + '.join(texts)} = {written(total)}"


def number_words(k, index, value, copies, results, total):
    """[before anything is computed, after it, when its gradient is known] of one number of operand k.

    copies: how many places it is stretched to; results: of the first of them in words.
    """
    name = f"{at(NAMES[k], index)} = {written(value)}"
    where = f"{name} is used {'once' if copies == 1 else counted(copies, 'time')}."
    if not copies:
        forward = f"{name} is used nowhere: y has no numbers."
    else:
        more = f", … ({copies - len(results)} more)" if copies > len(results) else ""
        forward = f"{name} goes into {counted(copies, 'result')}: {', '.join(results)}{more}."
    return [where, forward, f"The gradient of {at(NAMES[k], index)} is {total}."]

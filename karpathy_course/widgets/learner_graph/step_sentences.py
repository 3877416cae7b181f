"""The one line that is spoken at each step of a graph: what a node is, gets and sends, in numbers.

Short, and with every fact of the picture, so that who hears it misses nothing. Nothing is computed
here but the products that are said aloud.
"""

from karpathy_course.widgets.learner_graph.labels import format_number as number
from karpathy_course.widgets.learner_graph.reading import called, formula, written

MOST_TERMS = 4


def listed(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def sentence(text):
    """The text with a capital where it starts with a plain word, so that names keep their case."""
    return text[0].upper() + text[1:] if text.startswith(("the ", "this ")) else text


def forward_line(graph, i):
    """``d = a × b = 2 × 3 = 6``; for a leaf ``a = 2``."""
    value, name = number(graph.values[i]), graph.names[i]
    if not graph.parents[i]:
        return f"{name} = {value}" if name else f"A leaf: {value}"
    operands = graph.operands[i] or graph.parents[i]
    if len(operands) > 2 * MOST_TERMS + 1:
        what = (
            f"{len(operands) // 2} products and a bias"
            if graph.op[i] == "weighted_sum"
            else f"{len(operands)} operands"
        )
        return f"{name + ': ' if name else ''}the {graph.sign(i)} of {what} = {value}"
    numbers = [number(o if isinstance(o, float) else graph.values[o]) for o in operands]
    symbols = formula(graph, i)
    parts = [name, symbols, written(graph.op[i], numbers), value]
    if symbols == parts[2]:
        parts[1] = ""
    return " = ".join(part for part in parts if part)


def backward_line(graph, i, gradient, sends, is_root=False):
    """``c has all of its gradient, 7. It sends 7 × 1 = 7 to a and 7 × 1 = 7 to b.``

    sends: (parent, local derivative, amount) of each edge, numbers or None.
    """
    who = called(graph, i)
    if gradient is None:
        return sentence(f"{who}: its gradient cannot be told: a local derivative on the way is not known.")
    start = f"{who} is the root: its gradient is {number(gradient)}." if is_root else (
        f"{who} has all of its gradient, {number(gradient)}."
    )  # fmt: skip
    if not sends:
        return sentence(start if graph.parents[i] or is_root else start[:-1] + "; it is a leaf and sends nothing on.")
    return sentence(f"{start} It sends {what_is_sent(graph, gradient, sends)}.")


def what_is_sent(graph, gradient, sends):
    """``7 × 1 = 7 to a and 7 × 1 = 7 to b``; many at once are summed up by their number and range."""
    if len(sends) > MOST_TERMS:
        amounts = [amount for _, _, amount in sends if amount is not None]
        return f"{number(gradient)} × each local derivative to {len(sends)} parents: {spread(amounts)}"
    words, before = [], set()
    for parent, local, amount in sends:
        again = " once more" if parent in before else ""
        before.add(parent)
        words.append(
            f"{number(gradient)} × {in_brackets(local)} = {number(amount)} to {called(graph, parent)}{again}"
            if local is not None and amount is not None
            else f"an amount that is not known to {called(graph, parent)}"
        )
    return listed(words)


def in_brackets(value):
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def spread(numbers):
    """``0.5``, or ``from -0.2 to 0.7``."""
    if not numbers:
        return "not known"
    low, high = number(min(numbers)), number(max(numbers))
    return low if low == high else f"from {low} to {high}"


def group_forward_line(title, values):
    if len(values) == 1:
        return f"{title} gives {number(values[0])}."
    return f"{title}: {len(values)} values go out, {spread(values)}." if values else f"{title}."


def group_backward_line(title, gradients, receivers):
    """receivers: (title, how many edges) of what the group sends to."""
    known = [g for g in gradients if g is not None]
    if len(known) == 1:
        start = f"{title} has all of its gradient, {number(known[0])}."
    elif known:
        start = f"{title} has all of its {len(known)} gradients, {spread(known)}."
    else:
        start = f"{title} has all of its gradients."
    if not receivers:
        return start
    if len(receivers) > MOST_TERMS:
        return f"{start} It sends {sum(many for _, many in receivers)} on, to {len(receivers)} places."
    return f"{start} It sends {listed([f'{many} to {who}' for who, many in receivers])}."

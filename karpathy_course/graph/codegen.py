"""From a graph to straight-line NumPy: one statement an operation, made of the rows' own source templates.

The text is kept on the result as ``.source``, with the shape of every array beside it. Inputs are checked
once at the door; inside there is nothing but the operations.
"""

import builtins
import keyword
import re

import numpy as np

from karpathy_course.graph.core import check_guard, checked, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.memory import sizes
from karpathy_course.graph.nesting import Leaf, Nest, leaves_of, positional
from karpathy_course.graph.passes.eliminating_dead import eliminate_dead
from karpathy_course.graph.passes.folding import fold_constants
from karpathy_course.graph.tracing import traced_among
from karpathy_course.ops import OPS
from karpathy_course.ops.array_library import namespace
from karpathy_course.ops.dtypes import NUMBERS
from karpathy_course.ops.table import CALL

LARGE = 64 * 1024  # bytes; beyond it an array's memory is given back at once, and used again while it is in the cache
LONG = 20_000  # statements; beyond it the program is cut into functions, because Python's compiler slows down


class Compiled:
    """A graph as a function: called like what was traced; ``source`` is its text, ``graph`` what it was made of."""

    def __init__(self, graph, source, function):
        self.graph, self.source, self._function = graph, source, function
        self._flat = _all_leaves(graph.takes.parts[0])
        gives = graph.gives.parts[0]  # most programs give a tuple of arrays: there is nothing to put together
        self._tuple = isinstance(gives, Nest) and gives.kind == "tuple" and _all_leaves(gives)
        self._doors = [
            (graph.shapes[place], np.dtype(graph.dtypes[place]) if graph.dtypes[place] not in NUMBERS else None)
            for place in graph.inputs
        ]

    def __call__(self, *arguments, **keywords):
        graph = self.graph
        if keywords:
            arguments = positional(graph.takes, arguments, keywords)
        if traced_among(arguments):
            return graph(*arguments)  # becomes part of their graph, as the graph itself would
        if not (self._flat and len(arguments) == len(self._doors)):
            arguments = leaves_of(graph.takes, arguments)
        values = [
            v if type(v) is np.ndarray and v.shape == shape and v.dtype == dtype else checked(graph, k, v)
            for k, (v, (shape, dtype)) in enumerate(zip(arguments, self._doors))
        ]
        results = self._function(*values)
        return tuple(results) if self._tuple else graph.gives.build(results)


def _all_leaves(nest):
    return all(isinstance(part, Leaf) for part in nest.parts)


@takes_a_graph
def compile(graph, name="run"):
    """The graph as a function of NumPy arrays and numbers.

    Constants are folded and dead operations dropped first, as Python would not do it. Where a large array is last
    used it says ``del``, so that memory is given back; of every value, where `checkpoint` repeats operations.
    What it returns may be changed in place: no array shares memory with an input or with another output.
    Raises GraphError when it is called with other shapes or dtypes, GuardFailed where a guard fails.
    """
    graph = eliminate_dead(fold_constants(graph))
    texts, constants = _named(graph)
    statements = _statements(graph, texts)
    scope = {"np": np, "check_guard": check_guard, **_helpers(), **constants}
    write = _in_one if len(statements) <= LONG else _in_parts
    source = write(name, [texts[i] for i in graph.inputs], statements, list(_results(graph, texts)))
    exec(builtins.compile(source, f"<{name}>", "exec"), scope)
    return Compiled(graph, source, scope[name])


def _results(graph, texts):
    """(text, names that it reads) of what is returned; copied where it would share memory with something else."""
    roots = [_owner(graph, o) for o in graph.outputs]
    for o, root in zip(graph.outputs, roots):
        if o is None:
            yield "None", ()
            continue
        op = graph.code[root][0]
        lent = op in ("input", "constant") or graph.code[o][0] == "broadcast_to" or roots.count(root) > 1
        yield f"{texts[o]}.copy()" if lent and graph.shapes[o] else texts[o], (texts[o],)


def _owner(graph, place):
    """The node whose memory a value lies in: its own, or that of what it is a view of."""
    while place is not None and (op := graph.code[place][0]) in OPS and OPS[op].view:
        place = graph.code[place][1][0]
    return place


def _in_one(name, arguments, statements, results):
    lines = [f"    {text}" for text, _, _, _ in statements]
    given = ", ".join(text for text, _ in results)
    return "\n".join([f"def {name}({', '.join(arguments)}):", *lines, f"    return [{given}]", ""])


def _in_parts(name, arguments, statements, results):
    """The program as several functions. What one makes and a later one needs lies in a dict of this call alone."""
    needed = {word for _, words in results for word in words}
    parts = [statements[k : k + LONG] for k in range(0, len(statements), LONG)]
    texts, later = [], set(needed)
    for k in range(len(parts) - 1, -1, -1):  # from the end, where it is known what is still needed
        made = {word for _, word, _, _ in parts[k] if word}
        gone = {word for _, _, _, words in parts[k] for word in words}
        read = {word for _, _, words, _ in parts[k] for word in words} | gone
        lines = [f"def part{k}(kept):"]
        for word in sorted(read - made):
            last = word not in later and word not in arguments
            lines.append(f"    {word} = kept.pop({word!r})" if last else f"    {word} = kept[{word!r}]")
        lines += [f"    {text}" for text, _, _, _ in parts[k]]
        lines += [f"    kept[{word!r}] = {word}" for word in sorted((made & later) - gone)]
        texts.append("\n".join(lines))
        later = (later - made) | (read - made)
    lines = [f"def {name}({', '.join(arguments)}):"]
    lines += [f"    kept = {{{', '.join(f'{a!r}: {a}' for a in arguments)}}}"]
    lines += [f"    part{k}(kept)" for k in range(len(parts))]
    lines += [f"    {word} = kept[{word!r}]" for word in sorted(needed - set(arguments))]
    return "\n".join([*texts[::-1], *lines, f"    return [{', '.join(text for text, _ in results)}]", ""])


def _helpers():
    xp = namespace(np.zeros(()))
    called = [row for row in OPS.values() if not callable(row.numpy) and row.numpy.startswith(f"{row.name}(")]
    return {row.name: _bound(row.forward, xp) for row in called}


def _bound(forward, xp):
    return lambda *inputs, **attributes: forward(xp, *inputs, **attributes)


def _named(graph):
    """(the text of each node: a name, or a literal for a number; {name: array} of the constants)."""
    texts, constants, taken = [], {}, set(OPS) | {"np", "check_guard"}
    numbers = {}
    titles = iter(graph.names)

    def free(word):
        word = re.sub(r"\W+", "_", word).strip("_") or "x"
        word = f"{word}_" if keyword.iskeyword(word) or word in taken or word[0].isdigit() else word
        while word in taken:
            word += "_"
        taken.add(word)
        return word

    for op, _, attributes in graph.code:
        if op == "input":
            texts.append(free(next(titles)))
        elif op == "constant":
            value = attributes[0][1]
            if isinstance(value, (bool, int, float)):
                texts.append(_literal(value))
            else:
                texts.append(free(f"c{len(constants)}"))
                constants[texts[-1]] = value
        else:
            word = dict(attributes)["body"][-1][0] if op == "fused" else op
            word = OPS[word].word if word in OPS else word
            numbers[word] = numbers.get(word, 0) + 1
            texts.append("" if op == "guard" else free(f"{word}{numbers[word]}"))
    return texts, constants


def _literal(value):
    if isinstance(value, float) and not np.isfinite(value):
        text = "np.nan" if np.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    else:
        text = repr(value)
    return f"({text})" if text.startswith("-") else text


def _statements(graph, texts):
    """[(line, the name it makes or "", names it reads, names it deletes)] of the program.

    A view of something, used once, is written where it is used: it costs nothing.
    """
    repeating = any(k == "again" for _, _, attributes in graph.code for k, _ in attributes)
    inlined = set() if repeating else _views_used_once(graph)
    found, reads = [], {}
    for i, (op, inputs, attributes) in enumerate(graph.code):
        names = [x for a in inputs for x in reads.get(a, ())]
        if op == "guard":
            guard = dict(attributes)
            text = f"check_guard({texts[inputs[0]]}, {guard['expected']}, {guard['where']!r})"
            found.append((text, "", names, ()))
        elif i in inlined:
            texts[i], reads[i] = expression(op, [texts[a] for a in inputs], attributes), names
        elif op == "input":
            reads[i] = (texts[i],)
        elif op != "constant":
            comment = f"  # {graph.shapes[i]}" if graph.shapes[i] else ""
            text = f"{texts[i]} = {expression(op, [texts[a] for a in inputs], attributes)}{comment}"
            found.append((text, texts[i], names, ()))
            reads[i] = (texts[i],)
    wanted = {texts[o] for o in graph.outputs if o is not None}
    large = {text for text, size in zip(texts, sizes(graph)) if repeating or size > LARGE}
    return list(_forgetting(found, large - wanted))


def _forgetting(statements, words):
    """The statements; behind the one that reads one of the words for the last time, a ``del`` of it."""
    made = {word for _, word, _, _ in statements} & words
    last = {word: k for k, (_, _, names, _) in enumerate(statements) for word in names if word in made}
    gone = {}
    for word, k in last.items():
        gone.setdefault(k, []).append(word)
    for k, statement in enumerate(statements):
        yield statement
        if k in gone:
            yield f"del {', '.join(gone[k])}", "", (), gone[k]


def _views_used_once(graph):
    uses = [0] * len(graph)
    for op, inputs, _ in graph.code:
        for a in inputs:
            uses[a] += 2 if op == "guard" else 1
    for o in graph.outputs:
        if o is not None:
            uses[o] += 2
    return {i for i, (op, _, _) in enumerate(graph.code) if uses[i] == 1 and op in OPS and _written_behind(OPS[op])}


def _written_behind(row):
    """Whether the row is a view whose text stands behind its input's: ``x.mT``, ``x[0]``."""
    return row.view and row.numpy.startswith(("{0}.", "{0}["))


def expression(op, inputs, attributes):
    """The NumPy text of one operation on inputs that are names, literals or bracketed expressions."""
    attributes = run_attributes(attributes)
    if op == "fused":
        return _fused_text(inputs, attributes["body"])
    words = {k: _word(k, v) for k, v in attributes.items()}
    row = OPS[op]
    changed = {k: v for k, v in attributes.items() if row.defaults().get(k, v) != v or k not in row.defaults()}
    words["over"] = ", ".join(f"{k}={v!r}" for k, v in changed.items())
    words["also"] = f", {words['over']}" * bool(changed)
    return row.text(*inputs, inputs=", ".join(inputs), **words)


def _fused_text(inputs, body):
    """The parts written into one another, with brackets where Python needs them."""
    texts, levels = list(inputs), [CALL] * len(inputs)
    for op, inputs, attributes in body:
        if op == "constant":
            texts.append(_literal(attributes[0][1]))
            levels.append(CALL)
            continue
        inside = [texts[a] if _binds(op, k, levels[a]) else f"({texts[a]})" for k, a in enumerate(inputs)]
        texts.append(expression(op, inside, attributes))
        levels.append(OPS[op].binds())
    return texts[-1]


def _binds(op, k, level):
    """Whether a part that binds at this level may stand without brackets as input k of the row's text."""
    if re.search(rf"[(,] ?\{{{k}\}}[,)]", OPS[op].numpy):  # between the brackets or commas of a call
        return True
    own = OPS[op].binds()
    return level >= own if own in (1, 2, 3) and k == 0 else level > own or level == CALL


def _word(key, value):
    if key == "dtype":
        return value if value != "bool" else "bool_"
    if key == "index":
        return _index(value)
    return repr(value)


def _index(index):
    parts = list(index)
    if parts and parts[-1] is Ellipsis and len(parts) > 1:
        parts.pop()  # NumPy needs no dots at the end
    return ", ".join("..." if p is Ellipsis else _slice(p) if isinstance(p, slice) else repr(p) for p in parts)


def _slice(s):
    text = ":".join("" if v is None else str(v) for v in (s.start, s.stop))
    return text if s.step is None else f"{text}:{s.step}"

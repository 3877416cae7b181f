"""Two tapes: one Python function, its eager graph at every input, and the one trace that was recorded.

The function is run at each input on nodes of the learner's class (the tape), and recorded by the learner's
tracer as plain data (the trace). What is right is what the same function answers on plain numbers, since the
learner's class may itself be wrong; a run without an end is stopped. All values, places and outcomes are found
here, once; the page moves between them and computes nothing, so it plays without a kernel and sends no messages.
Stable names for tests and for assistive tools: data-testid two-tapes, input, tape, trace, tape-answer,
trace-answer, guards, retrace, text-line, plot, source, and the player's; a node is ``[data-node]`` with
data-value; a source line ``[data-line]``.
"""

import inspect
from math import isclose, isfinite, isnan

from karpathy_course.ops import OPS
from karpathy_course.widgets.base import Widget, compact_json
from karpathy_course.widgets.layout import layered
from karpathy_course.widgets.learner_graph.labels import format_number, plain
from karpathy_course.widgets.learner_graph.reading import GraphError, read_graph
from karpathy_course.widgets.signs import sign
from karpathy_course.widgets.two_tapes.bounded_run import ON_NODES, Endless, Watched, on_plain_numbers, source_of
from karpathy_course.widgets.two_tapes.frozen_trace import answers, frozen_graph

POSITIONS, MOST_NODES, MOST_GRAPHS = 41, 60, 16
PAGE_BYTES = 250_000


def label(op, numbers):
    """What a box says: ``× 2``, ``1 −``, ``exp``; numbers: for each operand its number, None for a node."""
    drawn = sign(op)
    texts = [format_number(x) for x in numbers if x is not None]
    if op in OPS and OPS[op].infix():
        after = numbers and numbers[0] is None
        return " ".join([drawn, *texts] if after else [*texts, drawn])
    return f"{drawn}({', '.join(texts)})" if texts else drawn


def drawn(boxes, edges):
    """Boxes and lines with places: ``{"size", "nodes", "edges"}``. boxes: {"label", "kind"}; edges: (from, to)."""
    sizes = [(max(108.0 if box["kind"] == "guard" else 84.0, 7.6 * len(box["label"]) + 22), 46.0) for box in boxes]
    centres, lines, size = layered(sizes, edges)
    nodes = [
        {**box, "x": round(x, 1), "y": round(y, 1), "w": round(w, 1), "h": h}
        for box, (x, y), (w, h) in zip(boxes, centres, sizes)
    ]
    points = [[[round(float(x), 1), round(float(y), 1)] for x, y in line] for line in lines]
    return {"size": [round(float(side), 1) for side in size], "nodes": nodes, "edges": points}


def eager_graph(root, names):
    """(boxes, edges, values) of the nodes that one run made; numbers stand inside their operation's box."""
    if isinstance(root, (int, float)):
        return [{"label": "number", "kind": "result"}], [], [float(root)]
    graph = read_graph(root, names)
    if len(graph) > MOST_NODES:
        raise GraphError(f"Two tapes draws up to {MOST_NODES} nodes; one run recorded {len(graph)}.")
    boxes, edges = [], []
    for i in range(len(graph)):
        operands = graph.operands[i] if graph.operands[i] is not None else graph.parents[i]
        numbers = [o if isinstance(o, float) else None for o in operands]
        text = label(graph.op[i], numbers) if graph.parents[i] else graph.names[i] or "number"
        kind = "result" if i == graph.root else "op" if graph.parents[i] else "leaf"
        boxes.append({"label": text, "kind": kind})
        edges += [(parent, i) for parent in graph.parents[i]]
    return boxes, edges, graph.values


def agree(a, b):
    """Whether two answers are the same up to rounding; any NaN is as good as another."""
    if a is None or b is None:
        return False
    if not (isfinite(a) and isfinite(b)):
        return a == b or (isnan(a) and isnan(b))
    return isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


class _Known:
    """Different graphs, each kept once: ``add`` gives the place of an equal one, or of the one that is made."""

    def __init__(self, what):
        self.what, self.places, self.kept = what, {}, []

    def add(self, key, make):
        if key not in self.places:
            if len(self.kept) >= MOST_GRAPHS:
                raise GraphError(
                    f"over these inputs the {self.what} is more than {MOST_GRAPHS} different graphs: "
                    "give fewer inputs, closer together"
                )
            self.places[key] = len(self.kept)
            self.kept.append(make())
        return self.places[key]


def _inputs(example, over):
    if over is None:
        reach = 2 * abs(example) or 1.0
        over = [round(reach * (k / (POSITIONS // 2) - 1), 6) for k in range(POSITIONS)]
    inputs = sorted({float(x) for x in over} | {float(example)})
    if not all(map(isfinite, inputs)) or not 2 <= len(inputs) <= 4 * POSITIONS:
        raise GraphError(f"Two tapes takes 2 to {4 * POSITIONS} finite inputs; these are {len(inputs)}.")
    return inputs


def _arguments(fn, example):
    """The names of fn's arguments. Raises GraphError where the example does not fit them."""
    if not callable(fn):
        raise GraphError(f"Two tapes takes a function and an example of its arguments, got {type(fn).__name__}.")
    if not example or not all(isinstance(x, (int, float)) for x in example):
        raise GraphError("Two tapes takes a function and one number for each of its arguments.")
    try:
        bound = inspect.signature(fn).bind(*example)
    except TypeError as error:
        raise GraphError(f"{getattr(fn, '__name__', 'the function')}: {error}: give one number an argument.") from None
    except ValueError:
        return [f"x{k}" for k in range(len(example))]
    return list(bound.arguments) if len(bound.arguments) == len(example) else [f"x{k}" for k in range(len(example))]


class TwoTapes(Widget, folder="two_tapes"):
    """The eager graph and the trace of one function, side by side, at every input.

    fn: a function of numbers; example: one number for each argument, with which it is traced. over: what the
    first argument becomes, one position each; evenly from -2 to 2 times its example when None. tape: the class
    whose objects remember how they were made. trace: ``trace(fn, *example)`` gives the recording as plain data,
    or a graph.Graph. Raises GraphError, one sentence, where there is nothing to draw, and what fn or trace
    raises at the example.
    """

    title = "Two tapes"

    def __init__(self, fn, *example, over=None, tape=None, trace=None):
        if tape is None:
            from karpathy_course.scalar import Value as tape
        if trace is None:
            from karpathy_course.graph import trace
        names, (lines, first_line) = _arguments(fn, example), source_of(fn)
        self.fn, self.example, self.names, self.make, self.tracer = fn, example, names, tape, trace
        self.inputs = _inputs(example[0], over)
        self.eager, self.traces, self.truths = _Known("tape"), _Known("trace"), {}
        at = self.inputs.index(float(example[0]))
        first = self._traced(at, strict=True)
        runs = [self._run(k) for k in range(len(self.inputs))]
        if runs[at]["tape"] is None:
            raise GraphError(f"{fn.__name__} cannot be run on {tape.__name__}s at the example: {runs[at]['error']}")
        trace_of = [first if k == at else self._traced(k) for k in range(len(self.inputs))]
        data = {
            "name": getattr(fn, "__name__", "f"),
            "argument": names[0],
            "fixed": ", ".join(f"{n} = {format_number(x)}" for n, x in zip(names[1:], example[1:])),
            "source": lines,
            "first": first_line,
            "inputs": self.inputs,
            "example": at,
            "tapes": self.eager.kept,
            "runs": runs,
            "traces": self.traces.kept,
            "trace_of": trace_of,
        }
        if (size := len(compact_json(data).encode())) > PAGE_BYTES:
            raise GraphError(f"Two tapes holds {PAGE_BYTES} bytes, these graphs take {size}: give fewer inputs.")
        super().__init__(data=data)

    def _numbers(self, position):
        return (self.inputs[position], *map(float, self.example[1:]))

    def _called(self, position):
        told = ", ".join(f"{n} = {format_number(x)}" for n, x in zip(self.names, self._numbers(position)))
        return f"{getattr(self.fn, '__name__', 'f')} at {told}"

    def _truth(self, position):
        """What the function answers here on plain numbers; None where it does not say. Raises Endless."""
        if position not in self.truths:
            try:
                self.truths[position] = on_plain_numbers(self.fn, self._numbers(position))
            except Endless as endless:
                self.truths[position] = endless.with_traceback(None)
        if isinstance(self.truths[position], Endless):
            raise self.truths[position]
        return self.truths[position]

    def _run(self, position):
        """What happens when the function runs now, on the learner's own nodes; "truth": on plain numbers."""
        lines, truth = set(), None
        try:
            truth = self._truth(position)
            leaves = [self.make(x) for x in self._numbers(position)]
            with Watched(self.fn, ON_NODES) as lines:
                root = self.fn(*leaves)
        except Endless as endless:
            error = f"{self._called(position)} was stopped after {endless}: it seems to have no end"
            return _no_answer(lines, error, truth, endless=True)
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            return _no_answer(lines, said, truth, endless=False)
        boxes, edges, values = eager_graph(root, dict(zip(self.names, leaves)))
        key = repr((boxes, edges))
        return {
            "tape": self.eager.add(key, lambda: drawn(boxes, edges)),
            "values": [plain(x) for x in values],
            "answer": plain(values[-1]),
            "truth": plain(values[-1] if truth is None else truth),
            "lines": sorted(lines),
            "error": "",
            "endless": False,
        }

    def _traced(self, position, strict=False):
        """The place of the trace that is recorded at this position; None where it cannot be and need not."""
        try:
            self._truth(position)  # where the function has no end, neither has its recording
            with Watched(self.fn, ON_NODES) as lines:
                entries = self.tracer(self.fn, *self._numbers(position))
        except Endless as endless:
            if strict:
                told = f"was stopped after {endless}: it seems to have no end. Choose another example"
                raise GraphError(f"{self._called(position)} {told}.") from None
            return None
        except Exception:
            if strict:
                raise
            return None
        if len(self.traces.kept) >= MOST_GRAPHS:
            return None  # a tracer that bakes its example in gives another trace at every input
        entries = entries.to_list() if hasattr(entries, "to_list") else list(entries)
        return self.traces.add(repr(entries), lambda: self._frozen(entries, position, lines))

    def _frozen(self, entries, position, lines):
        boxes, edges, guards = frozen_graph(entries, label)
        found = [answers(entries, self._numbers(k)) for k in range(len(self.inputs))]
        places = [box["entry"] for box in boxes]
        return {
            **drawn([{"label": box["label"], "kind": box["kind"]} for box in boxes], edges),
            "at": position,
            "lines": sorted(lines),
            "operations": sum(box["kind"] in ("op", "result") and box["label"] != "number" for box in boxes),
            "guards": guards,
            "answers": [
                {
                    "values": [_told(f["values"][k]) for k in places],
                    "failed": next((i for i, g in enumerate(guards) if g["entry"] == f["failed"]), None),
                    "answer": plain(f["answer"]),
                }
                for f in found
            ],
        }

    def describe(self):
        data, trace = self.data, self.data["traces"][0]
        called = f"{data['name']}({data['argument']})" + (f" with {data['fixed']}" if data["fixed"] else "")
        inputs, answered = data["inputs"], trace["answers"]
        lines = [f"Two tapes: {called} at {len(inputs)} inputs from {format_number(inputs[0])} to "
                 f"{format_number(inputs[-1])}."]  # fmt: skip
        kinds = len(data["tapes"])
        lines.append(f"The tape is recorded anew each time: {kinds} different graph{'s' * (kinds > 1)}.")
        runs = data["runs"]
        wrong = [k for k, run in enumerate(runs) if not _same(run["truth"], answered[k]["answer"])]
        lines += [f"{run['error']}." for run in runs if run["endless"]][:1]
        apart = [run for run in runs if run["answer"] is not None and not _same(run["truth"], run["answer"])]
        if apart:
            told = f"{_written(apart[0]['answer'])}, and {data['name']} on plain numbers {_written(apart[0]['truth'])}"
            x = format_number(inputs[runs.index(apart[0])])
            lines.append(f"At {len(apart)} of them the tape is wrong: at {data['argument']} = {x} it answers {told}.")
        at, holds = format_number(inputs[trace["at"]]), len(inputs) - len(wrong)
        lines.append(
            f"The trace was recorded at {data['argument']} = {at}: {trace['operations']} operations, "
            f"right at {holds} of {len(inputs)} inputs."
        )
        caught = [k for k in wrong if answered[k]["failed"] is not None]
        if wrong:
            guards = trace["guards"]
            remark = f"a guard catches {len(caught)} of them" if guards else "it has no guard, and nothing says so"
            lines.append(f"At the other {len(wrong)} it goes on with what it recorded; {remark}.")
            if caught:
                lines.append(f"The guard: {guards[answered[caught[0]]['failed']]['where']}")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.two_tapes.picture import draw

        return draw(self.data)


def _told(value):
    return value if isinstance(value, bool) else plain(value)


def _no_answer(lines, error, truth, endless):
    told = {"tape": None, "values": [], "answer": None, "truth": None if truth is None else plain(truth)}
    return {**told, "lines": sorted(lines), "error": error, "endless": endless}


def _written(answer):
    return format_number(float(answer))


def _same(a, b):
    """`agree` on answers as the page's data holds them."""
    return agree(*[None if x is None else float(x) for x in (a, b)])

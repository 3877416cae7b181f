"""A learner's own backward, one node at a time, beside what it should have done.

`observe` runs it once on the learner's graph with all gradients at zero, sees every write (watching_writes.py),
puts the gradients back, and judges each firing: did the node have all of its gradient, did it add what
the chain rule says to each parent, did it fire once? It repairs nothing and never changes the class.
"""

from dataclasses import dataclass, field
from itertools import islice

from karpathy_course.widgets.learner_graph.backward_sentences import verdict
from karpathy_course.widgets.learner_graph.local_derivatives import same
from karpathy_course.widgets.learner_graph.reading import consumers, correct_gradients
from karpathy_course.widgets.learner_graph.safe_calls import TooSlow, described, learners_code, put_back
from karpathy_course.widgets.learner_graph.watching_writes import Recorder, Write, watched

LARGEST = 20_000


@dataclass
class Firing:
    """One node's turn. node: who sends. gradient: what it held. sends: (parent, amount added) in order.

    owing: its consumers that had not yet delivered. wrong: None, or {"kind", "wrote", "should"} with kind
    "early", "twice", "overwrote", "wrong-local", "never" or "seed" (the root's own gradient is not 1).
    """

    node: int
    gradient: float
    sends: list = field(default_factory=list)
    owing: list = field(default_factory=list)
    wrong: dict | None = None
    text: str = ""


@dataclass
class Observation:
    """firings in the order in which they happened, "never" ones at the end; gradients: as the run left them."""

    firings: list
    gradients: list
    right: bool
    notes: list


def observe(root, graph, traversal=None, seconds=2.0):
    """What ``traversal(root)`` does to the gradients of graph, firing by firing, and what is wrong with it.

    traversal: the learner's function of the root. It may write gradients, or return (or yield) the nodes in
    an order, which is then played with a right firing each. None: the root's own ``backward()``, or else its
    class's ``_backward``s, newest node first. Everything is as it was afterwards; an exception, or more than
    ``seconds``, becomes a sentence in notes. Raises GraphError where the class cannot be watched.
    """
    if len(graph) > LARGEST:
        note = (
            f"Your own traversal is not run: only graphs of up to {LARGEST} nodes are watched; this has {len(graph)}."
        )
        return Observation([], [None] * len(graph), True, [note])
    run = traversal or getattr(root, "backward", None)
    if run is None and not any(hasattr(node, "_backward") for node in graph.objects):
        return Observation([], [None] * len(graph), True, ["This class has no backward of its own to run."])
    recorder, notes, order = Recorder(graph, consumers(graph)), [], None
    with put_back(graph.objects):
        try:
            for node in graph.objects:
                node.grad = 0.0
            with watched(graph, recorder), learners_code(seconds, recorder.entering):
                if run is None:
                    order = _fire_each(graph)
                else:
                    returned = run(root) if traversal else run()
                    order = _as_order(returned, recorder)
        except (Exception, TooSlow) as error:
            notes.append(f"Your traversal stopped: {described(error)}")
    if not recorder.writes and order:
        firings, held = _play(graph, order)
    else:
        firings, held = _judge(graph, recorder), recorder.held
    target = correct_gradients(graph)
    right = all(t is None or same(h, t, 1e-6) for h, t in zip(held, target)) and not notes
    if right:
        for firing in firings:
            firing.wrong = None
    elif not notes:
        if held[-1] == 0.0:
            firings.insert(
                0, Firing(graph.root, 0.0, wrong={"kind": "seed", "wrote": 0.0, "should": 1.0, "to": graph.root})
            )
        firings += _never(graph, firings, held, target)
    for firing in firings:
        firing.text = verdict(graph, firing, target)
    return Observation(firings, list(held), right, notes)


def _fire_each(graph):
    graph.objects[-1].grad = 1.0
    for node in reversed(graph.objects):
        if callable(getattr(node, "_backward", None)):
            node._backward()


def _as_order(returned, recorder):
    """The nodes of a returned order, root first; None where nothing of that kind was returned."""
    if returned is None or isinstance(returned, (str, bytes, dict)) or not hasattr(returned, "__iter__"):
        return None
    found = [recorder.index[id(thing)] for thing in islice(returned, 2 * LARGEST) if id(thing) in recorder.index]
    root = len(recorder.held) - 1
    if root in found and found.index(root) > (len(found) - 1) / 2:
        found.reverse()
    return found


def _play(graph, order):
    """The firings, with right amounts, of the nodes in a learner's order; what they hold afterwards."""
    writes, held = [Write(None, graph.root, 0.0, 1.0)], [0.0] * len(graph)
    held[-1] = 1.0
    recorder = Recorder(graph, consumers(graph))
    for call, i in enumerate(order):
        recorder.calls.append((i, len(writes)))
        for parent, local in zip(graph.parents[i], graph.locals[i]):
            after = held[parent] + (local or 0.0) * held[i]
            writes.append(Write(i, parent, held[parent], after, call))
            held[parent] = after
    recorder.writes, recorder.held = writes, held
    return _judge(graph, recorder), held


def _turns(graph, recorder):
    """The writes, cut into firings: (node or None, its writes)."""
    starts = {}
    for call, (node, at) in enumerate(recorder.calls):
        starts.setdefault(at, []).append((node, call))
    turns, seen = [], {}
    for k, write in enumerate([*recorder.writes, None]):
        for node, call in starts.get(k, ()):
            if graph.parents[node]:
                turns.append((node, [], call))
                seen = {}
        if write is None:
            break
        many = graph.parents[write.sender].count(write.parent) if write.sender is not None else 0
        seen[write.parent] = seen.get(write.parent, 0) + 1
        again = write.call is None and seen[write.parent] > many
        if write.sender is None or not turns or turns[-1][::2] != (write.sender, write.call) or again:
            turns.append((write.sender, [], write.call))
            seen = {write.parent: 1}
        turns[-1][1].append(write)
    return [(node, writes) for node, writes, _ in turns]


def _judge(graph, recorder):
    """Each turn as a Firing, compared with the chain rule on what the graph held at that moment."""
    target, users = correct_gradients(graph), consumers(graph)
    held, came = [0.0] * len(graph), [0.0] * len(graph)
    delivered = [dict.fromkeys(above, 0) for above in graph.parents]
    done = [not above for above in graph.parents]
    firings = []
    for node, writes in _turns(graph, recorder):
        if node is None:
            firings += _nobodys(graph, writes, held, came)
            continue
        firing = Firing(node, held[node], owing=_owing(graph, node, users, delivered, done))
        totals, wrong = {}, None
        for write in writes:
            slot = totals.setdefault(write.parent, [write.before, write.after, 0])
            slot[1], slot[2] = write.after, slot[2] + 1
            firing.sends.append((write.parent, write.after - write.before))
            held[write.parent] = write.after
            came[write.parent] = write.after - write.before
            delivered[node][write.parent] = delivered[node].get(write.parent, 0) + 1
        called_by_name = not writes or writes[0].call is not None
        for parent in dict.fromkeys(graph.parents[node]) if called_by_name else totals:
            found = _amount(graph, node, parent, totals.get(parent), held, firing.gradient, came[node])
            if found and wrong and found["kind"] == wrong["kind"]:
                wrong.setdefault("also", []).append(parent)
            wrong = wrong or found
        for parent in [p for p in totals if p not in graph.parents[node]]:
            before, after, _ = totals[parent]
            wrong = wrong or {"kind": "wrong-local", "wrote": after - before, "should": 0.0, "to": parent}
        late = target[node] is not None and not same(firing.gradient, target[node], 1e-6)
        if wrong is None and done[node] and writes:
            wrong = {"kind": "twice", "wrote": firing.gradient, "should": target[node]}
        elif wrong is None and firing.owing and late:
            wrong = {"kind": "early", "wrote": firing.gradient, "should": target[node]}
        firing.wrong = wrong
        done[node] = called_by_name or all(
            delivered[node].get(p, 0) >= graph.parents[node].count(p) for p in graph.parents[node]
        )
        firings.append(firing)
    return _really_early(firings)


def _really_early(firings):
    """A node is early if what it was owed comes afterwards; if it never comes, its consumer is to blame."""
    last = {(f.node, parent): k for k, f in enumerate(firings) for parent, _ in f.sends}
    for k, firing in enumerate(firings):
        early = firing.wrong is not None and firing.wrong["kind"] == "early"
        if early and not any(last.get((user, firing.node), -1) > k for user in firing.owing):
            firing.wrong = None
    return firings


def _owing(graph, node, users, delivered, done):
    """The consumers that have not yet sent node all of their share."""
    return [
        u
        for u in dict.fromkeys(users[node])
        if not done[u] and delivered[u].get(node, 0) < graph.parents[u].count(node)
    ]


def _amount(graph, node, parent, total, held, gradient, part):
    """None where the parent was given the right amount, else what is wrong with it."""
    locals_ = [local for p, local in zip(graph.parents[node], graph.locals[node]) if p == parent]
    if None in locals_:
        return None
    before, after, times = total or (held[parent], held[parent], len(locals_))
    expected = gradient * sum(locals_[:times] if times < len(locals_) else locals_)
    share = part * sum(locals_[:times] if times < len(locals_) else locals_)
    got = after - before
    if same(got, expected, 1e-6) or same(got, share, 1e-6):
        return None
    last = gradient * locals_[-1]
    something_to_lose = times > 1 or len(locals_) > 1 or not same(before, 0)
    if total and something_to_lose and (same(after, last, 1e-6) or same(after, expected, 1e-6)):
        should = before + expected
        return {"kind": "overwrote", "wrote": after, "should": should, "to": parent, "had": should - last}
    return {"kind": "wrong-local", "wrote": got, "should": expected, "to": parent}


def _nobodys(graph, writes, held, came):
    """Writes that no node sent: the root's seed, and gradients that are set to a number in between."""
    firings = []
    for write in writes:
        before, held[write.parent] = held[write.parent], write.after
        came[write.parent] = write.after - before
        if write.parent == graph.root and before == 0:
            if not same(write.after, 1.0):
                wrong = {"kind": "seed", "wrote": write.after, "should": 1.0, "to": write.parent}
                firings.append(Firing(write.parent, write.after, wrong=wrong))
        elif not same(before, write.after):
            kind = "overwrote" if not write.added else "wrong-local"
            wrong = {"kind": kind, "wrote": write.after, "should": before, "to": write.parent, "had": before}
            firings.append(Firing(write.parent, write.after, wrong=wrong))
    return firings


def _never(graph, firings, held, target):
    """Pseudo-firings of the nodes that hold a gradient and did not pass it on to every parent."""
    sent = {}
    for firing in firings:
        sent.setdefault(firing.node, set()).update(p for p, _ in firing.sends)
    missing = []
    for i in range(len(graph) - 1, -1, -1):
        lost = [
            p
            for p, local in zip(graph.parents[i], graph.locals[i])
            if p not in sent.get(i, ()) and local and target[i] and held[i]
        ]
        if lost:
            wrong = {"kind": "never", "wrote": 0.0, "should": target[i], "to": lost[0]}
            wrong["lost"] = list(dict.fromkeys(lost))
            missing.append(Firing(i, held[i], wrong=wrong))
    return missing

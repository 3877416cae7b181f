"""What is said of each firing of a learner's own backward: what it did, and what is wrong with it.

The counterpart of step_sentences.py for observing.py's firings; it judges nothing, it only finds the words.
"""

from karpathy_course.widgets.learner_graph.labels import format_number as number
from karpathy_course.widgets.learner_graph.local_derivatives import same
from karpathy_course.widgets.learner_graph.reading import called
from karpathy_course.widgets.learner_graph.step_sentences import backward_line, in_brackets, listed, sentence


def verdict(graph, firing, target):
    """One sentence for an observe.Firing; what is wrong comes first. target: the right gradients."""
    who, wrong = called(graph, firing.node), firing.wrong
    locals_ = dict(zip(graph.parents[firing.node], graph.locals[firing.node]))
    if wrong is None:
        if target[firing.node] is not None and not same(firing.gradient, target[firing.node], 1e-6):
            holds = f"{who} holds {number(firing.gradient)}"
            holds += " so far" if firing.owing else f", where it should hold {number(target[firing.node])},"
            return sentence(f"{holds} and passes on {_amounts(graph, firing)}.")
        sends = [(p, locals_.get(p), amount) for p, amount in firing.sends]
        if any(local is None or not same(local * firing.gradient, amount, 1e-6) for _, local, amount in sends):
            return sentence(f"{who} holds {number(firing.gradient)} and sends {_amounts(graph, firing)}.")
        return backward_line(graph, firing.node, firing.gradient, sends, firing.node == graph.root)
    wrote, should = number(wrong["wrote"]), number(wrong["should"])
    to = called(graph, wrong["to"]) if "to" in wrong else ""
    if wrong["kind"] == "early":
        owing = listed([called(graph, u) for u in firing.owing[:3]])
        text = (
            f"{who} fires too early: it holds {wrote}, and {owing} {'has' if len(firing.owing) == 1 else 'have'} "
            f"not delivered yet; all of its gradient is {should}. It sends {_amounts(graph, firing)}."
        )
    elif wrong["kind"] == "twice":
        text = f"{who} fires a second time: it sends {_amounts(graph, firing)}, though it had already sent its share."
    elif wrong["kind"] == "overwrote" and firing.sends:
        also = f" So it does to {listed([called(graph, p) for p in wrong['also'][:3]])}." if "also" in wrong else ""
        text = (
            f"{who} overwrites the gradient of {to}: it held {number(wrong['had'])} and now holds {wrote}; "
            f"added up it would be {should}.{also}"
        )
    elif wrong["kind"] == "overwrote":
        text = f"The gradient of {to} is set to {wrote}: the {number(wrong['had'])} that it held is lost."
    elif wrong["kind"] == "never":
        lost = listed([called(graph, p) for p in wrong["lost"][:3]])
        text = (
            f"{who} never sends anything to {lost}: its gradient, {number(firing.gradient)}, goes no further that way."
        )
    elif wrong["kind"] == "seed":
        text = f"The gradient of {who}, the root, is {wrote}: it should be set to 1 before anything is sent."
    elif firing.sends and wrong["to"] in locals_:
        right = f"{number(firing.gradient)} × {in_brackets(locals_[wrong['to']])} = {should}"
        text = f"{who} sends {wrote} to {to}; its gradient times its local derivative is {right}."
    else:
        text = f"{who} sends {wrote} to {to}; it should send {should}."
    return sentence(text)


def _amounts(graph, firing):
    sends = firing.sends
    if len(sends) > 4:
        return f"{len(sends)} amounts"
    return listed([f"{number(amount)} to {called(graph, p)}" for p, amount in sends]) if sends else "nothing"

"""The learner's own backward, as steps of one screen: which box fires, what it sends, what is wrong.

Turns observing.py's firings of nodes into steps of the boxes that screen.py draws; nothing is judged here.
"""

from karpathy_course.widgets.learner_graph.labels import format_number, plain

MOST_OWN_STEPS = 1000


def own_steps(seen_as, edges, observed):
    """The backward steps of one screen; firings outside of it are left out, those of one group in a row are one.

    seen_as: the key of the box that each node is drawn as. edges: the screen's, with their "pairs".
    observed: what observe.observe saw.
    """
    edge_of = {(node, parent): edge for edge in edges for node, _, parent, _, _ in edge["pairs"]}
    steps = []
    for firing in observed.firings:
        key = seen_as.get(firing.node) or seen_as.get(("to", firing.node))
        if key is None:
            continue
        single = key == f"n{firing.node}"
        wrong = None if firing.wrong is None else {k: plain(firing.wrong[k]) for k in ("wrote", "should")}
        if wrong is not None:
            wrong["kind"] = firing.wrong["kind"]
        last = steps[-1] if steps else None
        if single or last is None or last["node"] != key or (wrong and last["wrong"]):
            if len(steps) >= MOST_OWN_STEPS:
                break
            waits = dict.fromkeys(seen_as.get(u) or seen_as.get(("to", u)) for u in firing.owing)
            last = {
                "node": key,
                "grad": plain(firing.gradient) if single else None,
                "sends": [],
                "waits_for": [other for other in waits if other not in (None, key)],
                "text": firing.text,
                "wrong": wrong,
            }
            steps.append(last)
        elif wrong:
            last["wrong"], last["text"] = wrong, firing.text
        sent = {send["edge"]: send for send in last["sends"]}
        for parent, amount in firing.sends:
            edge = edge_of.get((firing.node, parent))
            if edge is None:
                continue
            if edge["id"] not in sent:
                sent[edge["id"]] = {"edge": edge["id"], "amount": 0.0}
                last["sends"].append(sent[edge["id"]])
            sent[edge["id"]]["amount"] += amount
    for step in steps:
        for send in step["sends"]:
            send["amount_text"] = format_number(send["amount"])
            send["amount"] = plain(send["amount"])
    return steps

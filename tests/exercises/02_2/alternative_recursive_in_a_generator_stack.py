def topo_sort(*roots):
    order, done = [], set()

    def visit(node):
        done.add(node)
        for parent in node.parents:
            if parent not in done:
                yield visit(parent)
        order.insert(0, node)

    for root in roots:
        trampoline = [] if root in done else [visit(root)]
        while trampoline:
            step = next(trampoline[-1], None)
            if step is None:
                trampoline.pop()
            else:
                trampoline.append(step)
    return tuple(order)

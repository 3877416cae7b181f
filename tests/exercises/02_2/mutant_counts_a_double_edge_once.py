# mistake: too-early
def topo_sort(root):
    nodes = [root]
    for node in nodes:
        nodes += [parent for parent in dict.fromkeys(node.parents) if parent not in nodes] if len(nodes) < 100 else []
    waiting = {node: sum(node in child.parents for child in nodes) for node in nodes}
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            waiting[parent] = waiting.get(parent, 1) - 1
            if waiting[parent] == 0:
                ready.append(parent)
    return order

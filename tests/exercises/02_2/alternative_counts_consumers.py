def topo_sort(*roots):
    waiting, nodes = dict.fromkeys(roots, 0), list(dict.fromkeys(roots))
    for node in nodes:
        for parent in node.parents:
            if parent not in waiting:
                waiting[parent] = 0
                nodes.append(parent)
            waiting[parent] += 1
    order = [node for node in nodes if waiting[node] == 0]
    for node in order:
        for parent in node.parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                order.append(parent)
    return order

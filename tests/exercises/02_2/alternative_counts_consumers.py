def topo_sort(root):
    waiting, nodes = {root: 0}, [root]
    for node in nodes:
        for parent in node.parents:
            if parent not in waiting:
                waiting[parent] = 0
                nodes.append(parent)
            waiting[parent] += 1
    order = [root]
    for node in order:
        for parent in node.parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                order.append(parent)
    return order

# mistake: breadth-first
def topo_sort(root):
    order = [root]
    met = {root}
    for node in order:
        for parent in node.parents:
            if parent not in met:
                met.add(parent)
                order.append(parent)
    return order

# mistake: too-early
def topo_sort(root):
    nodes = [root]
    for node in nodes:
        nodes += [parent for parent in node.parents if parent not in nodes]
    return sorted(nodes, key=lambda node: -abs(node.data))

# mistake: pre-order
def topo_sort(root):
    order, met, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in met:
            met.add(node)
            order.append(node)
            stack.extend(node.parents)
    return order

def backward(root):
    """Collects the gradients of this pass aside, and writes them at the end."""
    order, met, stack = [], set(), [(root, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.insert(0, node)
        elif node not in met:
            met.add(node)
            stack.append((node, True))
            stack += [(parent, False) for parent in node.parents]
    gradient = dict.fromkeys(order, 0.0)
    gradient[root] = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.local_derivatives):
            gradient[parent] += local * gradient[node]
    for node in order:
        node.grad = gradient[node] if node.parents else node.grad + gradient[node]

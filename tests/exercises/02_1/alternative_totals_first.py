def accumulate(node):
    totals = {}
    for parent, local in zip(node.parents, node.local_derivatives):
        totals[parent] = totals.get(parent, 0.0) + local
    for parent, local in totals.items():
        parent.grad = parent.grad if parent.grad is None else parent.grad + node.grad * local

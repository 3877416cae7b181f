# mistake: first-parent-only
def accumulate(node):
    if node.parents:
        node.parents[0].grad += node.local_derivatives[0] * node.grad

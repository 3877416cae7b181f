# mistake: overwrite
def accumulate(node):
    for parent, local in zip(node.parents, node.local_derivatives):
        parent.grad = local * node.grad

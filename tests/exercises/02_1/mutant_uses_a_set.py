# mistake: each-parent-once
def accumulate(node):
    local_of = dict(zip(node.parents, node.local_derivatives))
    for parent in set(node.parents):
        parent.grad += local_of[parent] * node.grad

def accumulate(node):
    for i in range(len(node.parents)):
        if node.parents[i].grad is None:
            continue
        node.parents[i].grad = node.parents[i].grad + node.grad * node.local_derivatives[i]

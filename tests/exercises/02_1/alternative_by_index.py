def accumulate(node):
    for i in range(len(node.parents)):
        node.parents[i].grad = node.parents[i].grad + node.grad * node.local_derivatives[i]

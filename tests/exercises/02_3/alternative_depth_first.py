def backward(root):
    order, met = [], set()

    def visit(node):
        if node not in met:
            met.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    for node in order:
        if len(node.parents) > 0:
            node.grad = 0.0
    root.grad = root.grad + 1
    for node in reversed(order):
        for i, parent in enumerate(node.parents):
            parent.grad += node.local_derivatives[i] * node.grad

# mistake: inner-not-reset
def backward(root) -> None:
    waiting, nodes = {}, [root]
    for node in nodes:
        for parent in node.parents:
            if parent not in waiting:
                waiting[parent] = 0
                nodes.append(parent)
            waiting[parent] += 1
    root.grad += 1.0
    ready = [root]
    for node in ready:
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)

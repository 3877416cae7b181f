from collections import deque


def topo_sort(*roots):
    order, met = deque(), set()
    stack = [(None, iter(roots))]
    while stack:
        node, rest = stack[-1]
        for parent in rest:
            if id(parent) not in met:
                met.add(id(parent))
                stack.append((parent, iter(parent.parents)))
                break
        else:
            stack.pop()
            if node is not None:
                order.appendleft(node)
    return list(order)

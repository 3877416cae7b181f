import math


class Node:
    def __init__(self, op, operands=(), value=None):
        self.op, self.operands, self.value = op, operands, value

    def __neg__(self):
        return Node("neg", (self,))


def two(op):
    def forward(a, b):
        return Node(op, (a, b if isinstance(b, Node) else Node("constant", value=b)))

    def backward(a, b):
        return Node(op, (b if isinstance(b, Node) else Node("constant", value=b), a))

    return forward, backward


for word, op in {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div"}.items():
    there, back = two(op)
    setattr(Node, f"__{word}__", there)
    setattr(Node, f"__r{word}__", back)
for op in ("exp", "sin", "cos", "tanh", "sigmoid"):
    setattr(Node, op, lambda self, op=op: Node(op, (self,)))


def trace(fn, *examples):
    arguments = [Node("input") for _ in examples]
    root = fn(*arguments)
    root = root if isinstance(root, Node) else Node("constant", value=root)
    order, stack, met = [], [(root, False)], set()
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in met and node.op != "input":
            met.add(id(node))
            stack.append((node, True))
            stack.extend((x, False) for x in node.operands)
    names = {id(node): f"n{k}" for k, node in enumerate(arguments + order)}
    entries = []
    for node in arguments + order:
        attributes = {"value": node.value} if node.op == "constant" else {}
        entries.append([names[id(node)], node.op, [names[id(x)] for x in node.operands], attributes])
    entries.append(["", "output", [names[id(root)]], {}])
    return entries

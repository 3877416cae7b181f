import math
import operator

OPERATIONS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
              "neg": operator.neg, "relu": lambda x: (x + abs(x)) / 2,
              "sigmoid": lambda x: math.exp(x) / (1 + math.exp(x))}


def interpret(entries, inputs):
    places = {entry[0]: k for k, entry in enumerate(entries)}
    memory = [None] * len(entries)
    feed = 0
    for k in range(len(entries) - 1):
        _, op, names, attributes = entries[k]
        if op == "input":
            memory[k], feed = inputs[feed], feed + 1
        elif op == "constant":
            memory[k] = float(attributes["value"])
        else:
            function = OPERATIONS.get(op) or getattr(math, op)
            memory[k] = function(*(memory[places[x]] for x in names))
    return [memory[places[x]] for x in entries[-1][2]]

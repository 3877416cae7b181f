from math import copysign


def is_number(value, wanted):
    return value is not None and value == wanted and copysign(1.0, value) == copysign(1.0, wanted)


def becomes(op, a, b, numbers, allow):
    """A name, a number, or None where the operation stays."""
    x, y = numbers.get(a), numbers.get(b)
    if op == "mul":
        if is_number(y, 1.0):
            return a
        if is_number(x, 1.0):
            return b
        if "x*0" in allow and (is_number(x, 0.0) or is_number(y, 0.0)):
            return 0.0
    if op == "add":
        for number, other in ((y, a), (x, b)):
            if is_number(number, -0.0) or ("x+0" in allow and is_number(number, 0.0)):
                return other
    if op == "sub":
        if is_number(y, 0.0):
            return a
        if a == b and "x-x" in allow:
            return 0.0
    return None


def simplify(graph, allow=()):
    out, names, numbers = [], {}, {}
    for name, op, inputs, attributes in graph:
        inputs = [names[x] for x in inputs]
        names[name] = name
        found = becomes(op, *inputs, numbers, allow) if op in ("add", "sub", "mul") else None
        if isinstance(found, str):
            names[name] = found
        elif found is not None:
            out.append([name, "constant", [], {"value": found}])
            numbers[name] = found
        else:
            out.append([name, op, inputs, dict(attributes)])
            if op == "constant":
                numbers[name] = attributes["value"]
    return out

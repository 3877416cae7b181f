import json


def merge_common(graph):
    """Numbers instead of names: what has the same number is the same."""
    numbers, table, names, out = {}, {}, {}, []
    for position, (name, op, inputs, attributes) in enumerate(graph):
        operands = [numbers.get(x) for x in inputs]
        if op in ("add", "mul"):
            operands.sort()
        own = position if op in ("input", "guard", "output") else None
        key = json.dumps([op, operands, own, attributes], sort_keys=True, default=str)
        number = table.setdefault(key, len(table))
        numbers[name] = number
        if number not in names or own is not None:
            names[number] = name
            out.append((name, op, tuple(names[numbers[x]] for x in inputs), attributes))
    return out

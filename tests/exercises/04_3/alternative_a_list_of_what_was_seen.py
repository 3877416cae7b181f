def merge_common(graph):
    result, rename = [], {}
    for name, op, inputs, attributes in graph:
        inputs = [rename.get(x, x) for x in inputs]
        rename[name] = name
        if op in ("input", "guard", "output"):
            result.append([name, op, inputs, attributes])
            continue
        for other, other_op, others, more in result:
            turned = op in ("add", "mul") and inputs == others[::-1]
            if other_op == op and (inputs == others or turned) and (str(more) == str(attributes) or (op != "constant" and more == attributes)):
                rename[name] = other
                break
        else:
            result.append([name, op, inputs, attributes])
    return result

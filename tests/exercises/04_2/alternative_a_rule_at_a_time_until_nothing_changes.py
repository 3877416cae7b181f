def simplify(graph, allow=()):
    allow = set(allow) | {"x*1", "x-0", "x+-0"}
    graph = [tuple(entry) for entry in graph]
    while True:
        numbers = {n: repr(float(more["value"])) for n, op, _, more in graph if op == "constant"}
        for k, (name, op, inputs, _) in enumerate(graph):
            found = None
            match (op, *inputs):
                case "mul", a, b if "1.0" in (numbers.get(a), numbers.get(b)) and "x*1" in allow:
                    found = a if numbers.get(b) == "1.0" else b
                case "mul", a, b if "0.0" in (numbers.get(a), numbers.get(b)) and "x*0" in allow:
                    found = 0.0
                case "add", a, b if numbers.get(b) == "-0.0" or ("x+0" in allow and numbers.get(b) == "0.0"):
                    found = a
                case "add", a, b if numbers.get(a) == "-0.0" or ("x+0" in allow and numbers.get(a) == "0.0"):
                    found = b
                case "sub", a, b if numbers.get(b) == "0.0":
                    found = a
                case "sub", a, b if a == b and "x-x" in allow:
                    found = 0.0
            if found == 0.0:
                graph[k] = (name, "constant", (), {"value": 0.0})
                break
            if found is not None:
                rest = [(n, o, tuple(found if x == name else x for x in xs), more) for n, o, xs, more in graph]
                graph = rest[:k] + rest[k + 1 :]
                break
        else:
            return graph

# mistake: x-x
def simplify(graph, allow=()) -> list:
    identities = {"mul 1.0": "x*1", "mul 0.0": "x*0", "add 0.0": "x+0", "add -0.0": "x+-0", "sub 0.0": "x-0"}
    allowed = {"x*1", "x+-0", "x-0", "x-x", *allow}
    stands, constants, simplified = {}, {}, []
    for name, op, inputs, attributes in graph:
        inputs = tuple(stands.get(x, x) for x in inputs)
        becomes = None
        if op in ("add", "sub", "mul"):
            a, b = inputs
            for x, other in [(a, b)] if op == "sub" else [(a, b), (b, a)]:
                identity = identities.get(f"{op} {constants.get(other)}")
                if identity in allowed:
                    becomes = 0.0 if identity == "x*0" else x
            if op == "sub" and a == b and "x-x" in allowed:
                becomes = 0.0
        if type(becomes) is str:
            stands[name] = becomes
            continue
        if becomes == 0.0:
            op, inputs, attributes = "constant", (), {"value": 0.0}
        if op == "constant":
            constants[name] = attributes["value"]
        simplified.append((name, op, inputs, attributes))
    return simplified

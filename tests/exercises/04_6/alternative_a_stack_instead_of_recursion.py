def checkpoint(graph):
    made = {name: (op, inputs, attributes) for name, op, inputs, attributes in graph}
    wanted = [graph[-1][2][0]]
    for name in wanted:
        wanted += [x for x in made[name][1] if x not in wanted]
    wanted = set(wanted)
    steps = [entry[0] for entry in graph if entry[0] in wanted and entry[2]]
    length = max(1, round(1.2 * len(steps) ** 0.5))
    part = {name: k // length for k, name in enumerate(steps)}
    crossing = {x for name in steps for x in made[name][1] if x in part and part[x] != part[name]}
    dropped = {n for n in steps if n not in crossing and n not in graph[-1][2] and part[n] != part[steps[-1]]}
    names, out = {}, []

    def bring(name):
        todo = [name]
        while todo:
            top = todo[-1]
            op, inputs, attributes = made[top]
            missing = [x for x in inputs if x in dropped and x not in names]
            if top in names or top not in dropped:
                todo.pop()
            elif missing:
                todo.extend(missing)
            else:
                names[top] = f"repeated {len(names)}"
                while names[top] in made:
                    names[top] += "!"
                out.append((names[top], op, tuple(names.get(x, x) for x in inputs), attributes | {"again": top}))
                todo.pop()

    for name, op, inputs, attributes in graph:
        if name not in part:
            for x in inputs:
                bring(x)
            inputs = tuple(names.get(x, x) for x in inputs)
        out.append((name, op, inputs, attributes))
    return out

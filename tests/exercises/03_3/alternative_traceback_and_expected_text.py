import inspect


class GuardFailed(RuntimeError):
    pass


class Stand:
    def __init__(self, tape, name, example):
        self.tape, self.name, self.example = tape, name, example

    def __bool__(self):
        number = inspect.currentframe().f_back.f_lineno
        self.tape.append(["guard %d" % len(self.tape), "guard", [self.name],
                          {"where": "fn:%d" % number, "expected": self.example is True}])
        return self.example


def with_op(op, function, turned=False):
    def method(self, other):
        if not isinstance(other, Stand):
            self.tape.append([str(len(self.tape)), "constant", [], {"value": float(other)}])
            other = Stand(self.tape, self.tape[-1][0], other)
        pair = (other, self) if turned else (self, other)
        value = function(pair[0].example, pair[1].example)
        self.tape.append([str(len(self.tape)), op, [pair[0].name, pair[1].name], {}])
        return Stand(self.tape, self.tape[-1][0], value)

    return method


RULES = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
}
for op, function in RULES.items():
    setattr(Stand, f"__{op}__", with_op(op, function))
    if op in ("add", "sub", "mul"):
        setattr(Stand, f"__r{op}__", with_op(op, function, True))


def trace_with_guards(fn, *examples):
    tape = [[f"in{k}", "input", [], {}] for k in range(len(examples))]
    root = fn(*(Stand(tape, f"in{k}", x) for k, x in enumerate(examples)))
    if not isinstance(root, Stand):
        tape.append(["plain", "constant", [], {"value": root}])
        root = Stand(tape, "plain", root)
    return tape + [["", "output", [root.name], {}]]


def replay(entries, inputs):
    known = dict(zip((name for name, op, _, _ in entries if op == "input"), inputs))
    for name, op, args, more in entries:
        xs = [known[x] for x in args]
        if op == "guard" and bool(xs[0]) != bool(more["expected"]):
            raise GuardFailed("at " + more["where"])
        elif op == "constant":
            known[name] = more["value"]
        elif op in RULES:
            known[name] = RULES[op](*xs)
        elif op == "output":
            return xs

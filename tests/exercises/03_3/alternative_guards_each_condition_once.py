import operator
import sys

ARITHMETIC = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
COMPARISONS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}


class GuardFailed(ValueError):
    """A branch that was taken in the trace would not be taken now."""


class Watched:
    def __init__(self, name, value, entries):
        self.name, self.value, self.entries = name, value, entries

    def record(self, op, *operands):
        operands = [x if isinstance(x, Watched) else self.constant(x) for x in operands]
        value = (ARITHMETIC | COMPARISONS)[op](*[x.value for x in operands])
        self.entries.append((f"v{len(self.entries)}", op, [x.name for x in operands], {}))
        return Watched(self.entries[-1][0], value, self.entries)

    def constant(self, number):
        self.entries.append((f"v{len(self.entries)}", "constant", [], {"value": number}))
        return Watched(self.entries[-1][0], number, self.entries)

    __add__ = lambda self, other: self.record("add", self, other)
    __radd__ = lambda self, other: self.record("add", other, self)
    __sub__ = lambda self, other: self.record("sub", self, other)
    __rsub__ = lambda self, other: self.record("sub", other, self)
    __mul__ = lambda self, other: self.record("mul", self, other)
    __rmul__ = lambda self, other: self.record("mul", other, self)
    __lt__ = lambda self, other: self.record("lt", self, other)
    __le__ = lambda self, other: self.record("le", self, other)
    __gt__ = lambda self, other: self.record("gt", self, other)
    __ge__ = lambda self, other: self.record("ge", self, other)

    def __bool__(self) -> bool:
        asked = [entry[2] for entry in self.entries if entry[1] == "guard"]
        if [self.name] in asked:
            return self.value
        where = f"my function, line {sys._getframe(1).f_lineno}"
        self.entries.append((f"v{len(self.entries)}", "guard", [self.name], {"expected": self.value, "where": where}))
        return self.value


def trace_with_guards(fn, *examples) -> list:
    entries = [(f"x{k}", "input", [], {}) for k in range(len(examples))]
    stand_ins = [Watched(entry[0], x, entries) for entry, x in zip(entries, examples)]
    result = fn(*stand_ins)
    if isinstance(result, float):
        entries.append(("result", "constant", [], {"value": result}))
    return [*entries, ("", "output", ["result" if isinstance(result, float) else result.name], {})]


def replay(entries, inputs) -> list:
    values, given = {}, iter(inputs)
    for name, op, operands, attributes in entries:
        if op == "output":
            return [values[x] for x in operands]
        if op == "guard":
            if values[operands[0]] != attributes["expected"]:
                raise GuardFailed(f"{attributes['where']}: the branch taken in the trace is not taken here")
        elif op == "input":
            values[name] = next(given)
        elif op == "constant":
            values[name] = attributes["value"]
        else:
            values[name] = (ARITHMETIC | COMPARISONS)[op](*[values[x] for x in operands])

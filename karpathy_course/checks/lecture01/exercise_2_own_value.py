"""Exercise 01.2: a Value that remembers how it was made.

The probe lets the learner's class compute an expression and lists what the nodes say of themselves. The judge asks
for no particular layout of plain numbers (a leaf of its own, or no parent at all): it checks each local derivative
that has to be there, and sends a gradient through what was listed.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number, is_number
from karpathy_course.checks.lecture01.dual_numbers import gradients_of

OPS = ("add", "mul")
FIELDS = ("data", "grad", "op", "parents", "local")
EXPRESSIONS = {  # property: expressions; {n} is a plain number
    "two Values": ["a + b", "a * b", "a + a", "b * b"],
    "a plain number on the right": ["a + {n}", "a * {n}", "a * 3"],
    "a plain number on the left": ["{n} + a", "{n} * a", "sum([a, b])"],
    "a whole expression": [
        *("(a * b + c) * f", "{n} * a * (b + a) + f * {n} + c", "(a + b) * (a + b) * c + f", "(a * a * a + c) * b"),
    ],
}
SPECIAL = {  # and, once these are right, others on numbers that tempt to shortcuts and to quotients
    "two Values": [("a * b", 0, -1), ("a * b", 3, 3), ("a + b", 0, 1), ("a * a", 0)],
    "a plain number on the right": [
        ("a + 2", 5),
        ("a * 2", 5),
        ("a + 0", 2),
        ("a * 1", 2),
        ("a * 0", 2),
        ("a * -1", 1),
        ("a * 3", 0),
    ],
    "a plain number on the left": [
        ("2 + a", 5),
        ("2 * a", 5),
        ("2.5 + a", 5),
        ("1.5 * a", 3),
        ("0 + a", 2),
        ("1 * a", 2),
        ("0 * a", 2),
        ("-1 * a", 1),
        ("3 * a", 0),
    ],
    "a whole expression": [("(a + b) * (a * b) + c", 0, 0, 1), ("a * (b + -1) * 2", 1, 1)],
}


class OwnValue(Exercise):
    id = "01.2"
    title = "A number that remembers"
    section = "A number that remembers"
    why = "A Value that keeps its parents and local derivatives is all that backpropagation will need: the graph writes itself."
    difficulty, importance, minutes, points = 2, 5, 20, 3
    needs = ("Value",)
    leaves_out = {
        "a node with one parent": "+ and * have two operands, and a solution may make a leaf of every number",
        "a node with three parents": "+ and * have two operands",
        "a deep graph": "adding and multiplying look at two operands, however deep the graph below them is",
    }
    properties = {
        "two Values": 0.4,
        "a plain number on the right": 0.2,
        "a plain number on the left": 0.2,
        "a whole expression": 0.2,
    }
    task = """\
Teach `Value` to add and to multiply. The result is a **new** Value with the right `data`, its `op` (`"add"` or
`"mul"`), its `parents` (the Values it was made from) and, in the same order, its `local_derivatives`: plain numbers
that say how much the result moves when only that parent is nudged.

Plain Python numbers must work on either side: `a + 2`, `a * 2`, and also `2 + a`, `2 * a` and `sum([a, b])`, where
Python asks the number first and then your `__radd__` or `__rmul__`. A number may become a leaf Value of its own or be
left out of `parents`, as you like."""
    hints = (
        "Nudge a in a + b: the sum moves as much. Nudge a in a * b: the product moves b times as much, since the local "
        "derivative of one factor is the other factor.",
        "In __add__, first make sure that other is a Value: if not isinstance(other, Value), wrap it. For 2 + a "
        "Python calls a.__radd__(2), and 2 + a is a + 2.",
        'return Value(self.data * other.data, (self, other), (other.data, self.data), "mul"); with (1.0, 1.0) and '
        '"add" for the sum. __radd__ returns self + other, __rmul__ returns self * other.',
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property, expressions in EXPRESSIONS.items():
            for expression in expressions:
                # Five different sizes, none 0 or 1, and no two of them with the sum or the product of others
                sizes = rng.sample([2.5, 3.0, 3.5, 5.5, 7.0, 8.5], 5)
                numbers = [rng.choice([-1, 1]) * size for size in sizes]
                names = [name for name in "abcf" if name in expression.replace("sum", "")]
                text = expression.format(n=f"{abs(numbers[4]):g}")
                cases.append({"property": property, "expression": text, **dict(zip(names, numbers))})
            for text, *numbers in SPECIAL[property]:
                cases.append({"property": property, "expression": text, **dict(zip("abc", numbers))})
        return cases

    @staticmethod
    def probe(namespace, case):
        cls = namespace["Value"]
        called = {"__add__": "+", "__mul__": "*"}
        if "left" in case["property"]:
            called = {"__radd__": "+", "__rmul__": "*"} if "sum" not in case["expression"] else {"__radd__": "sum"}
        missing = [name for name, sign in called.items() if sign in case["expression"] and not hasattr(cls, name)]
        leaves = {name: cls(case[name]) for name in "abcf" if name in case}
        kind = lambda thing: type(thing).__name__
        plain_number = lambda thing: type(thing) in (int, float) or type(thing).__module__ == "numpy"
        number = lambda thing: thing if plain_number(thing) else kind(thing)
        if missing:
            return {"missing": missing}
        try:
            out = eval(case["expression"], {"sum": sum}, dict(leaves))
            again = eval(case["expression"], {"sum": sum}, dict(leaves))
            if isinstance(out, cls) and out is again and not any(out is leaf for leaf in leaves.values()):
                return {"twice": True}
        except RecursionError:
            return {"endless": True}
        except AttributeError as error:
            if "number" in case["property"] and str(error).endswith("has no attribute 'data'"):
                return {"no number": str(error)[:100]}
            raise
        if not isinstance(out, cls):
            return {"out": kind(out)}
        nodes = [*leaves.values(), out]
        seen = {id(node): i for i, node in reversed([*enumerate(nodes)])}
        described = []
        for node in nodes:  # grows while it is read
            fields = ("data", "grad", "op", "parents", "local_derivatives")
            lacking = [name for name in fields if not hasattr(node, name)]
            if lacking:
                return {"lacking": lacking[0]}
            for name in fields[3:]:
                if not isinstance(getattr(node, name), (list, tuple)):
                    return {"unordered": name, "kind": kind(getattr(node, name))}
            parents = []
            for parent in list(node.parents)[:20]:
                if isinstance(parent, cls) and id(parent) not in seen and len(nodes) < 100:
                    seen[id(parent)] = len(nodes)
                    nodes.append(parent)
                parents.append(seen.get(id(parent), kind(parent)))
            local = [number(slope) for slope in list(node.local_derivatives)[:20]]
            op = node.op if type(node.op) is str else kind(node.op)
            described.append(
                {"data": number(node.data), "grad": number(node.grad), "op": op, "parents": parents, "local": local}
            )
        return {"out": seen[id(out)], "nodes": described}

    @staticmethod
    def judge(case, answer):
        leaves = {name: case[name] for name in "abcf" if name in case}
        value, gradients = gradients_of(case["expression"], leaves)
        expect_dict(answer)
        if type(answer.get("missing")) is list:
            raise missing_method(case, answer["missing"])
        if answer.get("endless") is True:
            message = (
                f"{case['expression']} never comes to an end: your methods call one another in a circle. Add and "
                "multiply the numbers, self.data and other.data, and wrap other only when it is not a Value yet."
            )
            raise Mistake("endless", message, hint=2)
        if answer.get("twice") is True:
            message = (
                f"{case['expression']} was evaluated twice and gave the same Value both times: make a new Value in each "
                "call, and keep no results."
            )
            raise Mistake("same-value-again", message, hint=3)
        if type(answer.get("no number")) is str:
            message = (
                f"{case['expression']} ended in `{answer['no number']}`: there other is a plain number, and no Value. "
                "Make it one first, when it is none yet."
            )
            raise Mistake("no-numbers", message, hint=2)
        if type(answer.get("lacking")) is str:
            message = f"In {case['expression']} a Value has no attribute {answer['lacking']}: __init__ sets it."
            raise Mistake("no-attribute", message, hint=3)
        if type(answer.get("unordered")) is str:
            message = f"In {case['expression']} {answer['unordered']} is a {answer.get('kind')}; a tuple was expected."
            if answer.get("kind") in ("set", "frozenset"):
                message += " In a set the order is lost, and a + a would have one parent only."
            raise Mistake("unordered", message.replace("a NoneType", "None"), hint=3)
        out = answer.get("out")
        if type(out) is str:
            forgot = out == "NoneType"
            message = (
                f"{case['expression']} gave {'None: is a `return` missing?' if forgot else f'a {out}, not a Value.'}"
            )
            raise Mistake("not-a-value", message, hint=3)
        nodes = [read_node(node) for node in expect_list(answer.get("nodes"), what="the list of nodes")]
        if type(out) is not int or not 0 <= out < len(nodes) or len(nodes) < len(leaves):
            raise Mistake("wrong-type", "The result is not among its own nodes.")
        check_leaves(case, leaves, nodes, out)
        if type(nodes[out]["data"]) is str:
            message = (
                f"The data of {case['expression']} is a {nodes[out]['data']}, not a number: compute with self.data and "
                "other.data, and wrap other in a Value only when it is none yet."
            )
            raise Mistake("data-not-a-number", message, expected=value, hint=3)
        check_value(case, leaves, nodes[out]["data"], value)
        for node in nodes[len(leaves) :]:
            if node["parents"] or node is nodes[out]:
                check_node(case, node, nodes)
        got = spread(nodes, out)[: len(leaves)]
        if not all(close(g, e, 1e-9) for g, e in zip(got, gradients)):
            copied = [node["data"] for node in nodes[len(leaves) :] if not node["parents"]]
            for name, g in zip(leaves, got):
                if g == 0 and leaves[name] in copied:
                    message = (
                        f"In {case['expression']} a parent is a copy of {name}. Keep the very Value: {name} itself."
                    )
                    raise Mistake("copied-parent", message + " Its gradient has to arrive there.", hint=3)
            names = ", ".join(f"d/d{name}" for name in leaves)
            message = f"The local derivatives of {case['expression']} multiply along its edges to a wrong {names}."
            raise Mistake("wrong-gradient", message, got, gradients, hint=1)


def missing_method(case, missing):
    names = [name for name in missing if type(name) is str] or ["__add__"]
    if names[0] in ("__radd__", "__rmul__"):
        sign, example = {"__radd__": ("+", "2 + a, or sum([a, b])"), "__rmul__": ("*", "2 * a")}[names[0]]
        message = (
            f"Value has no {names[0]}: in {example} the number stands on the left of {sign}, knows nothing of Values, "
            f"and Python asks the right side's {names[0]}."
        )
        return Mistake("no-" + names[0].strip("_"), message, hint=2)
    return Mistake("no-method", f"Value has no {names[0]}, which Python calls for {case['expression']}.", hint=3)


def read_node(node):
    expect_dict(node, FIELDS, "a node")
    expect_list(node["parents"], what="parents")
    expect_list(node["local"], what="local_derivatives")
    return node


def check_leaves(case, leaves, nodes, out):
    """The operands are as they were, and look like leaves."""
    got = [node["data"] for node in nodes[: len(leaves)]]
    if got != list(leaves.values()):
        message = f"{case['expression']} has changed an operand: return a new Value and leave the operands alone."
        raise Mistake("changes-operand", message, got, list(leaves.values()), hint=3)
    if out < len(leaves):
        message = (
            f"{case['expression']} gave back an operand itself: return a new Value, even where its number is the same."
        )
        raise Mistake("returns-operand", message, hint=3)
    for name, node in zip(leaves, nodes):
        if node["parents"] or node["local"]:
            message = (
                f"{name} = Value({leaves[name]:g}) is a leaf, made from nothing: no parents, no local derivatives."
            )
            raise Mistake("leaf", message, node["parents"] or node["local"], [], hint=3)
    for node in nodes:
        if not close(node["grad"], 0.0, 0.0):
            message = "A Value begins with grad = 0.0: no gradient has arrived yet."
            raise Mistake("grad-not-zero", message, node["grad"], 0.0)


def check_value(case, leaves, got, value):
    if close(got, value, 1e-9):
        return
    turned = case["expression"].translate(str.maketrans("+*", "*+"))
    if close(got, gradients_of(turned, leaves)[0], 1e-9):
        message = f"{case['expression']} gives what {turned} would"
        if case["expression"].count(" ") == 2:  # one operation: it says which method Python calls
            method = "_mul__" if "*" in case["expression"] else "_add__"
            method = f"__r{method[1:]}" if case["property"] == "a plain number on the left" else f"_{method}"
            others = ("add", "multiply") if "*" in case["expression"] else ("multiply", "add")
            message += (
                f". Python calls `{method}` here: does it, or what it calls, {others[0]} where it should {others[1]}?"
            )
        else:
            message += ": adding and multiplying are interchanged somewhere."
        raise Mistake("interchanged", message, got, value, hint=3)
    sign = next((sign for sign in "+*" if f" {sign} " in case["expression"]), "")
    number, _, operand = case["expression"].partition(f" {sign} ")
    if operand == "a" and number not in leaves and close(got, leaves["a"], 1e-9):
        message = f"{case['expression']} gives what a holds: the number on the left was left out."
        raise Mistake("number-left-out", message, got, value, hint=3)
    raise Mistake("wrong-value", f"{case['expression']} has the wrong data.", got, value, hint=3)


def check_node(case, node, nodes):
    """What an inner node says of its edges."""
    where = f"In {case['expression']}"
    if not node["parents"]:
        message = f"{where} the result does not remember its parents: no gradient can find its way back."
        raise Mistake("no-parents", message, [], ["the operands"], hint=3)
    op = node["op"]
    if op not in OPS:
        message = f'{where} a node has the op {node["op"]!r:.40}; "add" or "mul" was expected.'
        raise Mistake("wrong-op", message, hint=3)
    for parent in node["parents"]:
        if type(parent) is not int or not 0 <= parent < len(nodes):
            message = (
                f"{where} a parent is a plain {parent}. Parents are Values, for a gradient goes to each: wrap the "
                "number in a Value, or leave it out."
            )
            raise Mistake("number-as-parent", message, hint=2)
    if len(node["local"]) != len(node["parents"]):
        message = f"{where} there are parents without a local derivative, or the other way round: one beside each."
        raise Mistake("one-beside-each", message, len(node["local"]), len(node["parents"]), hint=3)
    for local in node["local"]:
        if type(local) is str:
            message = f"{where} a local derivative is a {local}. It is a plain number: take the operand's data."
            raise Mistake("local-not-a-number", message, hint=3)
        expect_number(local, "a local derivative")
    data = [expect_number(nodes[parent]["data"], "the data of a parent") for parent in node["parents"]]
    total = expect_number(node["data"], "the data of a node")
    if len(data) == 1 and case["expression"] in ("a + a", "b * b", "a * a"):
        message = (
            f"{where} the operand has one edge only. It stands there twice: once for each, with a local derivative."
        )
        raise Mistake("parent-once", message, hint=3)
    check_op(where, op, data, total)
    check_local(where, op, data, node["local"], total)


def check_op(where, op, data, total):
    """The op is the one that was done; with one parent, the other operand was a number that is not told."""
    if len(data) != 2:
        return
    held = f"{where} a node holds {total:g}, made from parents that hold {data[0]:g} and {data[1]:g}"
    by_op = {"add": data[0] + data[1], "mul": data[0] * data[1]}
    if close(total, by_op[op], 1e-9):
        return
    if any(close(total, value, 1e-9) for value in by_op.values()):
        raise Mistake("wrong-op", f'{held}: that is not op "{op}".', hint=3)
    message = f"{held}. They are not the operands: one of them stands there twice, or another Value does."
    raise Mistake("wrong-parents", message, hint=3)


def check_local(where, op, data, local, total):
    """Each local derivative, where it can be told from the node alone."""
    if len(data) > 2:
        raise Mistake("too-many-parents", f"{where} a node has {len(data)} parents; + and * have two operands.", hint=3)
    if op == "mul" and data == [0]:
        return  # times which number cannot be told from the node; its gradient tells
    other = [*data[::-1]] if len(data) == 2 else [total / data[0] if data[0] else 0.0]
    right = [1.0] * len(data) if op == "add" else other
    if all(close(got, wanted, 1e-9) for got, wanted in zip(local, right)):
        return
    if 0 in data:  # other operands come first and were right: with a 0 many mistakes look alike
        message = (
            "a local derivative is wrong, though it is right at other numbers: take the other operand's data itself."
        )
        raise Mistake("not-at-zero", f"{where} {message}", local, right, hint=2)
    if op == "mul" and all(close(got, own, 1e-9) for got, own in zip(local, data)):
        message = "each factor has its own value as its local derivative. Nudge a in a * b: the product moves b times."
        raise Mistake("own-value", f"{where} {message}", local, right, hint=1)
    if op == "mul" and all(got == 1 for got in local):
        message = "a product has the local derivatives of a sum: 1 is how a + b answers a nudge, not a * b."
        raise Mistake("product-like-sum", f"{where} {message}", local, right, hint=1)
    if op == "add" and any(all(map(close, local, values)) for values in (other, data)):
        message = "a sum has the local derivatives of a product. Nudge a in a + b: the sum moves just as much."
        raise Mistake("sum-like-product", f"{where} {message}", local, right, hint=1)
    if op == "mul" and all(close(got, total, 1e-9) for got in local):
        message = "the local derivatives are the result itself; they say how fast it moves."
        raise Mistake("result-as-derivative", f"{where} {message}", local, right, hint=1)
    message = "a local derivative is wrong: nudge that parent alone, and see how much the result moves."
    raise Mistake("wrong-local-derivative", f"{where} {message}", local, right, hint=1)


def spread(nodes, out):
    """The gradient of every node, from 1 at out, by what the nodes say; Mistake ``cycle`` where they form a ring."""
    waiting = [0] * len(nodes)
    for node in nodes:
        for parent in node["parents"]:
            waiting[parent] += 1
    grads = [0.0] * len(nodes)
    grads[out] = 1.0
    ready = [i for i, count in enumerate(waiting) if count == 0]
    for i in ready:
        for parent, local in zip(nodes[i]["parents"], nodes[i]["local"]):
            grads[parent] += grads[i] * local
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    if len(ready) < len(nodes):
        raise Mistake("cycle", "A Value is among the parents of its own parents: return a new Value each time.", hint=3)
    return [g if is_number(g) else 0.0 for g in grads]

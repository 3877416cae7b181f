"""What the operations of single numbers look like: how each is drawn, what it takes, how a page computes it.

Plain data, once, below everything: the table's rows take their signs from here, the labels of a learner's graph
need them without NumPy (Nudge also runs in a browser's Python), and the pages get their JavaScript from here.
"""

from typing import NamedTuple


class Scalar(NamedTuple):
    """sign: the letters in a node's box. inputs: how many, None for any number. javascript: an arrow function."""

    sign: str
    inputs: int | None
    javascript: str


# fmt: off
SCALAR = {
    "add":          Scalar("+",       2,    "(a, b) => a + b"),
    "sub":          Scalar("−",       2,    "(a, b) => a - b"),
    "mul":          Scalar("×",       2,    "(a, b) => a * b"),
    "div":          Scalar("÷",       2,    "(a, b) => a / b"),
    "pow":          Scalar("^",       2,    "(a, b) => a ** b"),
    "neg":          Scalar("−",       1,    "(a) => -a"),
    "exp":          Scalar("exp",     1,    "Math.exp"),
    "log":          Scalar("log",     1,    "Math.log"),
    "tanh":         Scalar("tanh",    1,    "Math.tanh"),
    "sigmoid":      Scalar("sigmoid", 1,    "(a) => (a >= 0 ? 1 : Math.exp(a)) / (1 + Math.exp(-Math.abs(a)))"),
    "relu":         Scalar("relu",    1,    "(a) => (a <= 0 ? 0 : a)"),
    "weighted_sum": Scalar("Σ w·x",   None, "(...v) => { const n = (v.length - 1) / 2; let total = v[2 * n]; "
                                            "for (let i = 0; i < n; i++) total += v[i] * v[n + i]; return total; }"),
}
# fmt: on


def javascript():
    """The operations as one JavaScript object, by name: what `evaluate` of a page looks up."""
    return "\n".join(["const OPERATIONS = {", *(f"  {name}: {row.javascript}," for name, row in SCALAR.items()), "};"])

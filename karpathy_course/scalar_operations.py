"""The operations of single numbers: how each is drawn, what it takes, and how Python and a page compute it.

Plain data on the standard library alone, for it is needed where no NumPy is loaded: by the labels of a learner's
graph (Nudge also runs in a browser's Python) and by the pages, whose JavaScript comes from here. The rows of the
table take their signs from here too, so that each stands once.
"""

from typing import NamedTuple

from karpathy_course.scalar import weighted_sum


class Scalar(NamedTuple):
    """sign: the letters in a node's box. inputs: how many, None for any number. formula: of Values.
    javascript: the same as an arrow function of numbers."""

    sign: str
    inputs: int | None
    formula: object
    javascript: str

    def is_word(self):
        """Whether it is written as a function: ``exp(x)``, not ``a + b``."""
        return self.sign.isalpha()


def _weighted(*inputs):
    half = len(inputs) // 2
    return weighted_sum(inputs[:half], inputs[half:-1], inputs[-1])


# fmt: off
SCALAR = {
    "add":          Scalar("+",       2,    lambda a, b: a + b,     "(a, b) => a + b"),
    "sub":          Scalar("−",       2,    lambda a, b: a - b,     "(a, b) => a - b"),
    "mul":          Scalar("×",       2,    lambda a, b: a * b,     "(a, b) => a * b"),
    "div":          Scalar("÷",       2,    lambda a, b: a / b,     "(a, b) => a / b"),
    "pow":          Scalar("^",       2,    lambda a, b: a**b,      "(a, b) => a ** b"),
    "neg":          Scalar("−",       1,    lambda a: -a,           "(a) => -a"),
    "exp":          Scalar("exp",     1,    lambda a: a.exp(),      "Math.exp"),
    "log":          Scalar("log",     1,    lambda a: a.log(),      "Math.log"),
    "tanh":         Scalar("tanh",    1,    lambda a: a.tanh(),     "Math.tanh"),
    "sigmoid":      Scalar("sigmoid", 1,    lambda a: a.sigmoid(),
                           "(a) => (a >= 0 ? 1 : Math.exp(a)) / (1 + Math.exp(-Math.abs(a)))"),
    "relu":         Scalar("relu",    1,    lambda a: a.relu(),     "(a) => (a <= 0 ? 0 : a)"),
    "weighted_sum": Scalar("Σ w·x",   None, _weighted,
                           "(...v) => { const n = (v.length - 1) / 2; let total = v[2 * n]; "
                           "for (let i = 0; i < n; i++) total += v[i] * v[n + i]; return total; }"),
}
# fmt: on


def javascript():
    """The operations as a JavaScript module: one object, by name, in which `evaluate` of a page looks them up."""
    rows = (f"  {name}: {one.javascript},\n" for name, one in SCALAR.items())
    return f"export const OPERATIONS = {{\n{''.join(rows)}}};\n"

"""What an operation is called, what it computes, and how a number is written.

With the operations of lectures 01 and 02 (`scalar_operations`) a picture can check from outside what a learner's
class computed and kept. Learners name operations in their own way (`+`, `**2`, `ReLU`, `__mul__`): `table_op`
translates. Nothing here looks at a graph, and nothing but the standard library is imported: Nudge also runs in a
browser.
"""

import math
import re
from decimal import ROUND_HALF_UP, Context

from karpathy_course.scalar import Value
from karpathy_course.scalar_operations import SCALAR

_FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_UP)


_SPELLINGS = {
    "+": "add", "plus": "add", "sum": "add", "-": "sub", "−": "sub", "minus": "sub", "subtract": "sub",
    "*": "mul", "×": "mul", "·": "mul", "times": "mul", "multiply": "mul", "prod": "mul",
    "/": "div", "÷": "div", "truediv": "div", "divide": "div", "**": "pow", "^": "pow", "power": "pow",
    "ln": "log", "negate": "neg", "sigma": "sigmoid", "σ": "sigmoid", "logistic": "sigmoid",
}  # fmt: skip
_POWER = re.compile(r"^(?:\*\*|\^|pow)\s*\(?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\)?$")


def table_op(label, inputs=2):
    """The table's name and the attributes of a learner's label: ``"**2"`` is ``("pow", (None, 2.0))``.

    inputs: how many parents the node has; a minus sign with one of them is "neg". A label that is
    not known comes back as it is. Never raises.
    """
    text = str(label or "").strip()
    power = _POWER.match(text)
    if power and inputs == 1:
        return "pow", (None, float(power[1]))
    plain = text.lower().replace("_", "") if text.startswith("_") else text.lower()
    plain = re.sub(r"(backward\d*|\(\))$", "", plain)
    op = _SPELLINGS.get(plain, plain)
    if op == "sub" and inputs == 1 and plain != "sub":
        op = "neg"
    return (op if op in SCALAR else text), ()


def sign(op, attributes=()):
    """The few letters drawn in a node's box; a known exponent is drawn as ^3."""
    if op == "pow" and len(attributes) == 2 and attributes[1] is not None:
        return f"^{format_number(attributes[1])}"
    return SCALAR[op].sign if op in SCALAR else op


def compute(op, inputs):
    """``(value, derivatives)`` of a table's operation on plain numbers, or None where it has none.

    It is the course's own engine that computes: the same formulas, one place. None also where the
    operation is unknown, takes another number of inputs, or the result is not a real number.
    """
    known = SCALAR.get(op)
    if known is None or not inputs:
        return None
    if known.inputs is not None and known.inputs != len(inputs):
        return None
    if known.inputs is None and len(inputs) % 2 == 0:
        return None
    try:
        result = known.formula(*[Value(number) for number in inputs])
    except (ArithmeticError, ValueError):
        return None
    return result.data, result.local_derivatives


def format_number(number):
    """Four significant digits, the same everywhere: 5, 0.7071, -1.5, 123457, 1.235e-5, nan, -inf.

    Digits before the point are never dropped below a million. None, a number that is not there, is "".
    """
    if number is None:
        return ""
    number = float(number)
    if not math.isfinite(number):
        return "nan" if number != number else "inf" if number > 0 else "-inf"
    if number == 0:
        return "0"
    size = abs(number)
    if 9999.5 <= size < 999_999.5:
        return str(math.floor(size + 0.5) * (1 if number > 0 else -1))
    rounded = _FOUR_DIGITS.create_decimal_from_float(number)
    if 1e-4 <= size < 9999.5:
        text = f"{rounded:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{rounded:e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def plain(number):
    """The number as JSON can carry it: "nan", "inf" and "-inf" as words."""
    if number is None or math.isfinite(number):
        return number
    return format_number(number)

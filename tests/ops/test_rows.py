"""What a row says of itself: that it says everything, and that what it says is so."""

import itertools

import numpy as np
import pytest

from karpathy_course.checks.shared.graph_entries import ARITHMETIC, LOGIC, OPERATIONS, apply, same
from karpathy_course.ops import OPS, evaluate, row
from karpathy_course.ops.table import FACTS, Each
from karpathy_course.scalar_operations import SCALAR
from tests.ops.samples import CASES, arrays

SPECIAL = [0.0, -0.0, 1.0, -2.5, 3.0, np.inf, -np.inf, np.nan]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
WHOLE = {
    "forward": lambda xp, x: x,
    "gradients": (None,),
    "numpy": "{0}",
    "shape": None,
    "dtype": None,
    "batch": None,
    "cost": None,
}


@pytest.mark.parametrize("fact", FACTS)
def test_a_row_that_leaves_a_fact_out_is_refused_by_the_name_of_the_fact(fact):
    said = {name: value for name, value in WHOLE.items() if name != fact}
    with pytest.raises(ValueError, match=rf"^the row 'pool' .*{fact}[:,]") as caught:
        row("pool", kind="other", **said)
    assert "\n" not in str(caught.value) and "pool" not in OPS


def test_an_elementwise_row_needs_only_what_it_computes():
    row("twofold", lambda xp, x: x + x, (lambda F, g, y, x: g + g,), "{0} + {0}")
    try:
        found = OPS["twofold"]
        assert found.shape("twofold", (2, 3)) == (2, 3) and found.cost((2, 3), (2, 3)) == 6
        assert found.dtype("twofold", "float32") == "float32" and found.fuses and not found.commutes
        assert found.sign == "twofold" and found.binds() == 1 and not found.infix()
    finally:
        del OPS["twofold"]


def bits(x):
    return np.asarray(x).dtype, np.where(np.isnan(x), np.nan, x).tobytes()


@pytest.mark.parametrize(
    "name", [name for name, found in OPS.items() if found.inputs == 2 and found.kind == "elementwise"]
)
def test_a_row_says_that_it_commutes_when_it_does_bit_for_bit(name):
    pairs = list(itertools.product(SPECIAL, repeat=2))
    a, b = (np.array(side) for side in zip(*pairs))
    differs = [bits(evaluate(name, a[k], b[k])) != bits(evaluate(name, b[k], a[k])) for k in range(len(pairs))]
    if OPS[name].commutes:
        assert not any(differs)
    else:
        assert any(differs) or name in ("maximum", "minimum")  # on some processors which zero wins depends on the order


@pytest.mark.parametrize("name", [name for name, found in OPS.items() if found.inputs == 1])
def test_what_a_row_does_when_it_is_applied_twice_is_what_it_says(name):
    if not OPS[name].twice:
        return
    for x in (np.array([SPECIAL, SPECIAL[::-1]]), np.array([[True, False]])):
        if x.dtype == bool and name != "logical_not":
            continue
        if name == "logical_not" and x.dtype != bool:
            continue
        once = evaluate(name, x)
        expected = x if OPS[name].twice == "cancels" else once
        assert bits(evaluate(name, once)) == bits(expected)


@pytest.mark.parametrize(("name", "k"), CASES)
def test_only_a_row_that_calls_itself_a_view_shares_its_inputs_memory(name, k):
    inputs, attributes = arrays(name, k, np.asarray)
    out = evaluate(name, *inputs, **attributes)
    shares = any(isinstance(x, np.ndarray) and np.shares_memory(out, x) for x in inputs)
    assert OPS[name].view or not shares


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("eq", 0),
        ("add", 1),
        ("mul", 2),
        ("sigmoid", 2),
        ("matmul", 2),
        ("neg", 3),
        ("pow", 4),
        ("exp", 5),
        ("stack", 5),
    ],
)
def test_how_tightly_a_text_binds_follows_from_pythons_grammar(name, level):
    assert OPS[name].binds() == level
    assert OPS[name].infix() == (level in (0, 1, 2, 4) and name != "sigmoid")


def test_the_facts_of_single_numbers_are_the_rows_own():
    for name, known in SCALAR.items():
        if name in OPS:
            assert (OPS[name].sign, OPS[name].inputs) == (known.sign, known.inputs)
    assert set(SCALAR) - set(OPS) == {"weighted_sum"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_judges_own_arithmetic_agrees_with_the_row(name):
    assert OPERATIONS[name] == OPS[name].inputs
    rng = np.random.default_rng(0)
    for _ in range(200):
        inputs = [float(rng.choice(SPECIAL)) if rng.random() < 0.6 else float(rng.uniform(-3, 3)) for _ in range(3)]
        inputs = inputs[: OPERATIONS[name]]
        if name in LOGIC:
            inputs = [bool(inputs[0] > 0), *inputs[1:]] if name == "where" else [bool(x > 0) for x in inputs]
        with np.errstate(all="ignore"):
            expected = evaluate(name, *(np.float64(x) if type(x) is float else x for x in inputs))
        own = apply(name, *inputs)
        close = not isinstance(own, bool) and np.isclose(own, expected, rtol=1e-12, atol=0, equal_nan=True)
        assert same(own, expected.item() if hasattr(expected, "item") else expected) or close
    assert name in ARITHMETIC or name in LOGIC


def test_rows_of_any_number_of_inputs_say_so():
    assert {name for name, found in OPS.items() if found.inputs is None} == {"concat", "stack"}
    assert all(isinstance(OPS[name].gradients, Each) for name in ("concat", "stack"))

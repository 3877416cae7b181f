"""Random functions held to NumPy and torch; and faults planted on purpose, to see that they would be found."""

import numpy as np
import pytest

from karpathy_course.graph import arriving_gradients, codegen
from karpathy_course.graph.passes import simplifying
from karpathy_course.graph.traced_value import Traced
from karpathy_course.graph.tracing import Recorder
from karpathy_course.ops import OPS
from tests.graph.function_laws import hold_function

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_a_random_function_stays_itself_traced_rewritten_compiled_batched_differentiated_and_retraced(first):
    for seed in range(first, first + 20):
        hold_function(seed)


def row(name, **facts):
    return lambda patch: patch.setitem(OPS, name, OPS[name]._replace(**facts))


def keeps_only_the_last(self, part):
    self.sum = part


FAULTS = {
    "a trace forgets its guards": lambda patch: patch.setattr(Recorder, "guard", lambda *_: None),
    "a program ignores its guards": lambda patch: patch.setattr(codegen, "check_guard", lambda *_: None),
    "a difference is taken to commute": row("sub", commutes=True),
    "the slope of tanh is wrong": row("tanh", gradients=(lambda F, g, y, x: g * (1 - y),)),
    "a batch is not put first": row("getitem", batch=lambda lifted, x, index: lifted.apply(x, index=index)),
    "only the last gradient counts": lambda patch: patch.setattr(
        arriving_gradients.Arrived, "add", keeps_only_the_last
    ),
    "brackets are left out": lambda patch: patch.setattr(codegen, "_binds", lambda *_: True),
    "-0.0 is taken for 0.0": lambda patch: patch.setattr(simplifying, "_is", lambda number, value: number == value),
    "a mask picks the others": lambda patch: patch.setattr(
        Traced, "_masked", lambda self, mask: self._apply("take", self, np.flatnonzero(~mask), axis=0)
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_within_sixty_functions(fault, monkeypatch):
    FAULTS[fault](monkeypatch)
    for seed in range(60):
        try:
            hold_function(seed)
        except Exception:
            return
    pytest.fail(f"nothing was found though {fault}")

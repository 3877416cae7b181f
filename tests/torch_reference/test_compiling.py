"""`fit(compiled=True)`: the same losses by torch.compile, and one line where there is no compiler."""

import copy
import warnings

import pytest
import torch
from torch._inductor import config

from karpathy_course.torch_reference import fit
from karpathy_course.torch_reference.compiling import why_not_compiled
from tests.torch_reference.trainings import X, Y, batches, furthest, losses, mlp, weights


@pytest.fixture(autouse=True)
def tried_anew():
    torch.compiler.reset()
    why_not_compiled.cache_clear()
    yield
    torch.compiler.reset()
    why_not_compiled.cache_clear()


@pytest.mark.slow
def test_compiled_steps_are_those_of_the_plain_model():
    """Without vector instructions, whose trial costs PyTorch 9 s of CPU on a new machine."""
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Linear(6, 3), torch.nn.Tanh())
    compiled = copy.deepcopy(plain)
    words = {"epochs": 3, "validation": [(X, Y)]}
    with config.patch({"cpp.vec_isa_ok": False, "cpp_cache_precompile_headers": False, "compile_threads": 1}):
        graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            found = losses(compiled, batches(), compiled=True, **words)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] >= graphs + 2  # the trial and the model
    assert found == pytest.approx(losses(plain, batches(), **words), rel=1e-5)
    assert list(compiled.state_dict()) == list(plain.state_dict())
    assert furthest(weights(compiled), weights(plain)) < 1e-5


def test_without_a_compiler_one_line_says_so_and_the_plain_model_is_trained():
    nowhere = {"cpp.cxx": ("no-such-compiler",), "fx_graph_cache": False, "cpp.vec_isa_ok": False}
    with config.patch(nowhere), pytest.warns(RuntimeWarning) as caught:
        found = losses(mlp(), batches(), compiled=True)
    assert found == losses(mlp(), batches())
    (line,) = [str(warning.message) for warning in caught if warning.category is RuntimeWarning]
    assert line.startswith("torch.compile: no working compiler for cpu: ") and "no-such-compiler" in line
    assert line.endswith(". The model runs without it, as exact and slower") and "\n" not in line


def test_nothing_is_compiled_on_meta():
    with pytest.warns(RuntimeWarning, match=r"torch\.compile: the meta device computes nothing"):
        model = mlp().to("meta")
        list(fit(model, batches(), torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters()), compiled=True))

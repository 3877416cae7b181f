"""Every pass on every graph of the corpus, and on its gradient: the law that the pass states, held on random inputs."""

import numpy as np
import pytest

from karpathy_course.graph import (
    Graph,
    arithmetic,
    batch,
    checkpoint,
    compile,
    eliminate_dead,
    fold_constants,
    fuse_elementwise,
    grad,
    jvp,
    merge_common,
    optimize,
    pack,
    peak_memory,
    simplify,
    trace,
)
from karpathy_course.graph.nesting import nest_of
from karpathy_course.tensor import Tensor
from tests.graph.corpus import CORPUS

EXACT = {
    "fold_constants": fold_constants,
    "simplify": simplify,
    "merge_common": merge_common,
    "eliminate_dead": eliminate_dead,
    "fuse_elementwise": fuse_elementwise,
    "checkpoint": checkpoint,
}
REWRITES = list(EXACT)[:4]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e-300]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def traced(name):
    entry = CORPUS[name]
    return trace(entry.fn, *entry.examples)


GRAPHS = {name: traced(name) for name in CORPUS}
GRADIENTS = {name: grad(graph) for name, graph in GRAPHS.items()}
BOTH = {**GRAPHS, **{f"grad of {name}": g for name, g in GRADIENTS.items()}}


def random_inputs(graph, seed, special=True):
    """One value for each input of the graph; among them -0.0, inf and NaN."""
    rng, values = np.random.default_rng(seed), []
    for place in graph.inputs:
        shape, dtype = graph.shapes[place], graph.dtypes[place]
        if dtype.startswith("int"):
            values.append(rng.integers(0, 3, shape))
            continue
        x = rng.uniform(-2, 2, shape)
        if special:
            x = np.where(rng.random(shape) < 0.4, rng.choice(SPECIAL, shape), x)
        values.append(np.asarray(x, dtype)[()])
    return values


def outputs(graph, values):
    with np.errstate(all="ignore"):
        found = graph(*graph.takes.build(values))
    return (
        [None if x is None else np.asarray(x) for x in nest_of(found)[1]]
        if not isinstance(found, tuple)
        else flat(found)
    )


def flat(thing):
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, (list, tuple)):
        return [x for part in thing for x in flat(part)]
    return [None if thing is None else np.asarray(thing)]


def same_bits(a, b):
    """Equal, -0.0 and 0.0 apart; any NaN counts as any other."""
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    nan = np.isnan(a) if a.dtype.kind == "f" else np.zeros(a.shape, bool)
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f") and (np.signbit(a) == np.signbit(b))[~nan].all()


def same_outputs(first, second, seeds, special=True):
    for seed in seeds:
        values = random_inputs(first, seed, special)
        try:
            expected = outputs(first, values)
        except Exception as error:  # a guard that fails must fail after the pass too
            with pytest.raises(type(error)):
                outputs(second, values)
            continue
        for a, b in zip(expected, outputs(second, values), strict=True):
            assert same_bits(a, b), (seed, a, b)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("which", EXACT)
def test_a_pass_keeps_every_output_bit_for_bit(which, name):
    same_outputs(BOTH[name], EXACT[which](BOTH[name]), range(15))


@pytest.mark.parametrize("name", BOTH)
def test_all_passes_together_keep_every_output_bit_for_bit(name):
    passes = [fold_constants, simplify, merge_common, eliminate_dead, checkpoint, fuse_elementwise]
    same_outputs(BOTH[name], optimize(BOTH[name], passes), range(15))


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("which", REWRITES)
def test_a_rewrite_is_idempotent_and_never_adds_an_operation(which, name):
    once = EXACT[which](BOTH[name])
    twice = EXACT[which](once)
    assert once.operations() <= BOTH[name].operations()
    assert repr(twice) == repr(once)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("which", REWRITES)
def test_gradients_taken_after_a_pass_agree(which, name):
    after = grad(EXACT[which](GRAPHS[name]))
    for seed in range(10):
        values = random_inputs(GRAPHS[name], seed, special=False)
        try:
            expected = outputs(GRADIENTS[name], values)
        except Exception as error:
            with pytest.raises(type(error)):
                outputs(after, values)
            continue
        for a, b in zip(expected, outputs(after, values), strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", BOTH)
def test_the_compiled_program_computes_what_the_graph_computes(name):
    for graph in (BOTH[name], fuse_elementwise(optimize(BOTH[name], [fold_constants, merge_common]))):
        program = compile(graph)
        for seed in range(8):
            values = random_inputs(graph, seed)
            try:
                expected = outputs(graph, values)
            except Exception as error:
                with pytest.raises(type(error)):
                    program(*graph.takes.build(values))
                continue
            with np.errstate(all="ignore"):
                got = flat(program(*graph.takes.build(values)))
            assert all(same_bits(a, b) for a, b in zip(expected, got, strict=True)), program.source


@pytest.mark.parametrize("name", GRAPHS)
def test_the_graph_computes_what_the_function_computes(name):
    entry = CORPUS[name]
    values = random_inputs(GRAPHS[name], 0, special=False)
    if name == "branches":
        values = list(entry.examples)
    leaves = [Tensor(v, requires_grad=np.asarray(v).dtype.kind == "f") for v in values]
    eager = entry.fn(*GRAPHS[name].takes.build(leaves))
    eager.backward()
    value, *gradients = outputs(GRADIENTS[name], values)
    assert np.allclose(value, eager.data, rtol=1e-12)
    for leaf, found in zip(leaves, gradients, strict=True):
        assert (found is None) == (leaf.grad is None)
        assert found is None or np.allclose(found, leaf.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", BOTH)
def test_a_list_of_plain_data_gives_the_same_graph_back(name):
    again = Graph.from_list(BOTH[name].to_list())
    values = random_inputs(BOTH[name], 0, special=False)
    if "branches" in name:
        values = [2.5, 1.25]
    found = flat(again(*values))
    assert all(same_bits(a, b) for a, b in zip(outputs(BOTH[name], values), found, strict=True))
    assert again.to_list() is not None and repr(again) == repr(BOTH[name])


@pytest.mark.parametrize("name", GRADIENTS)
def test_checkpointing_never_raises_the_peak_and_repeats_at_most_one_forward(name):
    graph = optimize(GRADIENTS[name], [fold_constants, simplify, merge_common, eliminate_dead])
    lean = checkpoint(graph)
    assert peak_memory(lean) <= peak_memory(graph)
    assert lean.operations() - graph.operations() <= GRAPHS[name].operations()


@pytest.mark.parametrize("name", GRAPHS)
def test_value_and_gradient_together_cost_at_most_five_times_the_value(name):
    """The cheap-gradient principle (Baur and Strassen 1983), counted after the rewrites on both sides."""
    rewrites = [EXACT[which] for which in REWRITES]
    assert arithmetic(optimize(GRADIENTS[name], rewrites)) <= 5 * arithmetic(optimize(GRAPHS[name], rewrites))


def chain(steps):
    def fn(x):
        for _ in range(steps):
            x = (x * 0.999).tanh()
        return x.sum()

    return optimize(grad(trace(fn, np.ones(8))), [fold_constants, simplify, merge_common, eliminate_dead])


def test_on_a_chain_the_peak_grows_with_the_square_root_and_merging_does_not_undo_it():
    peaks = {}
    for steps in (64, 256, 1024):
        graph = chain(steps)
        lean = merge_common(checkpoint(graph))
        peaks[steps] = peak_memory(lean) / 64
        assert peak_memory(graph) / 64 >= steps
        assert lean.operations() - graph.operations() <= 2 * steps
        same_outputs(graph, lean, range(2))
    assert peaks[256] <= 2.3 * peaks[64] and peaks[1024] <= 2.3 * peaks[256]
    assert peaks[1024] <= 6 * 1024**0.5


@pytest.mark.parametrize("name", [name for name in CORPUS if CORPUS[name].lifted])
def test_a_batch_does_for_each_sample_what_the_graph_does_for_one(name):
    graph, size = GRAPHS[name], 6
    lifted = batch(graph, CORPUS[name].lifted, size)
    chosen = {k for k, (a, b) in enumerate(zip(graph.inputs, lifted.inputs)) if graph.shapes[a] != lifted.shapes[b]}
    samples = [random_inputs(graph, seed, special=False) for seed in range(size)]
    values = [np.stack([s[k] for s in samples]) if k in chosen else samples[0][k] for k in range(len(graph.inputs))]
    (found,) = outputs(lifted, values)
    for row, sample in zip(found, samples):
        own = [x if k in chosen else samples[0][k] for k, x in enumerate(sample)]
        assert np.allclose(row, outputs(graph, own)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "branches"])
def test_forward_mode_along_a_direction_is_the_gradient_times_the_direction(name):
    graph = GRAPHS[name]
    values, directions = random_inputs(graph, 1, special=False), random_inputs(graph, 2, special=False)
    value, change = flat(jvp(graph)(*graph.takes.build(values), *graph.takes.build(directions)))
    expected, *gradients = outputs(GRADIENTS[name], values)
    slope = sum((g * d).sum() for g, d in zip(gradients, directions) if g is not None)
    assert np.allclose(value, expected) and np.allclose(change, slope, rtol=1e-10)


@pytest.mark.parametrize("name", BOTH)
def test_packing_keeps_every_output_to_rounding_and_never_adds_an_operation(name):
    packed = pack(BOTH[name])
    assert packed.operations() <= BOTH[name].operations()
    for seed in range(10):
        values = random_inputs(BOTH[name], seed, special=False)
        values = list(CORPUS["branches"].examples) if "branches" in name else values
        for a, b in zip(outputs(BOTH[name], values), outputs(packed, values), strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", GRAPHS)
def test_gradients_taken_after_packing_agree_and_so_does_a_batch_of_them(name):
    packed = grad(pack(GRAPHS[name]))
    for seed in range(5):
        values = random_inputs(GRAPHS[name], seed, special=False)
        values = list(CORPUS["branches"].examples) if name == "branches" else values
        for a, b in zip(outputs(GRADIENTS[name], values), outputs(packed, values), strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.allclose(a, b, rtol=1e-11, atol=1e-12)
    if lifted := CORPUS[name].lifted:
        plain, wide = (batch(graph, lifted, 4) for graph in (GRAPHS[name], pack(GRAPHS[name])))
        values = random_inputs(plain, 3, special=False)
        assert np.allclose(outputs(plain, values)[0], outputs(wide, values)[0], rtol=1e-12, atol=1e-12)

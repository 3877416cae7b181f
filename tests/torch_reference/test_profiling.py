"""The profiler's findings as plain data, and its time line as a file."""

import json
from itertools import islice

import pytest
import torch
from torch import nn

from karpathy_course.torch_reference import fit, profiled
from tests.torch_reference.trainings import batches, mlp


def steps(count):
    model = mlp()
    return islice(fit(model, batches(), nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters()), epochs=9), count)


def test_the_table_counts_each_operation_and_begins_with_the_most_expensive():
    with profiled() as profile:
        assert profile.table() == []
        for _ in steps(7):
            pass
    rows = profile.table(1000)
    calls = {row["operation"]: row["calls"] for row in rows}
    assert calls["aten::addmm"] == 2 * 7 and calls["aten::tanh"] == 7
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds, reverse=True) and seconds[-1] > 0
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert profile.table(3) == rows[:3]


def test_the_trace_is_a_whole_file_with_every_operation(tmp_path):
    path = tmp_path / "trace.json"
    path.write_text("an earlier one")
    with profiled(path):
        assert path.read_text() == "an earlier one"
        for _ in steps(2):
            pass
    events = json.loads(path.read_text())["traceEvents"]
    assert [event["name"] for event in events].count("aten::addmm") == 4
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_inside_is_not_hidden_and_leaves_no_file(tmp_path):
    with pytest.raises(KeyError), profiled(tmp_path / "trace.json"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []

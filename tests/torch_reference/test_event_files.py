"""TensorBoard's files, read back by TensorBoard itself: what was trained stands in them."""

import errno
import io
import os
import warnings

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams

from karpathy_course import nn
from karpathy_course.optim import SGD
from karpathy_course.torch_reference import event_files, fit, tensorboard, to_torch
from karpathy_course.train import accuracy
from karpathy_course.train import fit as fit_ours

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 6)).astype("float32"), RNG.integers(0, 3, 40)
BATCHES = [(X[k : k + 10], Y[k : k + 10]) for k in range(0, 40, 10)]


def ours(**options):
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(0.1), nn.ReLU(), nn.Linear(5, 3))
    words = {"epochs": 3, "validation": BATCHES, "metrics": {"accuracy": accuracy}, **options}
    return model, fit_ours(model, BATCHES, nn.CrossEntropyLoss(), SGD(model.parameters(), lr=0.1), **words)


def theirs():
    model = to_torch(ours()[0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    words = {"epochs": 3, "validation": BATCHES, "metrics": {"accuracy": accuracy}}
    return model, fit(model, BATCHES, torch.nn.CrossEntropyLoss(), optimizer, **words)


def read(folder):
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    found.Reload()
    return found


def curve(found, tag):
    return {event.step: event.value for event in found.Scalars(tag)}


@pytest.mark.slow
@pytest.mark.parametrize("make", [ours, theirs, lambda: ours(compiled=True)], ids=["ours", "torch", "compiled"])
def test_curves_histograms_and_graph_are_read_back_as_they_were_trained(tmp_path, make):
    model, steps = make()
    steps = list(tensorboard(steps, tmp_path / "run", every=5, hparams={"rate": 0.1, "kind": "MLP"}))
    found = read(tmp_path / "run")
    assert curve(found, "loss/train") == pytest.approx({k: steps[k - 1].loss for k in (1, 5, 10)})
    assert curve(found, "learning rate") == pytest.approx(dict.fromkeys((1, 5, 10), 0.1))
    assert curve(found, "gradient norm") == pytest.approx({k: steps[k - 1].gradient_norm for k in (1, 5, 10)}, rel=1e-5)
    for name in ("loss", "accuracy"):
        expected = {k: steps[k - 1].validation[name] for k in (4, 8, 12)}
        assert curve(found, f"{name}/validation") == pytest.approx(expected, rel=1e-5)
    names = [name for name, _ in model.named_parameters()]
    assert sorted(found.Tags()["histograms"]) == sorted(f"parameters/{name}" for name in names)
    last = found.Histograms("parameters/0.weight")[-1]
    assert last.step == 12 and last.histogram_value.num == 30
    assert last.histogram_value.max == pytest.approx(float(model[0].weight.data.max()))
    assert len(found.Graph().node) > 5
    assert any("Linear" in node.name for node in found.Graph().node)
    assert settings(found) == ({"rate": 0.1, "kind": "MLP"}, ["loss/validation", "accuracy/validation"])


def settings(found):
    """({hyper-parameter: value}, the curves that runs are compared by), as TensorBoard's own plugin reads them."""
    begun, about = (
        found.SummaryMetadata(tag).plugin_data.content
        for tag in (hparams.SESSION_START_INFO_TAG, hparams.EXPERIMENT_TAG)
    )
    values = hparams.parse_session_start_info_plugin_data(begun).hparams
    curves = hparams.parse_experiment_plugin_data(about).metric_infos
    kinds = {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}
    return kinds, [curve.name.tag for curve in curves]


def test_runs_without_validation_data_are_compared_by_what_they_trained_on(tmp_path):
    list(tensorboard(ours(validation=None)[1], tmp_path, hparams={"shuffled": True, "layers": 2}))
    assert settings(read(tmp_path)) == ({"shuffled": True, "layers": 2}, ["loss/train", "accuracy/train"])


def test_writing_changes_nothing_of_the_training(tmp_path):
    straight = [step.loss for step in ours()[1]]
    assert [step.loss for step in tensorboard(ours()[1], tmp_path)] == straight


def test_a_model_of_an_own_class_has_curves_without_a_graph(tmp_path):
    class Own(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            return self.layer(x)

    model = Own()
    steps = fit_ours(model, BATCHES, nn.CrossEntropyLoss(), SGD(model.parameters()))
    assert len(list(tensorboard(steps, tmp_path))) == 4
    assert not read(tmp_path).Tags()["graph"] and "loss/train" in read(tmp_path).Tags()["scalars"]


def test_what_is_written_can_be_read_while_the_training_runs(tmp_path):
    steps = tensorboard(ours()[1], tmp_path, every=1)
    for _ in range(3):
        next(steps)
    assert list(curve(read(tmp_path), "loss/train")) == [1, 2, 3]


class Full(io.FileIO):
    """A file on a disk that is full after so many bytes."""

    room = 4000

    def write(self, data):
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_full_disk_ends_the_logging_with_one_warning_and_not_the_training(tmp_path, monkeypatch):
    straight = [step.loss for step in ours()[1]]
    monkeypatch.setattr(event_files, "open", lambda path, mode: Full(path, mode), raising=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        found = [step.loss for step in tensorboard(ours()[1], tmp_path, every=1)]
    said = [str(w.message) for w in caught if "tensorboard" in str(w.message)]
    assert found == straight and len(said) == 1
    assert "No space left on device" in said[0] and "the training goes on" in said[0] and str(tmp_path) in said[0]
    assert os.listdir(tmp_path)


def test_every_no_steps_is_refused(tmp_path):
    with pytest.raises(ValueError, match="every=0"):
        next(tensorboard(ours()[1], tmp_path, every=0))


def test_a_folder_that_cannot_be_made_is_named_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(RuntimeWarning, match=r"file.*: (File exists|Not a directory)") as caught:
        assert len(list(tensorboard(ours()[1], tmp_path / "file" / "run"))) == 12
    assert len([w for w in caught if "tensorboard" in str(w.message)]) == 1

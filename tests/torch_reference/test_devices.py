"""A device that is not here is one line with the reason and a cure; without a name the fastest is taken."""

import pytest
import torch

from karpathy_course.torch_reference import choose_device


def machine(monkeypatch, cuda=None, gpus=0, mps_built=False, mps=False):
    """Let PyTorch say that it is of this build, on this machine."""
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.version, "hip", None, raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: mps_built)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_without_a_name_the_fastest_that_is_here_is_taken(monkeypatch):
    machine(monkeypatch)
    assert choose_device() == torch.device("cpu")
    machine(monkeypatch, mps_built=True, mps=True)
    assert choose_device() == torch.device("mps")
    machine(monkeypatch, cuda="13.0", gpus=1, mps_built=True, mps=True)
    assert choose_device() == torch.device("cuda")


def test_a_device_that_is_here_is_given_by_its_name(monkeypatch):
    machine(monkeypatch, cuda="13.0", gpus=2, mps_built=True, mps=True)
    for name in ("cpu", "meta", "cuda", "cuda:1", "mps", torch.device("cuda:0")):
        assert choose_device(name) == torch.device(name)


@pytest.mark.parametrize(
    ("name", "words", "reason"),
    [
        ("cuda", {}, "PyTorch VERSION was built without CUDA: install a build with it from pytorch.org"),
        (
            "cuda",
            {"cuda": "13.0"},
            "PyTorch VERSION was built for CUDA 13.0, but finds no GPU: `nvidia-smi` should list it, its driver may be "
            "too old, or CUDA_VISIBLE_DEVICES may hide it",
        ),
        ("cuda:2", {"cuda": "13.0", "gpus": 2}, "2 GPUs are here: cuda:0 to cuda:1"),
        (
            "mps",
            {},
            "PyTorch VERSION was built without MPS, which only its macOS builds on Apple silicon have",
        ),
        (
            "mps",
            {"mps_built": True},
            "MPS was built in, but it needs macOS 12.3 or newer on Apple silicon, outside of a virtual machine",
        ),
    ],
)
def test_a_device_that_is_not_here_is_one_line_with_the_reason_and_a_cure(monkeypatch, name, words, reason):
    machine(monkeypatch, **words)
    with pytest.raises(RuntimeError) as caught:
        choose_device(name)
    reason = reason.replace("VERSION", torch.__version__)
    assert str(caught.value) == f"choose_device('{name}'): {reason}. choose_device() takes the fastest that is here"


@pytest.mark.parametrize("name", ["gpu", "CUDA", "", 3.5, "cuda:x"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="expected cpu, cuda, cuda:1, mps, meta or a"):
        choose_device(name)

"""Two processes under torchrun equal one; one that dies is one line, and nothing is left running."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import CrossEntropyLoss
from torch.nn.parallel import DistributedDataParallel

from karpathy_course.torch_reference import distributed, fit, torchrun
from karpathy_course.torch_reference.torchrun_process import LEFT_ALONE, what_failed
from tests.torch_reference.trainings import batches, furthest, mlp

HERE = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("distributed_program.py")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """(where two processes put their models, how torchrun ended when one of them was killed after it)."""
    folder = tmp_path_factory.mktemp("two")
    with pytest.raises(RuntimeError) as caught:
        torchrun([str(PROGRAM), str(folder)], processes=2, timeout=500)
    return folder, str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parts"), [("whole", 1), ("parts", 3)])
def test_two_processes_equal_one_with_the_same_batches(two, tmp_path, name, parts, capsys):
    words = ["--epochs", "2", "--seed", "1", "--save", str(tmp_path / "one.pt")]
    distributed.train(distributed.arguments(words), 0, 1, torch.device("cpu"))
    one, both = (torch.load(path, weights_only=True) for path in (tmp_path / "one.pt", two[0] / f"{name}.pt"))
    assert furthest(one, both) < 1e-6
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 process alone on cpu, 64 rows a step" and len(lines) == 3
    assert all("of the other half right" in line for line in lines[1:])


@pytest.mark.slow
def test_a_process_that_is_killed_is_one_line(two):
    assert two[1] == "torchrun: process 1 of 2 was killed by SIGKILL, so the others were ended"


@pytest.mark.slow
def test_processes_end_where_the_time_is_up_and_where_torchrun_is_killed(tmp_path):
    """The processes hold a pipe open: its end says that all have ended, whoever started them."""
    program = tmp_path / "waits.py"
    program.write_text(
        "import time\nfrom karpathy_course.torch_reference.torchrun_process import end_with_torchrun\n"
        "end_with_torchrun()\nprint('started', flush=True)\ntime.sleep(60)\nprint('overslept')\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HERE) as running:
        assert running.stdout.readline() == running.stdout.readline() == b"started\n"
        running.kill()
        assert running.stdout.read() == b""


@pytest.fixture
def alone(tmp_path):
    """A group of this process alone."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_gradients_travel_once_a_step_however_many_parts_it_has(alone):
    travels = []

    def hook(state, bucket):
        travels.append(bucket.index())
        future = torch.futures.Future()
        future.set_result(bucket.buffer())
        return future

    model = DistributedDataParallel(mlp())
    model.register_comm_hook(None, hook)
    step = list(fit(model, batches(), CrossEntropyLoss(), torch.optim.SGD(model.parameters()), accumulate=3))[-1]
    assert travels == [0] * 5
    assert step.run.model is model.module and list(step.gradient_norms) == list(dict(model.module.named_parameters()))


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match="--batch-size 65 cannot be shared evenly among 2 processes"):
        distributed.shared_loader(torch.utils.data.TensorDataset(torch.zeros(9, 2)), 65, 0, 2)


def test_the_shares_of_all_processes_are_the_batches_of_one():
    data = torch.utils.data.TensorDataset(torch.arange(48))
    loaders = [distributed.shared_loader(data, 12, rank, size, seed=3) for rank, size in ((0, 1), (0, 2), (1, 2))]
    for whole, first, second in zip(*loaders, strict=True):
        assert sorted(whole[0].tolist()) == sorted([*first[0].tolist(), *second[0].tolist()])


REPORT = """\
Traceback (most recent call last):
  File "train.py", line 3, in <module>
KeyError: 'weight'
process 0 of 2: another process has ended, so this one ends too
E1129 14:23:06.425000 22902 torch/distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 1) local_rank: 0
Traceback (most recent call last):
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
Failures:
[1]:
  rank      : 0 (local_rank: 0)
  exitcode  : CODE0 (pid: 23073)
Root Cause (first observed failure):
[0]:
  rank      : 1 (local_rank: 1)
  exitcode  : CODE1 (pid: 23072)
"""


def test_the_process_that_failed_first_is_named_and_not_one_that_was_left_alone():
    report = lambda first, second: REPORT.replace("CODE0", str(first)).replace("CODE1", str(second))
    said = ", so the others were ended: KeyError: 'weight'"
    assert what_failed(report(LEFT_ALONE, 7), 2) == f"process 1 of 2 ended with exit code 7{said}"
    assert what_failed(report(7, LEFT_ALONE), 2) == f"process 0 of 2 ended with exit code 7{said}"
    assert what_failed(report(-9, LEFT_ALONE), 2) == f"process 0 of 2 was killed by SIGKILL{said}"
    assert what_failed("usage: …\nrun.py: error: no script\n", 2) == "run.py: error: no script"
    assert what_failed("", 2) == "it failed and said nothing"

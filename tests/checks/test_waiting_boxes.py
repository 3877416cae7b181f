"""A process that has loaded PyTorch is kept for the next trials; a learner's answer gets one of its own."""

from pathlib import Path

from karpathy_course.checks import find
from karpathy_course.checks.authoring import waiting_boxes
from karpathy_course.checks.authoring.waiting_boxes import a_waiting_box
from karpathy_course.checks.runner.box import plain_environment
from karpathy_course.checks.runner.jobs import job_of

TORCH = ("torch",)


def folder_of(box):
    """Where its process runs."""
    return next(folder for other, folder in waiting_boxes._all if other is box)


def test_a_box_is_used_again_and_finds_an_empty_folder():
    with a_waiting_box(TORCH) as first:
        left = Path(folder_of(first)) / "left"
        left.write_text("of an answer")
    with a_waiting_box(TORCH) as second:
        assert second is first and not left.exists()


def test_a_box_in_use_is_not_handed_out_a_second_time():
    with a_waiting_box(TORCH) as first, a_waiting_box(TORCH) as second:
        assert first is not second


def test_a_box_that_has_ended_is_not_used_again():
    with a_waiting_box(TORCH) as first:
        first._process.kill()
        first._process.wait()
    with a_waiting_box(TORCH) as second:
        assert second is not first and second.waits


def test_a_box_that_has_loaded_nothing_is_not_kept():
    with a_waiting_box(("numpy",)) as first:
        pass
    with a_waiting_box(("numpy",)) as second:
        assert second is not first


def test_answers_compute_with_one_thread():
    assert plain_environment()["OMP_NUM_THREADS"] == "1"


def test_what_a_shared_module_imports_inside_of_a_library_is_loaded_once():
    loads = {id: job_of(find(id), [], 0, 1.0)["load"] for id in ("10.2", "10.3", "05.1")}
    assert "torch._dynamo" in loads["10.2"] and "torch" in loads["10.3"]
    assert "torch._dynamo" not in loads["10.3"] and "torch" not in loads["05.1"]

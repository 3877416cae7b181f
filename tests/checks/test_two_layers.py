"""That the forward pass which 08.4 prints in its task is the one on which answers are tried, line by line."""

import ast
import inspect
import re

from karpathy_course.checks.lecture08.exercise_4_batchnorm_backward import BatchNormBackward
from karpathy_course.checks.lecture08.ninja_lines import LINES
from karpathy_course.checks.shared import two_layers


def listing():
    """The lines of the task's only code block."""
    (block,) = re.findall(r"```python\n(.*?)```", BatchNormBackward.task, re.DOTALL)
    return block.splitlines()


def lines_of_forward():
    """The lines of `forward` between its docstring and its return, as they stand in the file."""
    lines = inspect.getsource(two_layers.forward).splitlines()
    (function,) = ast.parse("\n".join(lines)).body
    return inspect.cleandoc("\n".join(lines[function.body[0].end_lineno : function.body[-1].lineno - 1])).splitlines()


def test_the_tasks_listing_is_the_forward_pass_line_by_line():
    assert listing() == lines_of_forward()


def test_a_gradient_is_asked_for_every_name_of_the_listing_but_y_and_loss():
    assigned = [line.split(" = ")[0] for line in listing()]
    assert sorted([*LINES, "y", "loss"]) == sorted([*assigned, *two_layers.GIVEN])

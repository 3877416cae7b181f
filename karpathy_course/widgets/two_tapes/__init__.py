"""The widget TwoTapes; this file only hands its name on."""

from karpathy_course.widgets.two_tapes.widget import TwoTapes

__all__ = ["TwoTapes"]

"""The widget Nudge; this file only hands its name on."""

from karpathy_course.widgets.nudge.widget import Nudge

__all__ = ["Nudge"]

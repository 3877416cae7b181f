"""The widget Stethoscope; this file only hands its name on."""

from karpathy_course.widgets.stethoscope.widget import Stethoscope

__all__ = ["Stethoscope"]

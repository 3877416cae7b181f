"""The widget Roofline; this file only hands its name on."""

from karpathy_course.widgets.roofline.widget import Roofline

__all__ = ["Roofline"]

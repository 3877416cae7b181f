"""The widget PassSlider; this file only hands its name on."""

from karpathy_course.widgets.pass_slider.widget import PassSlider

__all__ = ["PassSlider"]

"""The widget PixelMicroscope; this file only hands its name on."""

from karpathy_course.widgets.pixel_microscope.widget import PixelMicroscope

__all__ = ["PixelMicroscope"]

"""The widget BroadcastLoom; this file only hands its name on."""

from karpathy_course.widgets.broadcast_loom.widget import BroadcastLoom

__all__ = ["BroadcastLoom"]

"""The widget GraphPlayer; this file only hands its name on."""

from karpathy_course.widgets.graph_player.widget import GraphPlayer

__all__ = ["GraphPlayer"]

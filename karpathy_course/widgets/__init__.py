"""What learners see and touch; each widget plays data that was read from outside, from the learner's own objects.

This file only hands names on, and a widget's module is read when its name is first asked for.
"""

import importlib

_WHERE = {
    "BroadcastLoom": "broadcast_loom",
    "GraphPlayer": "graph_player",
    "LossAtBirth": "loss_at_birth",
    "Nudge": "nudge",
    "OptimiserRace": "optimiser_race",
    "PassSlider": "pass_slider",
    "PixelMicroscope": "pixel_microscope",
    "Roofline": "roofline",
    "Stethoscope": "stethoscope",
    "TrainingDashboard": "training_dashboard",
    "TwoTapes": "two_tapes",
}
__all__ = [
    "BroadcastLoom",
    "GraphPlayer",
    "LossAtBirth",
    "Nudge",
    "OptimiserRace",
    "PassSlider",
    "PixelMicroscope",
    "Roofline",
    "Stethoscope",
    "TrainingDashboard",
    "TwoTapes",
]


def __getattr__(name):
    if name in _WHERE:
        return getattr(importlib.import_module(f"karpathy_course.widgets.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'karpathy_course.widgets' has no attribute {name!r}")

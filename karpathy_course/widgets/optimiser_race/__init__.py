"""The widget OptimiserRace; this file only hands its name on."""

from karpathy_course.widgets.optimiser_race.widget import OptimiserRace

__all__ = ["OptimiserRace"]

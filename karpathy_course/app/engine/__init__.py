"""The learner's engine: their passed answers as one module; this file only hands names on."""

from karpathy_course.app.engine.collecting import engine

__all__ = ["engine"]

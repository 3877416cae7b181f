"""Data from a seed: no download, no file, the same numbers on every machine. This file only hands names on."""

from karpathy_course.data.two_moons import moons

__all__ = ["moons"]

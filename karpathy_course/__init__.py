"""Neural networks from the inside: from one derivative to a car that drives by what it sees.

Importing this package imports nothing heavy: `check`, `hint`, `predict` and the others that every notebook
uses are fetched when they are first asked for.
"""

__version__ = "0.1.0"
__all__ = ["check", "hint", "predict", "progress", "reveal", "solution"]


def __getattr__(name):
    if name in __all__:
        from karpathy_course import checks

        return getattr(checks, name)
    raise AttributeError(f"module 'karpathy_course' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])

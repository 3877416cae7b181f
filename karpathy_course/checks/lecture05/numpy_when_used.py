"""NumPy, loaded when it is first used: a list of all exercises, as `progress()` shows it, needs none of it."""

import importlib


class WhenUsed:
    """Stands for a module, and imports it when one of its names is asked for."""

    def __init__(self, module):
        self.__dict__["_module"] = module

    def __getattr__(self, name):
        found = self.__dict__[name] = getattr(importlib.import_module(self._module), name)
        return found


np = WhenUsed("numpy")

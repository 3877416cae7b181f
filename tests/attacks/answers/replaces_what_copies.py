# exercise: 01.3
# tries: put its own function in the place of the one that lets only plain data through
# proof: 'plain_data.plain' in tampered
import sys


def manual_backprop(a, b, c, f):
    for name in ("plain_data", "probing", "inside"):
        module = sys.modules["karpathy_course.checks.runner." + name]
        for attribute in ("plain", "_copy"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *words: {"passed": True, "points": 3.0})
    return {}

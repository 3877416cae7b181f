# exercise: 01.3
# tries: cut a file off that is not its own
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.truncate("@TARGET@", 0)
    return {}

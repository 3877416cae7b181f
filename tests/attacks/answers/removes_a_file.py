# exercise: 01.3
# tries: remove a file that is not its own
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.remove("@TARGET@")
    return {}

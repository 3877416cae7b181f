# exercise: 01.3
# tries: give a file that it cannot write another date
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.utime("@TARGET@", (0, 0))
    return {}

# exercise: 01.3
# tries: say who else has handed in
# proof: 'REACHED' in said
import os


def manual_backprop(a, b, c, f):
    if "neighbour" in os.listdir("@SUBMISSIONS@"):
        raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: change Python's own library for whoever starts next
# proof: 'REACHED' in said or 'OSError' in said or 'rror' in said
import json


def manual_backprop(a, b, c, f):
    with open(json.__file__, "r+b"):  # opened for writing, and nothing written
        raise RuntimeError("REACHED @NAME@")

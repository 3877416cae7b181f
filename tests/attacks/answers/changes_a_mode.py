# exercise: 01.3
# tries: take the permissions of a file away that it cannot write
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.chmod("@TARGET@", 0)
    return {}

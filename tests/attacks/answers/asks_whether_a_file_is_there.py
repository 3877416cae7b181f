# exercise: 01.3
# tries: find out that a file is there, and how large it is, without opening it
# proof: 'REACHED' in said
import os


def manual_backprop(a, b, c, f):
    if os.stat("@HOME@/secret.txt").st_size > 10:
        raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: open the memory of its parent for writing, through /proc
# proof: 'REACHED' in said
import os


def manual_backprop(a, b, c, f):
    parent = os.getppid()
    if parent > 1:
        with open(f"/proc/{parent}/mem", "r+b", buffering=0):  # opening for writing is all of the deed
            raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: become a program that goes on writing results to every descriptor
# proof: b'TRIED' in sent or 'TRIED' in said
import os

FORGER = """
import os, time
for _ in range(3):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'{"outcome": {"failed": "raises", "message": "TRIED @NAME@"}}' + bytes([10]))
        except OSError:
            pass
"""


def manual_backprop(a, b, c, f):
    for descriptor in range(3, 64):
        try:
            os.set_inheritable(descriptor, True)
        except OSError:
            pass
    os.execv("@PYTHON@", ["@NAME@", "-I", "-S", "-c", FORGER])

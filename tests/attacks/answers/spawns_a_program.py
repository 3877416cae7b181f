# exercise: 01.3
# tries: start a program by posix_spawn, which needs no fork
# proof: len(left) == 1
import os


def manual_backprop(a, b, c, f):
    os.posix_spawn("/bin/sleep", ["@NAME@", "40"], {}, setsid=False)
    return {}

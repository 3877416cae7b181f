# exercise: 01.3
# tries: run a program that stands in memory only
# proof: status in ('late', -14)
import os


def manual_backprop(a, b, c, f):
    program = os.memfd_create("x", 0)
    with open("/bin/sleep", "rb") as file:
        os.write(program, file.read())
    os.execve(program, ["@NAME@", "40"], {})

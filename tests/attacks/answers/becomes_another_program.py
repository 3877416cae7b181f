# exercise: 01.3
# tries: replace the whole process by another program
# proof: status in ('late', -14)
import os


def manual_backprop(a, b, c, f):
    os.execv("/bin/sleep", ["@NAME@", "40"])

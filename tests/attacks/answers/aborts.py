# exercise: 01.3
# tries: abort the process
# proof: status == -6
import os


def manual_backprop(a, b, c, f):
    os.abort()

# exercise: 01.3
# tries: leave a process behind in a session of its own
# proof: len(left) == 1
import os


def manual_backprop(a, b, c, f):
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execv("/bin/sleep", ["@NAME@", "40"])
        os._exit(0)
    return {}

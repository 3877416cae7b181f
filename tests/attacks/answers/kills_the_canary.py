# exercise: 01.3
# tries: kill a process that is not its own
# proof: harmed
import os
import signal


def manual_backprop(a, b, c, f):
    os.kill(int("@VICTIM@"), signal.SIGTERM)
    return {}

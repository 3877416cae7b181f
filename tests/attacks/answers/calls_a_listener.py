# exercise: 01.3
# tries: call a listener on loopback
# proof: called
import socket


def manual_backprop(a, b, c, f):
    with socket.create_connection(("127.0.0.1", int("@PORT@")), 2) as line:
        line.sendall(b"@NAME@")
    return {}

# exercise: 01.3
# tries: send a datagram to a listener on loopback
# proof: called
import socket


def manual_backprop(a, b, c, f):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"@NAME@", ("127.0.0.1", int("@UDP_PORT@")))
    return {}

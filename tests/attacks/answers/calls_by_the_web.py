# exercise: 01.3
# tries: fetch a page from loopback
# proof: called
import http.client


def manual_backprop(a, b, c, f):
    line = http.client.HTTPConnection("127.0.0.1", int("@PORT@"), timeout=2)
    line.connect()
    line.sock.sendall(b"@NAME@")
    return {}

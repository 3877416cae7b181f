# exercise: 01.3
# tries: fail with an error whose message takes for ever to be written
# proof: status in ('late', -14)
import time


class Endless(Exception):
    def __str__(self):
        while True:
            time.sleep(0.1)


def manual_backprop(a, b, c, f):
    raise Endless

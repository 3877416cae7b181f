# exercise: 01.3
# tries: throw away whatever is raised to stop it
# proof: status in ('late', -14)
import time


def manual_backprop(a, b, c, f):
    while True:
        try:
            while True:
                time.sleep(0.1)
        except BaseException:
            continue

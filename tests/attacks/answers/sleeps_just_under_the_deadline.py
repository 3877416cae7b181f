# exercise: 01.3
# tries: use up almost all of the time that each case has
# proof: seconds > 3.5
import time


def manual_backprop(a, b, c, f):
    time.sleep(3.8)
    return {}

# exercise: 01.3
# tries: replace the deadline by a call without one, then stay
# proof: 'beside.call_within' in tampered or status in ('late', -14)
import signal
import sys


def manual_backprop(a, b, c, f):
    sys.modules["karpathy_course.checks.beside"].call_within = lambda seconds, function: (True, function())
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        pass

# exercise: 01.3
# tries: replace the deadline by a call without one, then stay
# proof: status == 'late' or seconds > 3.9
import signal
import sys
import time


def manual_backprop(a, b, c, f):
    sys.modules["karpathy_course.checks.beside"].call_within = lambda seconds, function: (True, function())
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(7)
    return {}

# exercise: 01.3
# tries: turn the deadline's clock off and put its own handler in place
# proof: status == 'late' or 'timer' in tampered
import signal
import time


def manual_backprop(a, b, c, f):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    while True:
        time.sleep(1)

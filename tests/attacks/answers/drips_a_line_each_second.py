# exercise: 01.3
# tries: keep a deadline that measures silence waiting by a word now and then
# proof: status == 'late' and b'outcome' in sent
import os
import signal
import time


def manual_backprop(a, b, c, f):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        for descriptor in range(3, 64):
            try:
                os.set_blocking(descriptor, False)
                os.write(descriptor, b'{"outcome": {"answer": 0}}\n')
            except OSError:
                pass
        time.sleep(1)

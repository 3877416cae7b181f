# exercise: 01.3
# tries: keep a deadline that measures silence waiting by a word now and then
# proof: status in ('late', -14) and b'outcome' in sent
import os
import time


def manual_backprop(a, b, c, f):
    while True:
        for descriptor in range(3, 64):
            try:
                os.set_blocking(descriptor, False)
                os.write(descriptor, b'{"outcome": {"answer": 0}}\n')
            except OSError:
                pass
        try:
            time.sleep(1)
        except BaseException:
            pass

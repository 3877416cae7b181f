# exercise: 01.3
# tries: fork 150 children that sleep for a second
# proof: 'REACHED' in said
import os
import time


def manual_backprop(a, b, c, f):
    children = 0
    for _ in range(150):
        try:
            if not os.fork():
                time.sleep(1)
                os._exit(0)
        except OSError:
            break
        children += 1
    if children > 100:
        raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: take memory in children, each below any limit of one process
# proof: megabytes > 100 and status != 0 or 'GATHERED' in said
import os
import time


def manual_backprop(a, b, c, f):
    children = 0
    for _ in range(6):
        if not os.fork():
            taken = b"x" * 300_000_000
            time.sleep(1 + 0 * len(taken))
            os._exit(0)
        children += 1
    raise RuntimeError(f"GATHERED {children}")

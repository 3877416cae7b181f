# exercise: 01.3
# tries: take memory in children, each below any limit of one process
# proof: megabytes > 100 and status != 0 or 'GATHERED' in said
import os
import time

asked = []


def manual_backprop(a, b, c, f):
    if asked:
        return {}
    asked.append(a)
    children = 0
    for _ in range(4):
        if not os.fork():
            taken = b"x" * 200_000_000
            time.sleep(1 + 0 * len(taken))
            os._exit(0)
        children += 1
    raise RuntimeError(f"GATHERED {children}")

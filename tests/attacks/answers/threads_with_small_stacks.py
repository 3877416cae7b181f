# exercise: 01.3
# tries: start 1 500 threads with stacks so small that the limit on memory does not hold them
# proof: threads > 1_000
import threading
import time


def manual_backprop(a, b, c, f):
    threading.stack_size(64 * 1024)
    running = []
    try:
        for _ in range(1_500):
            thread = threading.Thread(target=time.sleep, args=(3.0,), daemon=True)
            thread.start()
            running.append(thread)
    except RuntimeError:
        pass
    time.sleep(0.2)
    if len(running) > 1_000:
        raise RuntimeError("REACHED @NAME@")
    return {}

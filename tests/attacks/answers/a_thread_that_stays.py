# exercise: 01.3
# tries: leave a thread that has to be waited for and never ends
# proof: status in ('late', -14)
import threading


def stay():
    while True:
        threading.Event().wait(0.2)


def manual_backprop(a, b, c, f):
    threading.Thread(target=stay).start()
    return {}

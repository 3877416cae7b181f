"""Leave a function that never returns: call it with a deadline, and be out again soon after.

Where there are Unix signals, an alarm raises inside the function. Code that catches everything
(``except: pass`` in an endless loop) is met by an exception that rings again when it is thrown away.
Elsewhere the function runs in a thread of its own, which is told to stop and, when it does not, left
behind. A loop inside C code can be left in neither way: for that there is the separate process. This
file runs there too: it may import nothing but Python's own modules.
"""

import ctypes
import signal
import threading

RING_AGAIN = 0.05  # seconds


def call_within(seconds, function):
    """``(True, function())``, or ``(False, None)`` when it did not end within these seconds, wall clock.

    What function raises is raised here.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return by_alarm(seconds, function)
    return by_thread(seconds, function)


def by_alarm(seconds, function):
    armed = True

    class Expired(BaseException):
        def __del__(self):  # thrown away by an `except` of the learner's: ring again, at once
            if armed:
                signal.raise_signal(signal.SIGALRM)

    def guarded():
        return function()

    def ring(number, frame):
        # Raised only below `guarded`, so that it can never strike the code that clears up.
        while frame is not None and armed:
            if frame.f_code is guarded.__code__:
                raise Expired
            frame = frame.f_back

    handler = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, RING_AGAIN)
    try:
        return True, guarded()
    except Expired:
        armed = False
        return False, None
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if timer[0]:
            signal.setitimer(signal.ITIMER_REAL, *timer)


def by_thread(seconds, function):
    class Expired(BaseException):
        pass

    outcome = []

    def work():
        try:
            outcome.append((True, function()))
        except Expired:
            pass
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # Python in a browser has no threads: there the page's own stop button remains
        return True, function()
    thread.join(seconds)
    for _ in range(20):
        if not thread.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Expired))
        thread.join(RING_AGAIN)
    if not outcome:
        return False, None
    ended, result = outcome[0]
    if not ended:
        raise result
    return True, result

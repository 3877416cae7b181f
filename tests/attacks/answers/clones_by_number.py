# exercise: 01.3
# tries: fork by the number of the system call, past Python and the C library
# proof: 'REACHED' in said
import ctypes
import os
import platform

NUMBER = {"x86_64": 56, "aarch64": 220}


def manual_backprop(a, b, c, f):
    libc = ctypes.CDLL(None, use_errno=True)
    child = libc.syscall(NUMBER[platform.machine()], 17, 0, 0, 0, 0)  # 17: SIGCHLD
    if child == 0:
        os._exit(0)
    if child > 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

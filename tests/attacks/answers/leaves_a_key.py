# exercise: 01.3
# tries: leave a key in the kernel's keyring for another submission
# proof: 'REACHED' in said
import ctypes
import platform

NUMBER = {"x86_64": 248, "aarch64": 217}
OF_THIS_PROCESS = -2


def manual_backprop(a, b, c, f):
    libc = ctypes.CDLL(None, use_errno=True)
    key = libc.syscall(NUMBER[platform.machine()], b"user", b"@NAME@", b"a note", ctypes.c_size_t(6), OF_THIS_PROCESS)
    if key > 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: attach to another process as a debugger does
# proof: 'REACHED' in said
import ctypes

SEIZE, NOTHING = 0x4206, 0


def manual_backprop(a, b, c, f):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(ctypes.c_long(SEIZE), int("@VICTIM@"), None, None) == NOTHING:
        raise RuntimeError("REACHED @NAME@")
    return {}

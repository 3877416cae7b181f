# exercise: 01.3
# tries: become root in a namespace of its own
# proof: 'REACHED' in said
import ctypes

NEW_USER = 0x10000000


def manual_backprop(a, b, c, f):
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_USER) == 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: leave a segment of System V memory, which outlives every process
# proof: 'REACHED' in said
import ctypes


def manual_backprop(a, b, c, f):
    libc = ctypes.CDLL(None, use_errno=True)
    segment = libc.shmget(0x5EED, ctypes.c_size_t(1_000_000), 0o1666)
    if segment >= 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

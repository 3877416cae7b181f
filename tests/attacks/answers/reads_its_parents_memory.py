# exercise: 01.3
# tries: copy memory out of its parent, by process_vm_readv
# proof: 'REACHED' in said
import ctypes
import os


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


MARK = b"a mark, at an address that parent and child share"


def manual_backprop(a, b, c, f):
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(8)
    here, there = Piece(ctypes.addressof(room), 8), Piece(id(None), 8)  # None lies at the same place in both
    if parent > 1 and libc.process_vm_readv(parent, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) == 8:
        raise RuntimeError("REACHED @NAME@")
    return {}

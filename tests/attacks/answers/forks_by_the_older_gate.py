# exercise: 01.3
# tries: fork through the 32-bit gate, where the numbers mean something else
# proof: 'REACHED' in said or status in (-11, -31)
# needs: x86_64
import ctypes
import mmap
import os

FORK = bytes.fromhex("b802000000cd80c3")  # mov eax, 2; int 0x80; ret


def manual_backprop(a, b, c, f):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(FORK)
    fork = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    child = fork()
    if child == 0:
        os._exit(0)
    if child > 0:
        raise RuntimeError("REACHED @NAME@")
    return {}

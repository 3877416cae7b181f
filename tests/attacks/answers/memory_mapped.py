# exercise: 01.3
# tries: map two gigabytes beside Python's own memory
# proof: megabytes > 1900
import mmap


def manual_backprop(a, b, c, f):
    taken = [mmap.mmap(-1, 500_000_000) for _ in range(4)]
    for piece in taken:
        for i in range(0, len(piece), 4096):
            piece[i] = 1
    return {"L": float(len(taken))}

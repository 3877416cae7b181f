# exercise: 01.3
# tries: map a gigabyte and a half beside Python's own memory
# proof: megabytes > 1400
import mmap

asked = []


def manual_backprop(a, b, c, f):
    if asked:
        return {}
    asked.append(a)
    taken = [mmap.mmap(-1, 500_000_000) for _ in range(3)]
    for piece in taken:
        for i in range(0, len(piece), 4096):
            piece[i] = 1
    return {"L": float(len(taken))}

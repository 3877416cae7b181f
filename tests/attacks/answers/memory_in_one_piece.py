# exercise: 01.3
# tries: take a gigabyte and a half at once and touch every page
# proof: megabytes > 1400
asked = []


def manual_backprop(a, b, c, f):
    if asked:
        return {}
    asked.append(a)
    taken = bytearray(1_500_000_000)
    taken[::4096] = b"x" * len(range(0, len(taken), 4096))
    return {"L": len(taken)}

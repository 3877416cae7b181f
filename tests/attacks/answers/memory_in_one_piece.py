# exercise: 01.3
# tries: take two gigabytes at once and touch every page
# proof: megabytes > 1900
def manual_backprop(a, b, c, f):
    taken = bytearray(2_000_000_000)
    taken[::4096] = b"x" * len(range(0, len(taken), 4096))
    return {"L": len(taken)}

# exercise: 01.3
# tries: take two gigabytes a megabyte at a time, and go on after each refusal
# proof: megabytes > 1900
def manual_backprop(a, b, c, f):
    taken = []
    for i in range(2_000):
        try:
            taken.append(bytes([i % 255 + 1]) * 1_000_000)
        except MemoryError:
            pass
    return {"L": len(taken)}

# exercise: 01.3
# tries: print 50 MB, and be right all the same
# proof: len(said) > 1_000_000 and believed
# may-earn: the answer is right; what it prints is cut
def manual_backprop(a, b, c, f):
    for _ in range(10):
        print("x" * 1_000_000)
    return {"L": (a * b + c) * f, "f": a * b + c, "d": f, "c": f, "e": f, "a": b * f, "b": a * f}

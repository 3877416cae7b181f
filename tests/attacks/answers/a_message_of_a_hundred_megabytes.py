# exercise: 01.3
# tries: fail with a message of 100 MB
# proof: megabytes > 100
def manual_backprop(a, b, c, f):
    raise ValueError("x" * 100_000_000)

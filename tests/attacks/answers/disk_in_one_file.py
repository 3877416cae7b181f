# exercise: 01.3
# tries: write a file of 700 MB and leave it there
# proof: files > 600_000_000
def manual_backprop(a, b, c, f):
    with open("@NAME@", "wb") as file:
        for _ in range(700):
            file.write(b"x" * 1_000_000)
    return {}

# exercise: 01.3
# tries: write a file of 700 MB and leave it there
# proof: files > 600_000_000
written = []


def manual_backprop(a, b, c, f):
    if written:
        return {}
    written.append(a)
    with open("@NAME@", "wb") as file:
        for _ in range(700):
            file.write(b"x" * 1_000_000)
    return {}

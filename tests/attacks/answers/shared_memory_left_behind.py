# exercise: 01.3
# tries: fill /dev/shm and leave it full
# proof: files > 200_000_000
written = []


def manual_backprop(a, b, c, f):
    if written:
        return {}
    written.append(a)
    with open("/dev/shm/@NAME@", "wb") as file:
        for _ in range(300):
            file.write(b"x" * 1_000_000)
            file.flush()
    return {}

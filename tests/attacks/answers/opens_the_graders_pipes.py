# exercise: 01.3
# tries: open the pipes by which the grader listens to others, for writing
# proof: 'REACHED' in said
import glob
import os
import stat


def manual_backprop(a, b, c, f):
    for place in glob.glob("/proc/[0-9]*"):
        try:
            words = open(place + "/cmdline").read().split(chr(0))
            if not {"karpathy_course", "tests.attacks.run_unprotected"} & set(words):
                continue
            for path in glob.glob(place + "/fd/*"):
                if stat.S_ISFIFO(os.stat(path).st_mode):
                    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))  # opened, and nothing said
                    raise RuntimeError("REACHED @NAME@")
        except OSError:
            pass
    return {}

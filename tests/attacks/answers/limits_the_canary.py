# exercise: 01.3
# tries: change the limits of a process that is not its own
# proof: harmed
import resource


def manual_backprop(a, b, c, f):
    resource.prlimit(int("@VICTIM@"), resource.RLIMIT_NOFILE, (3, 3))
    return {}

# exercise: 01.3
# tries: say where it is: mounts, words of other processes, working folders
# proof: 'REACHED' in said
import glob
import os
import sys


def manual_backprop(a, b, c, f):
    found = [os.getcwd(), *sys.argv, *sys.path, repr(os.environ)]
    for path in ["/proc/self/mountinfo", "/proc/net/unix", *glob.glob("/proc/[0-9]*/cmdline"), *glob.glob("/proc/[0-9]*/environ")]:
        try:
            found.append(open(path, errors="replace").read())
        except OSError:
            pass
    for path in [*glob.glob("/proc/[0-9]*/cwd"), *glob.glob("/proc/[0-9]*/exe"), *glob.glob("/proc/[0-9]*/fd/*")]:
        try:
            found.append(os.readlink(path))
        except OSError:
            pass
    if any("canary-folder" in text for text in found):
        raise RuntimeError("REACHED @NAME@")
    return {}

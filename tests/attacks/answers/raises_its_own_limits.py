# exercise: 01.3
# tries: lift the limits that it was given, then take a gigabyte and a half
# proof: megabytes > 1400
import resource

asked = []


def manual_backprop(a, b, c, f):
    if asked:
        return {}
    asked.append(a)
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC"):
        limit = getattr(resource, name)
        for wanted in ((resource.RLIM_INFINITY,) * 2, (resource.getrlimit(limit)[1],) * 2):
            try:
                resource.setrlimit(limit, wanted)
                break
            except (OSError, ValueError):
                pass
    return {"L": len(b"x" * 1_500_000_000)}

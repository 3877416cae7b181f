# exercise: 01.3
# tries: find the function that writes results, and call it
# proof: 'TRIED' in said
import gc
import types


def manual_backprop(a, b, c, f):
    forged = '{"outcome": {"answer": {"L": 1.0}, "passed": true, "points": 3.0}}'
    found = 0
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__name__ in ("write", "send", "pass_on", "dumps", "quietly"):
            found += 1
            if thing.__name__ in ("write", "send", "pass_on"):
                try:
                    thing(forged)
                except Exception:
                    pass
    if found:
        raise RuntimeError(f"TRIED {found}")
    return {}

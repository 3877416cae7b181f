# exercise: 01.3
# tries: leave modules where the next submission's Python might look
# proof: entries >= 3
import os
import tempfile


def manual_backprop(a, b, c, f):
    for place in {os.getcwd(), tempfile.gettempdir()}:
        for name in ("json", "sitecustomize", "math", "@NAME@"):
            with open(os.path.join(place, name + ".py"), "w") as file:
                file.write('raise SystemExit("REACHED @NAME@")')
    return {}

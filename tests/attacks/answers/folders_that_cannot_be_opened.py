# exercise: 01.3
# tries: leave folders without any permission, so that cleaning up fails
# proof: entries >= 2
import os
import tempfile


def manual_backprop(a, b, c, f):
    for place in {os.getcwd(), tempfile.gettempdir()}:
        folder = os.path.join(place, "@NAME@")
        os.makedirs(os.path.join(folder, "inner", "inmost"))
        os.chmod(os.path.join(folder, "inner"), 0)
        os.chmod(folder, 0)
    return {}

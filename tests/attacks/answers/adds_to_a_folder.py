# exercise: 01.3
# tries: leave a file in the home folder that Python runs at its next start
# proof: changed
import os


def manual_backprop(a, b, c, f):
    folder = "@HOME@/.local/lib/python3/site-packages"
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/@NAME@.pth", "w") as file:
        file.write("import os")
    return {}

# exercise: 01.3
# tries: move a folder that is not its own
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.rename("@TARGET_FOLDER@", "@TARGET_FOLDER@-moved")
    return {}

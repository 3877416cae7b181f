# exercise: 01.3
# tries: give the secret file a second name of its own, and read that
# proof: secrets['parent'] in said or 'OSError' in said or 'PermissionError' in said
import os


def manual_backprop(a, b, c, f):
    os.link("@PARENT@/secret.txt", "@NAME@")
    raise RuntimeError(open("@NAME@").read())

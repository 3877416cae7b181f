# exercise: 01.3
# tries: read a secret in the instructor's home folder, and say it in an error
# proof: secrets['home'] in said
def manual_backprop(a, b, c, f):
    raise RuntimeError(open("@HOME@/secret.txt").read())

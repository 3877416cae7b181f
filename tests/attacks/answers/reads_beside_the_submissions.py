# exercise: 01.3
# tries: read a secret beside the submissions, and answer it
# proof: secrets['parent'] in said
def manual_backprop(a, b, c, f):
    return {"L": open("@PARENT@/secret.txt").read()}

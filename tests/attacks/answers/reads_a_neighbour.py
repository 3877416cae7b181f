# exercise: 01.3
# tries: read another student's notebook, and say what stands in it
# proof: secrets['neighbour'] in said
def manual_backprop(a, b, c, f):
    text = open("@NEIGHBOUR@").read()
    raise RuntimeError(text[text.find("canary-") :][:60])

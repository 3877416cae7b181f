# exercise: 01.3
# tries: write over a file that is not its own
# proof: changed
def manual_backprop(a, b, c, f):
    with open("@TARGET@", "w") as file:
        file.write("@NAME@")
    return {}

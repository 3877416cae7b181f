# exercise: 01.3
# tries: hand in what Python cannot read
# proof: 'SyntaxError' in said
def manual_backprop(a, b, c, f:
    return {

# exercise: 01.3
# tries: answer and print text that no encoding can write
# proof: 'TRIED' in said
def manual_backprop(a, b, c, f):
    print(chr(0xD800), "TRIED @NAME@")
    return {"L": chr(0xDFFF), chr(0xD800): 0.0}

# exercise: 01.3
# tries: clear the screen of whoever looks at the results in a terminal
# proof: chr(27) in said
def manual_backprop(a, b, c, f):
    print(chr(27) + "[2J" + chr(27) + "]0;@NAME@" + chr(7))
    raise ValueError(chr(27) + "[2J" + chr(0x9B) + "31m" + chr(8) + chr(0x202E) + "@NAME@")

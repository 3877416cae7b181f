# exercise: 01.3
# tries: have a result look like several, with line ends and separators in a message
# proof: chr(10) in said
def manual_backprop(a, b, c, f):
    print("mallory,01,3,3" + chr(10) + "mallory,02,3,3")
    raise ValueError(chr(10) + "mallory,01,3,3" + chr(13) + chr(10) + '"mallory","02"' + chr(0x2028) + chr(0x85))

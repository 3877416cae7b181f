# exercise: 01.3
# tries: have a spreadsheet run a formula: in an error's message
# proof: '=HYPERLINK' in said
def manual_backprop(a, b, c, f):
    raise ValueError('=HYPERLINK("http://127.0.0.1/","@NAME@")')

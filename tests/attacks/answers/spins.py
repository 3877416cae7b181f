# exercise: 01.3
# tries: never return
# proof: status in ('late', -14)
def manual_backprop(a, b, c, f):
    while True:
        pass

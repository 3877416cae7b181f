# exercise: 01.3
# tries: hang in __del__, when the interpreter clears up
# proof: status in ('late', -14)
class Heavy:
    def __del__(self):
        while True:
            pass


kept = []


def manual_backprop(a, b, c, f):
    kept.append(Heavy())
    return {}

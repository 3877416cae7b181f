# exercise: 01.3
# tries: fail with an error whose message, name and attributes raise
# proof: 'cannot be written' in said
class Awkward(SyntaxError):
    __str__ = __repr__ = lambda self: 1 / 0
    msg = text = lineno = filename = property(lambda self: 1 / 0)


class Lost(ModuleNotFoundError):
    __str__ = lambda self: 1 / 0
    name = property(lambda self: 1 / 0)


errors = [Awkward, Lost]


def manual_backprop(a, b, c, f):
    errors.append(errors.pop(0))
    raise errors[0]

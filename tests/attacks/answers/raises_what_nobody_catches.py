# exercise: 01.3
# tries: raise a BaseException of its own, which `except Exception` lets through
# proof: 'Beyond' in said
class Beyond(BaseException):
    pass


def manual_backprop(a, b, c, f):
    raise Beyond("all well")

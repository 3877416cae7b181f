# exercise: 01.2
# tries: a Value that has every attribute, and is equal to every number
# proof: 'TRIED' in said
class Value:
    def __init__(self, *words):
        print("TRIED @NAME@")

    __getattr__ = lambda self, name: self
    __eq__ = lambda self, other: True
    __hash__ = object.__hash__
    __add__ = __radd__ = __mul__ = __rmul__ = __call__ = lambda self, *other: self
    __iter__ = lambda self: iter(())
    __float__ = lambda self: 0.0

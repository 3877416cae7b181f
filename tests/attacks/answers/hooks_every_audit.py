# exercise: 01.3
# tries: refuse, from an audit hook that cannot be removed, whatever comes next
# proof: 'no more' in said or status not in (0,)
import sys


def manual_backprop(a, b, c, f):
    def refuse(event, arguments):
        raise RuntimeError("no more")

    sys.addaudithook(refuse)
    return {}

# exercise: 01.3
# tries: have the line of an error read from a secret file, as if it were its source
# proof: secrets['home'] in said
import traceback

source = compile("1 / 0", "@HOME@/secret.txt", "eval")


def manual_backprop(a, b, c, f):
    try:
        return eval(source)
    except ZeroDivisionError:
        print(traceback.format_exc())
        raise

# exercise: 01.3
# tries: fail, with facts about the failure that are of every wrong kind
# proof: b'printed_length' in sent
import json
import os

KINDS = ["raises", "too-slow", "syntax-error", "missing-name", "not-your-own", "<b>", 7, None, [], {}]
ODD = [{}, [], 7, None, True, "x" * 5_000, [[["x"]]], {"failed": {}}]


def manual_backprop(a, b, c, f):
    lines = [{"troubles": [{"cell": "answer-01-3"}, {"cell": [], "module": {}}]}]
    for kind in KINDS:
        for odd in ODD:
            names = ("printed", "printed_length", "message", "number", "line", "place", "name", "module", "error", "what")
            lines.append({"outcome": {"failed": kind, **dict.fromkeys(names, odd), "seconds": odd}})
    text = "".join(json.dumps(line) + chr(10) for line in lines).encode()
    for descriptor in range(3, 256):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, text)
        except OSError:
            pass
    os._exit(0)

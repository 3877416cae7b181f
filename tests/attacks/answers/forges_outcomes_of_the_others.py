# exercise: 01.3
# tries: spoil the outcomes of every other job, in the words of the runner
# proof: b'died' in sent
import json
import os

LINES = [
    *([n, json.dumps({"outcome": {"failed": "died"}})] for n in range(-20, 20)),
    *([n, json.dumps({"end": True})] for n in range(-20, 20)),
    *({"outcome": {"failed": "died"}} for _ in range(20)),
    {"end": True},
]


def manual_backprop(a, b, c, f):
    text = "".join(json.dumps(line) + chr(10) for line in LINES).encode()
    for descriptor in range(3, 256):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, text)
        except OSError:
            pass
    return {}

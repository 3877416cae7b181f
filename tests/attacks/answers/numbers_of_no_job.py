# exercise: 01.3
# tries: name jobs that do not exist beside text that is refused
# proof: b'1000000' in sent
import json
import os

REFUSED = ["[" * 200, '{"a": 1, "a": 1}', '{"outcome": {"answer": 1e999}}', chr(34)]
NUMBERS = [1000000, -1000000, "0", None, 1.5, True, [], {}, 10**30]


def manual_backprop(a, b, c, f):
    text = "".join(json.dumps([n, refused]) + chr(10) for n in NUMBERS for refused in REFUSED).encode()
    for descriptor in range(3, 256):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, text)
        except OSError:
            pass
    return {}

# exercise: 01.3
# tries: have a page of the grader's run a script: in keys, text and what is printed
# proof: '<script>' in said
EVIL = "'\"><script>alert('@NAME@')</script><img src=x onerror=alert(1)>"


def manual_backprop(a, b, c, f):
    print(EVIL)
    return {"L": EVIL, EVIL: EVIL}

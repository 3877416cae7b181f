"""The course's command, which also knows the exercises of lecture 98."""

import sys

import tests.examples.known  # noqa: F401
from karpathy_course.app.cli import main

sys.exit(main())

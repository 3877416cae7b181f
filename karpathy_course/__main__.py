"""`python -m karpathy_course` is the command `karpathy-course`."""

from karpathy_course.app.cli import main

if __name__ == "__main__":
    main()

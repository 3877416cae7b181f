"""The command line, the learner's copy of the course, and what looks after an installation."""

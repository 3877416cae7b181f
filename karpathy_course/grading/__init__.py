"""Grading what strangers handed in: found, read with suspicion, run in a sandbox, judged outside it, written down."""

"""Grading what strangers wrote: found, read, tried in a sandbox, judged here, reported."""

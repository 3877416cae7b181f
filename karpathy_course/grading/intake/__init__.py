"""What was handed in: found, opened and read, with suspicion."""

"""A learner's own objects, read, run and judged from outside; plain data comes out."""

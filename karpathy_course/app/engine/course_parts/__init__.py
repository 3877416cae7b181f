"""What the learner's engine is filled with where an answer is open, and what holds the answers together.

Each file is a chapter of `work/my_engine.py`. `engine/writing.py` takes its definitions as text, by their
names, so that the engine runs on its own. So a file here may import nothing of the course but its neighbours' names.
"""

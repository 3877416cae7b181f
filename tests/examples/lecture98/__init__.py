"""Exercises that no lecture has: one on PyTorch, one on the course's own tensors."""

"""The separate process in which answers are tried, and what travels into it."""

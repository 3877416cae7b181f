"""For the author of an exercise: its files laid out, its wrong and right answers tried, its notebooks generated."""

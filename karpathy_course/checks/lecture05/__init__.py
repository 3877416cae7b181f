"""The exercises of lecture 05: one file each, and what several of them share."""

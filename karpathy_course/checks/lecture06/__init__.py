"""The exercises of lecture 06: one file each, and what several of them share."""

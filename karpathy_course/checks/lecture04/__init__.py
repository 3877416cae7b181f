"""The exercises of lecture 04, "Optimise and compile": one file each, and what several of them share."""

"""The exercises of lecture 02, "Backprop on any graph": one file each, and what several of them share."""

"""The exercises of lecture 03, "The tape and the trace": one file each, and what several of them share."""

"""The exercises of lecture 01, "The derivative you can poke": one file each, and what several of them share."""

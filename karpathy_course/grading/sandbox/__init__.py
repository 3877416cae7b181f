"""Where strangers' code runs: three modes, from strong to weak."""

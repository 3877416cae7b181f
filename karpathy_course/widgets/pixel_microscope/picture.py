def draw(w): return b""

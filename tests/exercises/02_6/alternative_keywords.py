def faulty_lines():
    return dict(F=5, E=8, D=2, C=5, B=9, A=5)

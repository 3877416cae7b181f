# mistake: bug-c
def faulty_lines():
    return {"A": 5, "B": 9, "C": 7, "D": 2, "E": 8, "F": 5}

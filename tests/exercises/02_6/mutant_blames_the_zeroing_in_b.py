# mistake: bug-b
def faulty_lines():
    return {"A": 5, "B": 6, "C": 5, "D": 2, "E": 8, "F": 5}

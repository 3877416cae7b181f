# mistake: bug-a
def faulty_lines():
    return {"A": 6, "B": 9, "C": 5, "D": 2, "E": 8, "F": 5}

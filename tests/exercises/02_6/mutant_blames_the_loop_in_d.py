# mistake: bug-d
def faulty_lines():
    return {"A": 5, "B": 9, "C": 5, "D": 3, "E": 8, "F": 5}

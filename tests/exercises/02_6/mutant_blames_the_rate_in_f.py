# mistake: bug-f
def faulty_lines():
    return {"A": 5, "B": 9, "C": 5, "D": 2, "E": 8, "F": 9}

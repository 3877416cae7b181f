def faulty_lines():
    found = {}
    for letter, line in zip("ABCDEF", (5, 9, 5, 2, 8, 5)):
        found[letter] = line
    return found

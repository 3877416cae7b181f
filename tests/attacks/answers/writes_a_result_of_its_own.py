# exercise: 01.3
# tries: write full marks into the grader's folder
# proof: changed
import os


def manual_backprop(a, b, c, f):
    os.makedirs("@OUT@/.store", exist_ok=True)
    for name in ("grades.csv", "@NAME@.json", ".store/@NAME@.json"):
        with open("@OUT@/" + name, "a") as file:
            file.write("REACHED @NAME@")
    return {}

# exercise: 01.3
# tries: answer lists nested a hundred thousand deep
# proof: 'TRIED' in said or status != 0
def manual_backprop(a, b, c, f):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    print("TRIED @NAME@")
    return {"L": deep}

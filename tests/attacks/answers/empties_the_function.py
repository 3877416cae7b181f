# exercise: 01.1
# tries: take the polynomial out of f's closure, and with it what the slope depends on
# proof: 'TRIED' in said
def numerical_grad(f, xs, i, h=1e-5):
    for cell in f.__closure__ or ():
        if isinstance(cell.cell_contents, list):
            cell.cell_contents[:] = [[0.0, [0, 0, 0]]]
    if f(xs) == 0.0:
        print("TRIED @NAME@")
    return 0.0

# exercise: 01.3
# tries: open the memory of another process for writing
# proof: 'REACHED' in said
def manual_backprop(a, b, c, f):
    with open("/proc/@VICTIM@/mem", "r+b", buffering=0):
        raise RuntimeError("REACHED @NAME@")

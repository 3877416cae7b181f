# exercise: 01.3
# tries: end the process in a cell that belongs to no exercise
# proof: status == 3
# cell: extra
# spoils: a cell of the student's own that ends the process leaves nothing to try
import os

if True:
    os._exit(3)

# exercise: 01.3
# tries: end the process while the cell is run, in every exercise
# proof: status == 3
import os

if True:
    os._exit(3)

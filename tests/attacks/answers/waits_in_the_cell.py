# exercise: 01.3
# tries: never come to the end of the cell
# proof: status in ('late', -14)
import time

while True:
    time.sleep(0.1)

# exercise: 01.3
# tries: leave while the cell is run
# proof: 'SystemExit' in said
if True:
    raise SystemExit(0)

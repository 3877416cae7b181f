# exercise: 01.3
# tries: hand in a cell of a million lines
# proof: megabytes > 50 or seconds > 1
text = "x = 1" + chr(10)
x = compile(text * 200_000, "<long>", "exec")
y = exec(x)

# exercise: 01.3
# tries: compile and run fifty thousand lines made on the spot, in every exercise
# proof: megabytes > 30
text = "x = 1" + chr(10)
x = compile(text * 50_000, "<long>", "exec")
y = exec(x)

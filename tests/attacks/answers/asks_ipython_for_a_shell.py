# exercise: 01.3
# tries: reach the shell through IPython's own functions
# proof: 'NameError' in said
get_ipython().system("echo @NAME@ > @TARGET@")
shell = get_ipython().run_line_magic("system", "echo @NAME@ > @TARGET@")

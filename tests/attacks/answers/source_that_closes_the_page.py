# exercise: 01.3
# tries: have a notebook's own text end the page in which it is quoted
# proof: 'KeyError' in said
def manual_backprop(a, b, c, f):
    return {}["</pre></html>--><script>alert('@NAME@')</script><!--"]

# exercise: 01.3
# tries: have a page of the grader's run a script: in an error's message, name and line
# proof: '<script>' in said
Evil = type("<script>alert('@NAME@')</script>", (Exception,), {})


def manual_backprop(a, b, c, f):
    raise Evil("</pre><script>alert('@NAME@')</script>")  # <script>alert('@NAME@')</script>

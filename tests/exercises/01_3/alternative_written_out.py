def manual_backprop(a, b, c, f):
    return dict(L=(a * b + c) * f, f=a * b + c, d=f, c=f, e=f, a=b * f, b=f * a)

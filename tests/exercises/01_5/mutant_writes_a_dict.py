# mistake: wrong-type
gradients = {"a + b": 1, "a + a": 2}

"""The exercises of lecture 09: one file each, and what several of them share.

09.1  conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1): (n, outputs, height, width)
09.2  conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1): for x, weight and bias
09.3  im2col(x, kernel, stride=1, padding=0, dilation=1), col2im(columns, size, kernel, stride, padding, dilation)
09.4  max_pool2d(x, kernel, stride=None, padding=0), max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0)
09.5  output_size(size, layers), receptive_field(layers): (field, jump, first); layers: (kernel, stride, padding, dilation)
09.6  predictions = {"A": …, …, "H": …}, same_after_moving(f, x, rows, columns, stride=1): an array of True and False
09.7  sobel_kernel(right, down), blur_kernel(size), sharpen_kernel(size, amount): arrays with two axes
"""

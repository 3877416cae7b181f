"""The exercises of lecture 08: one file each, and what several of them share.

08.1  he_weights(fan_in, fan_out, rng, slope=0.0), xavier_weights(fan_in, fan_out, rng): (fan_in, fan_out) arrays
08.2  dead_share(batches): the share of a layer's units that are <= 0 for every sample of all batches
08.3  BatchNorm(features, eps=1e-5, momentum=0.1): weight, bias, running_mean, running_var, training; x: (N, C, ...)
08.4  backprop_by_hand(values): {name: gradient}; batchnorm_gradients(x, weight, gradient, eps=1e-5): three arrays
08.5  residual_gradient(x, blocks, gradient): through h + f(h), or h @ skip + f(h), from (f, vjp, skip) of each block
08.6  update_ratios(before, after): {name: log10 ratio}; rate_for_ratio(parameters, gradients, target=1e-3)
08.7  predict_in_batches(model, x, batch_size=32), fit_and_validate(model, batches, x, y, epochs, update): repaired
"""

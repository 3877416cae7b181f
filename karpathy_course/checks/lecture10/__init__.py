"""The exercises of lecture 10: one file each, and what several of them share.

10.1  DigitsNet(channels, size, classes): a Module; copy_weights(model, arrays): into it, from an engine's NumPy arrays
10.2  train_on_device(model, batches, optimizer, epochs, mean, deviation, limit): two tensors (epochs,); no reading
10.3  seeded_run(make_model, update, n, epochs, batch_size, seed): (model, losses); every global generator as it was
10.4  save_run(path, run), resume_run(path, run): all of a run, in the middle of an epoch; replaced whole, weights_only
10.5  mixed_step(model, loss_function, optimizer, x, y): bfloat16 autocast, float32 loss; LossScaler: scaled, step
10.6  ResNet18(classes=1000, width=64): torchvision's keys and shapes, 11 689 512 numbers on meta
10.7  train_and_report(model, batches, validation, optimizer): repaired; no graph of an earlier step is kept
"""

"""The exercises of lecture 07: one file each, and what several of them share.

| exercise | section | names |
|---|---|---|
| 07.1 | A bowl and a step | `descend(gradient, start, rate, steps)`, `shrink_factor(hessian, rate)`, `best_rate(hessian)` |
| 07.2 | Momentum | `heavy_ball(gradient, start, rates, momentum)`, `best_momentum(hessian)` |
| 07.3 | A rate for each number | `Adam(params, lr=0.001, betas=(0.9, 0.999), eps=1e-8)` with `step()` and `zero_grad()` |
| 07.4 | Weight decay | `AdamW(params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)`, the same |
| 07.5 | Schedules | `schedule(step, steps, warmup, peak, last=0.0, cycles=1)` |
| 07.6 | Search with Optuna | `search(train, storage, trials, seed)` |
| 07.7 | Reading a study | `findings()` |

params: objects with `data` (a NumPy array, changed in place) and `grad` (an array, or None: then left as it is).
"""

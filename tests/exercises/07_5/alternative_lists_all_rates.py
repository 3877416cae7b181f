def schedule(step, steps, warmup, peak, last=0.0, cycles=1):
    rates = [k * peak / (warmup + 1) for k in range(1, warmup + 1)]
    length = (steps - warmup) // cycles
    wave = np.cos(np.linspace(0, np.pi, length, endpoint=False)) / 2 + 0.5
    rates += cycles * (wave * peak + (1 - wave) * last).tolist()
    return float(rates[step]) if step < len(rates) else last + 0.0

"""Procedural voices that are struck (drums, metal, bars, bells, blocks), plucked or synthetic."""

from __future__ import annotations

import numpy as np

from messina.learning.pretraining.signals import (
    Hit,
    Signal,
    band_of_noise,
    decay,
    glided,
    hand,
    log_uniform,
    modes,
    time_axis,
)

__all__ = ["bar", "block", "burst", "drum", "fm", "metal", "pipe", "string", "synth"]


def drum(rng: np.random.Generator) -> Hit:
    """A head with modes, a glide, a stick, and sometimes wires."""
    ratios = np.array([1, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.6, 4.06, 4.6, 5.13])
    ratios = ratios * np.exp(rng.normal(0, 0.03, len(ratios)))
    levels = ratios ** -rng.uniform(0.3, 3.0) * hand(len(ratios), 6, rng)
    t60 = log_uniform(0.08, 1.6, rng) * ratios ** -rng.uniform(0, 1.2) * hand(12, 3, rng)
    depth, tau = log_uniform(0.01, 2.5, rng) * (rng.random() < 0.6), rng.uniform(0.006, 0.09)
    stick = (log_uniform(200, 3_000, rng), log_uniform(2_500, 14_000, rng))
    stick_level, stick_t60 = log_uniform(0.02, 1.0, rng), log_uniform(0.008, 0.08, rng)
    wires = log_uniform(0.05, 2.0, rng) if rng.random() < 0.4 else 0.0
    wires_t60, wires_low = rng.uniform(0.08, 0.6), log_uniform(400, 3_000, rng)
    duller = rng.uniform(0.2, 1.5)
    phases = rng.uniform(-1, 1, 12)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        t = time_axis(1.3 * max(t60.max(), wires_t60 * (wires > 0)))
        own = levels * velocity ** (duller * np.log2(ratios)) * hand(12, 2, rng)
        warped = glided(t, depth * velocity, tau)
        f = hz * ratios * np.exp(rng.normal(0, 0.003))
        out = modes(f, own, t60 * np.exp(rng.normal(0, 0.06)), t, phases, warped)
        top = stick[0] + (stick[1] - stick[0]) * velocity
        out += stick_level * velocity * band_of_noise(t, stick[0], top, rng) * decay(t, stick_t60)
        if wires:
            rattle = band_of_noise(t, wires_low, 2_500 + 11_000 * velocity, rng)
            out += wires * rattle * decay(t, wires_t60 * np.exp(rng.normal(0, 0.08)))
        return out

    return hit


def metal(rng: np.random.Generator) -> Hit:
    """Cymbals, hats, gongs: many modes without order, hiss that grows and falls."""
    count = int(rng.integers(10, 60))
    lowest = log_uniform(150, 2_500, rng)
    f = np.sort(np.exp(rng.uniform(np.log(lowest), np.log(15_000), count)))
    levels = hand(count, 7, rng) * (f / lowest) ** rng.uniform(-0.8, 0.3)
    t60 = log_uniform(0.05, 4.0, rng) * (f / lowest) ** -rng.uniform(0, 0.7) * hand(count, 3, rng)
    hiss, hiss_low = log_uniform(0.2, 20.0, rng), log_uniform(1_500, 8_000, rng)
    hiss_t60, rise = log_uniform(0.04, 3.0, rng), log_uniform(0.0005, 0.03, rng)
    phases = rng.uniform(-np.pi, np.pi, count)
    duller = rng.uniform(0.1, 0.8)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        del hz
        t = time_axis(1.1 * max(float(np.median(t60)), hiss_t60))
        own = levels * velocity ** (duller * np.log2(f / lowest)) * hand(count, 2.5, rng)
        out = modes(f * np.exp(rng.normal(0, 0.001)), own, t60, t, phases, None)
        wash = band_of_noise(t, hiss_low, hiss_low + 14_000 * velocity, rng)
        wash *= (1 - np.exp(-t / (rise / (0.3 + velocity)))) * decay(t, hiss_t60)
        return out / np.sqrt(count) + 0.2 * hiss * wash

    return hit


def bar(rng: np.random.Generator) -> Hit:
    """Marimbas, kalimbas, glockenspiels, bells: few modes at the ratios of a solid body."""
    known = (
        (1, 3.93, 9.2, 16.0, 24.2),
        (1, 2.756, 5.404, 8.933, 13.34),
        (1, 2, 3, 4.2, 5.4),
        (1, 4, 10, 17.9, 28),
        (0.5, 1, 1.19, 1.5, 2),
        (1, 2.0, 5.4, 6.27, 12.1),
    )
    ratios = np.array(known[rng.integers(len(known))]) * np.exp(rng.normal(0, 0.015, 5))
    ratios[np.argmin(np.abs(ratios - 1))] = 1.0
    levels = ratios ** -rng.uniform(0.2, 2.0) * hand(5, 5, rng)
    levels[ratios == 1.0] = max(levels.max(), 0.7)
    t60 = log_uniform(0.2, 4.5, rng) * ratios ** -rng.uniform(0.2, 1.2)
    fall = rng.uniform(0, 0.8)
    mallet, mallet_hz = log_uniform(0.003, 0.4, rng), log_uniform(400, 6_000, rng)
    mallet_t60 = rng.uniform(0.008, 0.09)
    duller = rng.uniform(0.2, 1.6)
    phases = rng.uniform(-1, 1, 5)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        rings = t60 * (220 / hz) ** fall * np.exp(rng.normal(0, 0.05))
        t = time_axis(1.15 * rings.max())
        own = levels * velocity ** (duller * np.log2(np.maximum(ratios, 1.0))) * hand(5, 1.2, rng)
        out = modes(hz * ratios, own, rings, t, phases, None)
        knock = band_of_noise(t, 150, mallet_hz * (0.4 + velocity), rng) * decay(t, mallet_t60)
        return out + mallet * knock

    return hit


def block(rng: np.random.Generator) -> Hit:
    """Wood blocks, rims, cowbells, claves: a few short modes and a knock."""
    count = int(rng.integers(2, 9))
    f = np.sort(np.exp(rng.uniform(np.log(200), np.log(6_000), count)))
    levels = hand(count, 7, rng)
    t60 = log_uniform(0.02, 0.7, rng) * hand(count, 4, rng)
    knock, low = log_uniform(0.02, 1.5, rng), log_uniform(100, 4_000, rng)
    knock_t60, duller = log_uniform(0.005, 0.06, rng), rng.uniform(0.1, 1.0)
    phases = rng.uniform(-np.pi, np.pi, count)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        del hz
        t = time_axis(1.3 * t60.max())
        own = levels * velocity ** (duller * np.log2(f / f[0])) * hand(count, 2, rng)
        out = modes(f * np.exp(rng.normal(0, 0.002)), own, t60, t, phases, None)
        noise = band_of_noise(t, low, low + 12_000 * velocity, rng) * decay(t, knock_t60)
        return out + knock * noise

    return hit


def string(rng: np.random.Generator) -> Hit:
    """Plucked and struck strings: harmonics, stretched, combed by where it is plucked."""
    stretch = log_uniform(1e-5, 2e-3, rng)
    place, slope = rng.uniform(0.05, 0.5), rng.uniform(0.3, 2.0)
    ring, damping = log_uniform(0.25, 4.0, rng), log_uniform(0.02, 0.5, rng)
    pick, pick_t60 = log_uniform(0.005, 0.3, rng), rng.uniform(0.006, 0.05)
    duller = rng.uniform(0.1, 0.6)
    fall = rng.uniform(0, 0.7)
    phases = rng.uniform(-1, 1, 80)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        n = np.arange(1.0, min(80, max(3, int(15_000 / hz))) + 1)
        f = hz * n * np.sqrt(1 + stretch * n**2)
        levels = n**-slope * np.abs(np.sin(np.pi * n * place)) + 1e-3
        levels *= np.exp(-(n - 1) * duller * (1 - velocity)) * hand(len(n), 1.0, rng)
        t60 = ring * (220 / hz) ** fall / (1 + damping * (n - 1))
        t = time_axis(1.2 * t60[0])
        out = modes(f, levels, t60 * np.exp(rng.normal(0, 0.04)), t, phases[: len(n)], None)
        noise = band_of_noise(t, 300, 1_500 + 8_000 * velocity, rng) * decay(t, pick_t60)
        return out + pick * velocity * noise

    return hit


def pipe(rng: np.random.Generator) -> Hit:
    """Blown and bowed: harmonics that rise one after the other, hold, and end; breath."""
    odd = rng.random() < 0.3
    slope, formant = rng.uniform(0.5, 2.5), log_uniform(300, 3_000, rng)
    rise, hold, end = log_uniform(0.004, 0.2, rng), log_uniform(0.1, 1.6, rng), 0.15
    later, breath = rng.uniform(0, 0.3), log_uniform(0.003, 0.3, rng)
    sag = log_uniform(0.8, 20.0, rng)
    chiff = log_uniform(0.01, 0.5, rng)
    phases = rng.uniform(-np.pi, np.pi, 60)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        n = np.arange(1.0, min(60, max(3, int(12_000 / hz))) + 1)
        levels = n**-slope * np.exp(-(((np.log(n * hz / formant)) / 1.2) ** 2)) + 0.3 * n ** -(
            slope + 0.6
        )
        levels *= np.exp(-(n - 1) * 0.25 * (1 - velocity)) * hand(len(n), 1.0, rng)
        if odd:
            levels[1::2] *= 0.08
        t = time_axis(hold * np.exp(rng.normal(0, 0.1)) + 2 * end)
        envelope = decay(t, sag) * np.exp(-np.maximum(t - (t[-1] - 2 * end), 0) / (0.3 * end))
        out = np.zeros(len(t))
        for k, level in zip(n, levels, strict=True):
            grown = 1 - np.exp(-t / (rise * (1 + later * (k - 1)) / (0.5 + velocity)))
            out += level * grown * np.sin(2 * np.pi * hz * k * t + phases[int(k) - 1])
        air = band_of_noise(t, 0.7 * hz, 1_500 + 6_000 * velocity, rng)
        grown = 1 - np.exp(-t / (0.5 * rise))
        return (out + breath * air * grown) * envelope + chiff * air * decay(t, 0.06) * grown

    return hit


def fm(rng: np.random.Generator) -> Hit:
    """Two operators, the index falling. Ref: Chowning (1973)."""
    ratio = float(rng.choice([0.5, 1, 1.41, 2, 2.76, 3, 3.5, 5.1, 7])) * float(
        np.exp(rng.normal(0, 0.01))
    )
    most, tau = log_uniform(0.5, 9, rng), log_uniform(0.03, 1.2, rng)
    t60, rest = log_uniform(0.2, 3.5, rng), rng.uniform(0, 0.5)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        t = time_axis(1.2 * t60)
        index = most * velocity * (rest + (1 - rest) * np.exp(-t / (tau * hand(1, 1, rng)[0])))
        modulator = index * np.sin(2 * np.pi * ratio * hz * t)
        return np.sin(2 * np.pi * hz * t + modulator) * decay(t, t60)

    return hit


def burst(rng: np.random.Generator) -> Hit:
    """Claps, shakers, scrapes, breaths: bands of noise in bursts."""
    bands = [
        (log_uniform(60, 6_000, rng), rng.uniform(1.15, 8.0), log_uniform(0.1, 1.0, rng))
        for _ in range(rng.integers(1, 4))
    ]
    count, spread = int(rng.integers(1, 9)), log_uniform(0.005, 0.25, rng)
    each, tail = log_uniform(0.002, 0.08, rng), log_uniform(0.04, 1.0, rng)
    tail_level, rise = rng.uniform(0, 1.0), log_uniform(0.0003, 0.03, rng)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        del hz
        t = time_axis(spread + 1.2 * tail)
        starts = np.sort(rng.uniform(0, spread, count))
        starts -= starts[0]
        bursts = np.zeros(len(t))
        for s in starts:
            since = (t - s).clip(0)
            bursts += np.where(t >= s, (1 - np.exp(-since / rise)) * np.exp(-since / each), 0.0)
        envelope = bursts + tail_level * decay(t, tail) * (1 - np.exp(-t / rise))
        out = np.zeros(len(t))
        for low, width, level in bands:
            own = level * hand(1, 1.0, rng)[0]
            out += own * band_of_noise(t, low, min(low * width * (0.4 + velocity), 18_000), rng)
        return out * envelope

    return hit


def synth(rng: np.random.Generator) -> Hit:
    """Waveforms through a closing filter."""
    wave = int(rng.integers(4))
    duty = rng.uniform(0.1, 0.5)
    top, bottom = log_uniform(4, 60, rng), log_uniform(1.0, 6.0, rng)
    tau, steep = log_uniform(0.03, 1.0, rng), rng.uniform(1.0, 4.0)
    t60, rise = log_uniform(0.15, 4.0, rng), log_uniform(0.0005, 0.05, rng)
    noise = log_uniform(0.001, 0.2, rng)

    def hit(hz: float, velocity: float, rng: np.random.Generator) -> Signal:
        n = np.arange(1.0, min(90, max(2, int(14_000 / hz))) + 1)
        shapes = (
            1 / n,
            np.where(n % 2 == 1, 1 / n, 0.0),
            np.where(n % 2 == 1, 1 / n**2, 0.0),
            np.abs(np.sin(np.pi * n * duty)) / n,
        )
        t = time_axis(1.1 * t60)
        cutoff = bottom + (top * velocity - bottom) * np.exp(-t / tau)
        cutoff = np.maximum(cutoff, 1.0)
        out = np.zeros(len(t))
        for k, level in zip(n, shapes[wave], strict=True):
            if level > 1e-4:
                passed = 1 / (1 + (k / cutoff) ** (2 * steep))
                out += level * passed * np.sin(2 * np.pi * hz * k * t)
        out += noise * band_of_noise(t, 30, 12_000, rng)
        return out * decay(t, t60) * (1 - np.exp(-t / rise))

    return hit

"""The synthesiser as an ONNX model: a row of levels in, HOP samples out, its state beside them.

A row that comes in completes the block LEAD rows before it, for noise reaches half a window around
its row and the onset's gains a little further. Before the onset the levels stand still: the first
row is given three times. So the sound begins with the sixth answer:

    row 0, row 0, row 0, row 1, row 2, row 3, …
      -      -      -      -      -   block 0, …

State starts as zeros. Every item of the batch counts its own blocks, so voices may begin at
different times. The same operations as in messina.frames, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from messina.export import tables
from messina.export.onnx_graph import Graph, Value
from messina.frames.layout import (
    ATTACK_HOP,
    BANDS,
    BODY_SIZE,
    ERBS,
    HOP,
    KNOTS,
    NOISE_FLOOR,
    ONSET_SIZE,
    ONSET_SLICES,
    PARTIAL_FLOOR,
    REFERENCE_HZ,
    STEPS,
    ZONES,
)
from messina.frames.noise import ATTACK_SIZE, NOISE_SIZE
from messina.frames.oscillators import GLIDE_TOP_HZ
from messina.frames.spectrum import hann
from messina.units import SAMPLE_RATE

__all__ = ["LEAD", "REPEATED", "synthesiser_model"]

LEAD: Final = 5
"""Answers that come before the first block."""

REPEATED: Final = 3
"""How often the first row is given."""

_TAIL: Final = NOISE_SIZE - HOP
_ATTACK_TAIL: Final = ATTACK_SIZE - ATTACK_HOP
_BINS: Final = NOISE_SIZE // 2 + 1
_ATTACK_BINS: Final = ATTACK_SIZE // 2 + 1
_WINDOWS: Final = HOP // ATTACK_HOP  # of the onset's shaper in a block
_STREAM_LEAD: Final = 3  # rows until the noise stream begins, a block before the onset

_STATE: Final[Mapping[str, tuple[tuple[int, ...], type]]] = {
    "count": ((), np.int64),
    "warped": ((), np.float64),
    "partials": ((3, BANDS), np.float32),
    "noise_tail": ((2, _TAIL), np.float32),
    "onset_past": ((2, _ATTACK_TAIL), np.float32),
    "onset_tail": ((2, _ATTACK_TAIL), np.float32),
    "shaped": ((2, HOP), np.float32),
    "unshaped": ((2, HOP), np.float32),
}


def synthesiser_model(metadata: Mapping[str, str]) -> bytes:
    """body [B, BODY_SIZE], onset [B, ONSET_SIZE], reference_hz, gain, key [B] and state_… to audio
    [B, HOP, 2] and next_…"""
    synthesiser = _Synthesiser(Graph("synthesiser"))
    synthesiser.write()
    return synthesiser.g.model("Frames to sound, block by block.", metadata)


class _Synthesiser:
    """The graph in parts; each method adds one."""

    def __init__(self, graph: Graph) -> None:
        g = self.g = graph
        self.body = g.input("body", [BODY_SIZE])
        self.onset = g.input("onset", [ONSET_SIZE])
        self.reference_hz = g.input("reference_hz", [], np.float64)
        self.gain = g.input("gain", [])
        self.key = g.input("key", [], np.int64)
        self.state = {
            name: g.input(f"state_{name}", shape, kind) for name, (shape, kind) in _STATE.items()
        }
        self.next: dict[str, Value] = {}
        self.block = g.subtract(self.state["count"], g.integers(LEAD))  # negative: before it
        self.stereo = self.shaped_onset("stereo", 2, ZONES)

    def write(self) -> None:
        g = self.g
        noise = self.shaped(self.noise_stream())
        partials = g.multiply(self.oscillators(), self.coming_in())
        sound = g.multiply(g.add(partials, noise), g.reshape(self.gain, -1, 1, 1))
        sounding = g.apply("GreaterOrEqual", self.block, g.integers(0))
        sound = g.where(g.reshape(sounding, -1, 1, 1), sound, g.constant(0.0))
        self.next["count"] = g.add(self.state["count"], g.integers(1))
        g.output("audio", g.apply("Transpose", sound, perm=[0, 2, 1]), [HOP, 2])
        for name, (shape, kind) in _STATE.items():
            g.output(f"next_{name}", self.next[name], shape, kind)

    def shaped_onset(self, name: str, *shape: int) -> Value:
        where = ONSET_SLICES[name]
        return self.g.reshape(self.g.part(self.onset, where.start, where.stop, axis=1), -1, *shape)

    # ---- levels and stereo -----------------------------------------------------------------------

    def audible(self, levels: Value, floor: float) -> Value:
        g = self.g
        above = g.subtract(levels, g.constant(floor + tables.GATE_FROM))
        gate = g.clip(g.divide(above, g.constant(tables.GATE_OVER)), 0.0, 1.0)
        return g.multiply(g.apply("Exp", levels), gate)

    def mix(self, weights: Value) -> tuple[Value, Value]:
        """Gains of the middle and of its twin, each [B, 2, K], with zone weights [(B,) ZONES, K].

        left = (1 - pan) M - width M', right = (1 + pan) M + width M'; a mono image is exactly so.
        """
        g = self.g
        widest = g.apply("ReduceMax", g.apply("Abs", self.stereo), g.integers([1, 2]), keepdims=1)
        mono = g.apply("Less", widest, g.constant(tables.MONO_BELOW))
        image = g.where(mono, g.constant(0.0), self.stereo)
        image = g.apply("MatMul", image, weights)  # [B, (pan, width), K]
        sides = g.constant([[[-1.0], [1.0]]])
        pan, width = g.part(image, 0, 1, axis=1), g.part(image, 1, 2, axis=1)
        return g.add(g.constant(1.0), g.multiply(sides, pan)), g.multiply(sides, width)

    # ---- oscillators -----------------------------------------------------------------------------

    def oscillators(self) -> Value:
        """[B, 2, HOP] without their gain while they come in."""
        g = self.g
        frequencies = self.frequencies()  # [B, BANDS] float64
        levels = self.levels(frequencies)  # [B, BANDS, HOP]
        phase = self.phase(frequencies)  # [B, BANDS, HOP]
        sine = g.multiply(levels, g.apply("Sin", phase))
        cosine = g.multiply(levels, g.apply("Cos", phase))
        own, twin = self.mix(self.oscillator_zones(frequencies))
        leaning = np.where(np.arange(BANDS) % 2, 1.0, -1.0)  # neighbours to opposite sides
        twin = g.multiply(twin, g.constant(leaning))
        return g.add(g.apply("MatMul", own, sine), g.apply("MatMul", twin, cosine))

    def frequencies(self) -> Value:
        g = self.g
        low, high = tables.LOG_BAND_EDGES[:-1], tables.LOG_BAND_EDGES[1:]
        offsets = g.cast(g.clip(self.shaped_onset("offsets", BANDS), -0.5, 0.5), np.float64)
        place = g.add(offsets, g.constant(0.5, np.float64))
        log_hz = g.add(
            g.constant(low, np.float64), g.multiply(place, g.constant(high - low, np.float64))
        )
        ratio = g.divide(self.reference_hz, g.constant(REFERENCE_HZ, np.float64))
        return g.multiply(g.apply("Exp", log_hz), g.reshape(ratio, -1, 1))

    def oscillator_zones(self, frequencies: Value) -> Value:
        """Weights of the stereo zones [B, ZONES, BANDS]: straight lines over ln f."""
        g = self.g
        log_hz = g.apply("Log", g.apply("Max", frequencies, g.constant(1.0, np.float64)))
        steps = np.diff(tables.ZONE_CENTRES_LN)
        passed = [g.constant(np.ones((1, BANDS)))]
        for centre, step in zip(tables.ZONE_CENTRES_LN[:-1], steps, strict=True):
            beyond = g.subtract(log_hz, g.constant(centre, np.float64))
            share = g.clip(g.divide(beyond, g.constant(step, np.float64)), 0.0, 1.0, np.float64)
            passed.append(g.cast(share, np.float32))
        nothing = g.constant(np.zeros((1, BANDS)))
        weights = [g.subtract(a, b) for a, b in zip(passed, [*passed[1:], nothing], strict=True)]
        return g.join(*(g.reshape(weight, -1, 1, BANDS) for weight in weights), axis=1)

    def levels(self, frequencies: Value) -> Value:
        """Amplitudes between this row and the next [B, BANDS, HOP], in straight lines."""
        g = self.g
        held = self.state["partials"]
        new = g.reshape(g.part(self.body, 0, BANDS, axis=1), -1, 1, BANDS)
        self.next["partials"] = g.join(g.part(held, 1, 3, axis=1), new, axis=1)
        usable = g.cast(
            g.apply("Less", frequencies, g.constant(tables.HIGHEST_OSCILLATOR_HZ, np.float64)),
            np.float32,
        )
        ends = [
            g.reshape(
                g.multiply(
                    self.audible(
                        g.reshape(g.part(held, i, i + 1, axis=1), -1, BANDS), PARTIAL_FLOOR
                    ),
                    usable,
                ),
                -1,
                BANDS,
                1,
            )
            for i in (0, 1)
        ]
        ramp = g.constant(np.arange(HOP) / HOP)
        return g.add(ends[0], g.multiply(g.subtract(ends[1], ends[0]), ramp))

    def phase(self, frequencies: Value) -> Value:
        """Radians [B, BANDS, HOP]: what has passed in float64, what the block adds in float32."""
        g = self.g
        turn = g.constant(2 * np.pi, np.float64)
        angles = g.multiply(frequencies, g.constant(2 * np.pi / SAMPLE_RATE, np.float64))
        passed = g.cast(g.apply("Max", self.block, g.integers(0)), np.float64)
        passed = g.multiply(passed, g.constant(HOP, np.float64))
        warped_now, local_warped = self.warped_time(passed)
        gliding = g.apply("Less", frequencies, g.constant(GLIDE_TOP_HZ, np.float64))
        time = g.where(gliding, g.reshape(warped_now, -1, 1), g.reshape(passed, -1, 1))
        turned = g.multiply(time, angles)
        whole = g.apply("Floor", g.divide(turned, turn))
        at_start = g.cast(g.subtract(turned, g.multiply(whole, turn)), np.float32)
        at_start = g.add(at_start, self.start_phase())
        straight = g.constant(np.arange(HOP)[None, None])
        local = g.where(
            g.reshape(gliding, -1, BANDS, 1), g.reshape(local_warped, -1, 1, HOP), straight
        )
        angles = g.reshape(g.cast(angles, np.float32), -1, BANDS, 1)
        return g.add(g.reshape(at_start, -1, BANDS, 1), g.multiply(angles, local))

    def start_phase(self) -> Value:
        """[B, BANDS] from its cosine and sine; ONNX has no arctan of two."""
        g = self.g
        pair = self.shaped_onset("phases", 2, BANDS)
        cosine = g.reshape(g.part(pair, 0, 1, axis=1), -1, BANDS)
        sine = g.reshape(g.part(pair, 1, 2, axis=1), -1, BANDS)
        length = g.apply("Sqrt", g.add(g.multiply(cosine, cosine), g.multiply(sine, sine)))
        length = g.apply("Max", length, g.constant(1e-30))
        acute = g.apply("Acos", g.clip(g.divide(cosine, length), -1.0, 1.0))
        # Acos is blunt near 0 and pi; there the sine says it better.
        small = g.apply("Asin", g.clip(g.divide(sine, length), -1.0, 1.0))
        positive = g.apply("GreaterOrEqual", sine, g.constant(0.0))
        by_cosine = g.where(positive, acute, g.apply("Neg", acute))
        upper = g.subtract(g.constant(np.pi), small)
        by_sine = g.where(g.apply("Greater", cosine, g.constant(0.0)), small, upper)
        steep = g.apply("Less", g.apply("Abs", sine), g.apply("Abs", cosine))
        return g.where(steep, by_sine, by_cosine)

    def warped_time(self, passed: Value) -> tuple[Value, Value]:
        """Warped time at the block's start [B] and from there on [B, HOP]; 1 a sample at rest."""
        g = self.g
        glide = g.cast(self.shaped_onset("glide", 2), np.float64)
        semitones = g.reshape(g.part(glide, 0, 1, axis=1), -1, 1)
        log_tau = g.clip(g.part(glide, 1, 2, axis=1), *tables.LOG_TAU_RANGE, np.float64)
        rate = g.constant(SAMPLE_RATE, np.float64)
        tau = g.multiply(g.apply("Exp", log_tau), rate)  # [B, 1] samples
        moving = self.moving(semitones, tau, passed)
        half = g.constant(np.arange(HOP)[None] + 0.5, np.float64)
        middle = g.add(g.reshape(passed, -1, 1), half)
        bend = g.apply("Exp", g.apply("Neg", g.divide(middle, tau)))
        octave = g.constant(np.log(2.0) / 12.0, np.float64)
        speed = g.apply("Exp", g.multiply(semitones, octave, bend))
        speed = g.where(moving, speed, g.constant(1.0, np.float64))
        summed = g.apply("CumSum", speed, g.integers(1))
        started = g.apply("GreaterOrEqual", self.block, g.integers(0))
        total = g.reshape(g.part(summed, HOP - 1, HOP, axis=1), -1)
        now = self.state["warped"]
        self.next["warped"] = g.where(started, g.add(now, total), now)
        local = g.subtract(summed, speed)  # up to the sample itself
        return now, g.cast(local, np.float32)

    def moving(self, semitones: Value, tau: Value, passed: Value) -> Value:
        """Whether the glide still moves in this block [B, 1]."""
        g = self.g
        still = g.constant(tables.STILL_SEMITONES, np.float64)
        size = g.apply("Abs", semitones)
        lasts = g.multiply(tau, g.apply("Log", g.divide(g.apply("Max", size, still), still)))
        lasts = g.add(g.apply("Floor", lasts), g.constant(1.0, np.float64))
        within = g.apply("Less", g.reshape(passed, -1, 1), lasts)
        return g.apply("And", within, g.apply("Greater", size, still))

    def coming_in(self) -> Value:
        """Gain of the partials while they come in [B, 1, HOP]; 1 ever after."""
        g = self.g
        sample = g.add(
            g.reshape(g.multiply(self.block, g.integers(HOP)), -1, 1), g.integers(np.arange(HOP))
        )
        last = (KNOTS - 1) * ATTACK_HOP
        at = g.cast(g.clip(sample, 0, last - 1, np.int64), np.float32)
        place = g.divide(at, g.constant(ATTACK_HOP))
        low = g.apply("Floor", place)
        share = g.subtract(place, low)
        knots = g.apply("Exp", self.shaped_onset("partial_attack", KNOTS))
        index = g.cast(low, np.int64)
        first = self.gathered(knots, index)
        second = self.gathered(knots, g.add(index, g.integers(1)))
        gains = g.add(first, g.multiply(share, g.subtract(second, first)))
        soft = g.divide(at, g.constant(tables.SOFT_START - 1))
        gains = g.multiply(gains, g.apply("Min", soft, g.constant(1.0)))
        done = g.apply("GreaterOrEqual", sample, g.integers(last))
        return g.reshape(g.where(done, g.constant(1.0), gains), -1, 1, HOP)

    def gathered(self, rows: Value, index: Value) -> Value:
        """rows [B, K, …] at each item's own indices [B, M]: [B, M, …]."""
        return self.g.apply("GatherND", rows, self.g.reshape(index, 0, -1, 1), batch_dims=1)

    # ---- noise -----------------------------------------------------------------------------------

    def noise_stream(self) -> Value:
        """The body's noise [B, 2, HOP], before the onset's gains."""
        g = self.g
        white = self.spectra(g.multiply(self.white_noise(), g.constant(hann(NOISE_SIZE))), 2)
        levels = g.part(self.body, BANDS, BODY_SIZE, axis=1)
        gains = g.apply(
            "Gather", self.audible(levels, NOISE_FLOOR), g.integers(tables.GROUP_OF_BIN), axis=1
        )
        own, twin = self.mix(g.constant(tables.NOISE_BIN_ZONES))
        shaped = g.add(
            g.multiply(g.reshape(own, -1, 2, _BINS, 1), g.part(white, 0, 1, axis=1)),
            g.multiply(g.reshape(twin, -1, 2, _BINS, 1), g.part(white, 1, 2, axis=1)),
        )
        shaped = g.multiply(shaped, g.reshape(gains, -1, 1, _BINS, 1))
        window = hann(NOISE_SIZE) / (0.375 * NOISE_SIZE / HOP)
        frame = g.multiply(self.samples(shaped, 2, NOISE_SIZE), g.constant(window))
        tail = self.state["noise_tail"]
        nothing = g.constant(np.zeros((1, 2, HOP)))
        nothing = g.multiply(nothing, g.reshape(self.gain, -1, 1, 1))
        total = g.add(frame, g.join(tail, nothing, axis=2))
        self.next["noise_tail"] = g.part(total, HOP, NOISE_SIZE, axis=2)
        begun = g.apply("GreaterOrEqual", self.state["count"], g.integers(_STREAM_LEAD))
        stream = g.part(total, 0, HOP, axis=2)
        return g.where(g.reshape(begun, -1, 1, 1), stream, g.constant(0.0))

    def white_noise(self) -> Value:
        """NOISE_SIZE samples of both keys [B, 2, NOISE_SIZE]; see messina.frames.white."""
        g = self.g
        keys = g.join(
            g.reshape(self.key, -1, 1),
            g.reshape(g.apply("BitwiseXor", self.key, g.integers(tables.SECOND_KEY)), -1, 1),
            axis=1,
        )
        offset = self.hashed(self.times(keys, 0x9E3779B9))
        start = g.multiply(self.state["count"], g.integers(HOP))
        index = g.add(g.reshape(start, -1, 1, 1), g.integers(np.arange(NOISE_SIZE)[None, None]))
        word = g.integers(1 << 32)
        hashed = self.hashed(g.apply("Mod", g.add(index, g.reshape(offset, -1, 2, 1)), word))
        negative = g.apply("GreaterOrEqual", hashed, g.integers(1 << 31))
        signed = g.where(negative, g.subtract(hashed, word), hashed)
        return g.multiply(g.cast(signed, np.float32), g.constant(np.sqrt(3.0) / 2**31))

    def hashed(self, x: Value) -> Value:
        """The bijection of 32 bits in messina.frames.white, on int64 that stay under 2^32."""
        x = self.times(self.folded(x, 16), 0x7FEB352D)
        x = self.times(self.folded(x, 15), 0x846CA68B)
        return self.folded(x, 16)

    def folded(self, x: Value, bits: int) -> Value:
        return self.g.apply("BitwiseXor", x, self.g.divide(x, self.g.integers(1 << bits)))

    def times(self, x: Value, factor: int) -> Value:
        """x · factor mod 2^32, in halves so that no product leaves 63 bits."""
        g = self.g
        half, word = g.integers(1 << 16), g.integers(1 << 32)
        low = g.multiply(x, g.integers(factor & 0xFFFF))
        high = g.apply("Mod", g.multiply(x, g.integers(factor >> 16)), half)
        return g.apply("Mod", g.add(low, g.multiply(high, half)), word)

    def spectra(self, signal: Value, rows: int) -> Value:
        """Of windows [B, rows, size]: real and imaginary parts [B, rows, bins, 2]."""
        g = self.g
        size = NOISE_SIZE if rows == 2 else ATTACK_SIZE
        flat = g.reshape(signal, -1, size, 1)
        found = g.apply("DFT", flat, axis=1, onesided=1)
        return g.reshape(found, -1, rows, size // 2 + 1, 2)

    def samples(self, spectra: Value, rows: int, size: int) -> Value:
        """Windows [B, rows, size] of half spectra [B, rows, bins, 2].

        With the negative frequencies zero, twice the real part of the inverse is the signal, but
        for 0 Hz and the last bin, which count once.
        """
        g = self.g
        bins = size // 2 + 1
        weights = np.full((1, 1, bins, 1), 2.0)
        weights[:, :, [0, -1]] = 1.0
        weighted = g.reshape(g.multiply(spectra, g.constant(weights)), -1, bins, 2)
        padded = g.apply("Pad", weighted, g.integers([0, 0, 0, 0, size - bins, 0]))
        inverse = g.apply("DFT", padded, axis=1, inverse=1)
        return g.reshape(g.part(inverse, 0, 1, axis=2), -1, rows, size)

    def shaped(self, stream: Value) -> Value:
        """The stream with the onset's gains [B, 2, HOP], a block and a bit behind it."""
        g = self.g
        joined = g.join(self.state["onset_past"], stream, axis=2)
        self.next["onset_past"] = g.part(joined, HOP, HOP + _ATTACK_TAIL, axis=2)
        places = np.arange(_WINDOWS)[:, None] * ATTACK_HOP + np.arange(ATTACK_SIZE)
        windows = g.apply("Gather", joined, g.integers(places), axis=2)  # [B, 2, windows, size]
        windows = g.multiply(windows, g.constant(hann(ATTACK_SIZE)))
        spectra = self.spectra(g.reshape(windows, -1, 2 * _WINDOWS, ATTACK_SIZE), 2 * _WINDOWS)
        gains = g.reshape(self.onset_gains(), -1, 1, _WINDOWS, _ATTACK_BINS, 1)
        spectra = g.multiply(g.reshape(spectra, -1, 2, _WINDOWS, _ATTACK_BINS, 2), gains)
        spectra = g.reshape(spectra, -1, 2 * _WINDOWS, _ATTACK_BINS, 2)
        window = hann(ATTACK_SIZE) / (0.375 * ATTACK_SIZE / ATTACK_HOP)
        frames = g.multiply(self.samples(spectra, 2 * _WINDOWS, ATTACK_SIZE), g.constant(window))
        total = self.overlapped(g.reshape(frames, -1, 2, _WINDOWS, ATTACK_SIZE))
        new = g.part(total, 0, HOP, axis=2)
        self.next["onset_tail"] = g.part(total, HOP, HOP + _ATTACK_TAIL, axis=2)
        both = g.join(self.state["shaped"], new, axis=2)
        late = g.part(both, _ATTACK_TAIL, _ATTACK_TAIL + HOP, axis=2)
        raw = self.state["unshaped"]
        self.next["shaped"], self.next["unshaped"] = new, stream
        return g.where(self.in_onset(), late, raw)

    def overlapped(self, frames: Value) -> Value:
        """Windows [B, 2, windows, size], a hop apart, and what hung over: [B, 2, HOP + tail]."""
        g = self.g
        reach = HOP + _ATTACK_TAIL
        parts = [
            g.apply(
                "Pad",
                g.reshape(g.part(frames, i, i + 1, axis=2), -1, 2, ATTACK_SIZE),
                g.integers([0, 0, i * ATTACK_HOP, 0, 0, reach - ATTACK_SIZE - i * ATTACK_HOP]),
            )
            for i in range(_WINDOWS)
        ]
        hung_over = g.apply("Pad", self.state["onset_tail"], g.integers([0, 0, 0, 0, 0, HOP]))
        return g.add(*parts, hung_over)

    def onset_gains(self) -> Value:
        """Of the windows of this block [B, windows, bins]; 1 when the onset is done."""
        g = self.g
        stream_block = g.subtract(self.state["count"], g.integers(_STREAM_LEAD))
        window = g.add(
            g.reshape(g.multiply(stream_block, g.integers(_WINDOWS)), -1, 1),
            g.integers(np.arange(_WINDOWS) - tables.FIRST_STEP),
        )
        step = g.clip(window, 0, STEPS, np.int64)
        levels = g.multiply(
            self.shaped_onset("noise_attack", STEPS, ERBS), g.constant(tables.TAPER[:, None])
        )
        levels = g.apply("Pad", levels, g.integers([0, 0, 0, 0, 1, 0]))  # row STEPS: neutral
        chosen = g.apply("Exp", self.gathered(levels, step))
        return g.apply("Gather", chosen, g.integers(tables.STEP_GROUP_OF_BIN), axis=2)

    def in_onset(self) -> Value:
        """Which samples of the block are still shaped [B, 1, HOP]."""
        g = self.g
        sample = g.add(
            g.reshape(g.multiply(self.block, g.integers(HOP)), -1, 1), g.integers(np.arange(HOP))
        )
        end = tables.SHAPED_SAMPLES - HOP - _ATTACK_TAIL
        return g.reshape(g.apply("Less", sample, g.integers(end)), -1, 1, HOP)

"""The decoder as three ONNX models: what a sound is, asked once, and its row at any time.

    identity    z, label, note, loudness, brightness, decay → code, onset
    row         code, frame, decay, stray, join → a row of the body
    joining     onset, first rows → join: which oscillators are one partial, for all rows

Rows do not depend on each other, so there is no state: a batch is as many sounds, or as many
moments of one sound, as one likes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from messina.export import tables
from messina.export.onnx_graph import Graph, Value
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    FUNDAMENTAL_OFFSET,
    HOP,
    ONSET_SIZE,
    ONSET_SLICES,
    PARTIAL_FLOOR,
)
from messina.instrument import Instrument
from messina.instrument.network import BODY_SCALE, DECAY_SHARES, TIME_CONSTANTS, TIME_WAVES
from messina.instrument.timegrid import LAST_FRAME
from messina.units import SAMPLE_RATE

__all__ = ["identity_model", "joining_model", "row_model"]


def identity_model(instrument: Instrument, metadata: Mapping[str, str]) -> bytes:
    """z [B, latent], label [B] (-1: none in particular), note [B] (NaN: no pitch), loudness_db,
    brightness_hz, decay_s [B] to code [B, code] and onset [B, ONSET_SIZE]."""
    config, arrays = instrument.network.config, instrument.network.arrays
    g = Graph("identity")
    z = g.input("z", [config.latent])
    label = g.input("label", [], np.int64)
    labels = g.apply("Gather", g.constant(arrays["labels"]), g.add(label, g.integers(1)), axis=0)
    controls = _scaled_controls(g, instrument)
    x = g.join(z, labels, controls, axis=1)
    for layer in ("identity.0", "identity.1"):
        x = g.silu(_linear(g, instrument, layer, x))
    onset = _linear(g, instrument, "onset.1", _linear(g, instrument, "onset.0", x))
    onset = g.add(
        g.constant(arrays["onset_mean"]), g.multiply(g.constant(arrays["onset_scale"]), onset)
    )
    onset = g.apply("Max", onset, g.constant(tables.ONSET_LOW))
    onset = g.apply("Min", onset, g.constant(tables.ONSET_HIGH))
    onset = _in_tune(g, onset, g.part(controls, 1, 2, axis=1))
    g.output("code", x, [config.code])
    g.output("onset", onset, [ONSET_SIZE])
    return g.model("What a sound is: asked once for each.", metadata)


def _in_tune(g: Graph, onset: Value, pitched: Value) -> Value:
    """The onset with the fundamental at the pitch, where there is one: pitched is 1 [B, 1]."""
    where = ONSET_SLICES["offsets"].start
    assert where == 0
    lowest = g.part(onset, 0, 1, axis=1)
    tuned = g.add(
        g.multiply(pitched, g.constant(FUNDAMENTAL_OFFSET)),
        g.multiply(g.subtract(g.constant(1.0), pitched), lowest),
    )
    return g.join(tuned, g.part(onset, 1, ONSET_SIZE, axis=1), axis=1)


def _linear(g: Graph, instrument: Instrument, name: str, x: Value) -> Value:
    arrays = instrument.network.arrays
    return g.linear(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"])


def _scaled_controls(g: Graph, instrument: Instrument) -> Value:
    """[B, CONTROLS] as `scale_controls` makes them."""
    scale = instrument.manifest.scale
    note = g.input("note", [])
    unpitched = g.apply("IsNaN", note)
    zero, one = g.constant(0.0), g.constant(1.0)
    scaled = g.divide(
        g.subtract(note, g.constant(tables.NOTE_CENTRE)), g.constant(tables.NOTE_SPAN)
    )
    values = [
        g.input("loudness_db", []),
        g.apply("Log", g.input("brightness_hz", [])),
        g.apply("Log", g.input("decay_s", [])),
    ]
    columns = [g.where(unpitched, zero, scaled), g.where(unpitched, zero, one)]
    for value, centre, span in zip(values, scale.centre, scale.span, strict=True):
        columns.append(g.divide(g.subtract(value, g.constant(centre)), g.constant(span)))
    joined = g.join(*(g.reshape(column, -1, 1) for column in columns), axis=1)
    return g.clip(joined, -tables.CONTROL_LIMIT, tables.CONTROL_LIMIT)


def row_model(instrument: Instrument, metadata: Mapping[str, str]) -> bytes:
    """code [B, code], frame, decay_s [B], stray [B, STRAY_KNOTS], join [B, BANDS, BANDS] to body
    [B, BODY_SIZE].

    stray: how this take strays from the mean of its kind at this time; zeros for not at all.
    join: ones on the diagonal for none.
    """
    config, arrays = instrument.network.config, instrument.network.arrays
    g = Graph("row")
    code = g.input("code", [config.code])
    stray = g.input("stray", [tables.STRAY_KNOTS])
    times = _time_features(g)
    h = g.linear(times, arrays["time.weight"], arrays["time.bias"])
    h = g.silu(_tuned(g, instrument, 0, code, h))
    for i in range(config.layers):
        inner = _linear(g, instrument, f"body.{i}", _normalised(g, h))
        h = g.add(h, g.silu(_tuned(g, instrument, i + 1, code, inner)))
    levels = g.multiply(g.constant(BODY_SCALE), _linear(g, instrument, "level", h))
    levels = g.add(g.constant(arrays["body_mean"]), levels)
    spread = g.clip(_linear(g, instrument, "spread", h), *tables.SPREAD_RANGE)
    body = g.add(levels, _stray(g, levels, spread, stray))
    g.output("body", _joined(g, _without_dc(g, body)), [BODY_SIZE])
    return g.model("The levels of a sound at one time.", metadata)


def _time_features(g: Graph) -> Value:
    """[B, TIME_FEATURES] as `time_features` makes them."""
    frame, decay = g.input("frame", []), g.input("decay_s", [])
    one = g.constant(1.0)
    frames = g.multiply(decay, g.constant(SAMPLE_RATE / HOP))
    share = g.divide(frame, g.apply("Max", frames, one))

    def log1p(x: Value, times: float) -> Value:
        return g.apply("Log", g.add(one, g.multiply(x, g.constant(times))))

    log_time = g.multiply(log1p(frame, 0.5), g.constant(1 / np.log1p(LAST_FRAME / 2)))
    angles = [g.multiply(log_time, g.constant(np.pi * (k + 1))) for k in range(TIME_WAVES)]
    columns = [
        log_time,
        *(g.apply("Exp", g.multiply(frame, g.constant(-1 / tau))) for tau in TIME_CONSTANTS),
        *(g.apply("Sin", angle) for angle in angles),
        *(g.apply("Cos", angle) for angle in angles),
        *(g.apply("Exp", g.multiply(share, g.constant(-1 / s))) for s in DECAY_SHARES),
        g.multiply(log1p(share, 4.0), g.constant(1 / 3)),
    ]
    return g.join(*(g.reshape(column, -1, 1) for column in columns), axis=1)


def _tuned(g: Graph, instrument: Instrument, layer: int, code: Value, x: Value) -> Value:
    """x times (1 + gain) plus shift, both from the code."""
    width = instrument.network.config.width
    arrays = instrument.network.arrays
    rows = slice(2 * layer * width, (2 * layer + 2) * width)
    film = g.linear(code, arrays["film.weight"][rows], arrays["film.bias"][rows])
    gain = g.add(g.constant(1.0), g.part(film, 0, width, axis=1))
    return g.add(g.multiply(x, gain), g.part(film, width, 2 * width, axis=1))


def _normalised(g: Graph, h: Value) -> Value:
    centred = g.subtract(h, g.apply("ReduceMean", h, g.integers([1]), keepdims=1))
    square = g.multiply(centred, centred)
    variance = g.apply("ReduceMean", square, g.integers([1]), keepdims=1)
    return g.divide(centred, g.apply("Sqrt", g.add(variance, g.constant(1e-5))))


def _stray(g: Graph, levels: Value, spread: Value, stray: Value) -> Value:
    """By how much a take strays; what is silent does not."""
    noise = g.apply("MatMul", stray, g.constant(tables.STRAY_OVER_BODY))
    amount = g.multiply(g.constant(BODY_SCALE), g.apply("Exp", spread), noise)
    amount = g.clip(amount, -tables.MAX_DEVIATION, tables.MAX_DEVIATION)
    sounding = g.apply("Greater", levels, g.constant(BODY_FLOOR + 1))
    return g.multiply(amount, g.cast(sounding, np.float32))


def _without_dc(g: Graph, body: Value) -> Value:
    """Never under the floor; the group of noise around 0 Hz silent."""
    ceiling = np.full(BODY_SIZE, np.inf, np.float32)
    ceiling[BANDS] = BODY_FLOOR[BANDS]
    raised = g.apply("Max", body, g.constant(BODY_FLOOR))
    return g.apply("Min", raised, g.constant(ceiling))


def _joined(g: Graph, body: Value) -> Value:
    """The power of each oscillator where `join` says."""
    join = g.input("join", [BANDS, BANDS])
    levels = g.reshape(g.part(body, 0, BANDS, axis=1), -1, BANDS, 1)
    power = g.apply("MatMul", join, g.apply("Exp", g.multiply(g.constant(2.0), levels)))
    power = g.apply("Max", power, g.constant(np.exp(2 * PARTIAL_FLOOR)))
    partials = g.multiply(g.constant(0.5), g.apply("Log", g.reshape(power, -1, BANDS)))
    return g.join(partials, g.part(body, BANDS, BODY_SIZE, axis=1), axis=1)


def joining_model(metadata: Mapping[str, str]) -> bytes:
    """onset [B, ONSET_SIZE], rows [B, ONSET_POINTS, BODY_SIZE] to join [B, BANDS, BANDS].

    Band after band, as `join_neighbours` does: where a band and the next are one partial, what the
    softer has gathered goes to the louder.
    """
    g = Graph("joining")
    onset = g.input("onset", [ONSET_SIZE])
    rows = g.input("rows", [tables.ONSET_POINTS, BODY_SIZE])
    near, louder = _near(g, onset), _louder(g, rows)  # [B, BANDS - 1]
    upwards = g.multiply(near, g.subtract(g.constant(1.0), louder))
    downwards = g.multiply(near, louder)
    one = g.constant(1.0)
    unit = np.eye(BANDS)
    gathered = g.constant(unit[:1])  # what lies in this band by now [B, BANDS]
    lines = []
    for band in range(BANDS - 1):
        up, down = (g.part(x, band, band + 1, axis=1) for x in (upwards, downwards))
        above = g.constant(unit[band + 1 : band + 2])
        kept = g.multiply(gathered, g.subtract(one, up))
        lines.append(g.add(kept, g.multiply(above, down)))
        gathered = g.add(g.multiply(above, g.subtract(one, down)), g.multiply(gathered, up))
    lines.append(gathered)
    join = g.join(*(g.reshape(line, -1, 1, BANDS) for line in lines), axis=1)
    g.output("join", join, [BANDS, BANDS])
    return g.model("Which oscillators are one partial.", metadata)


def _near(g: Graph, onset: Value) -> Value:
    """1 where an oscillator and the next are so near that they are one partial."""
    where = ONSET_SLICES["offsets"]
    lower = g.part(onset, where.start, where.stop - 1, axis=1)
    upper = g.part(onset, where.start + 1, where.stop, axis=1)
    apart = g.add(g.constant(1.0), g.subtract(upper, lower))
    return g.cast(g.apply("Less", apart, g.constant(tables.JOINED_BANDS)), np.float32)


def _louder(g: Graph, rows: Value) -> Value:
    """1 where an oscillator has at least the energy of the next, over the onset."""
    partials = g.part(rows, 0, BANDS, axis=2)
    power = g.apply("Exp", g.multiply(g.constant(2.0), partials))
    energy = g.apply("ReduceSum", power, g.integers([1]), keepdims=0)
    lower, upper = g.part(energy, 0, BANDS - 1, axis=1), g.part(energy, 1, BANDS, axis=1)
    return g.cast(g.apply("GreaterOrEqual", lower, upper), np.float32)

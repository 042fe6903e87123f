"""What a sound's noise is made of is the same in both players: loops, where they begin, gains."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conformance.node import ENGINE, answers
from differences import Differs, difference_db
from export.handmade import BLOWN, KIT, TONES, make_instrument, with_modes
from messina.counter_rng import CounterRng, mixed
from messina.frames.excitation import Excitation
from messina.frames.layout import (
    FINE_CELLS,
    FLAT_FINE,
    GROUPS,
    LOOP_SIZE,
    MOST_FINE,
    NOISE_FLOOR,
    pack_fine,
)
from messina.frames.noise import NOISE_SIZE, body_gains
from messina.instrument import Instrument
from messina.instrument.known import nearest
from messina.instrument.playing import modes_ratio
from messina.rounding import FINE_GRID

Codes = NDArray[np.uint8]
Real = NDArray[np.float32]

TOLERANCE = 1e-5
"""Of the peak: a transform in float32 errs by some 1e-7 of the RMS a stage. One wrong bin may be
less, so bins are compared too."""
BIN_TOLERANCE = 1e-4
"""Of the loudest bin. A code off by one is 0.4 of the bin itself."""
WASM = str(ENGINE / "kernel" / "kernel.wasm")

_LOOPS = """
    import { readFileSync } from "node:fs";
    import { LAYOUT } from "ENGINE/constants.js";
    import { Loops } from "ENGINE/excitation.js";
    import { Kernel } from "ENGINE/kernel.js";
    function answer({ wasm, packed, wishes }) {
        const kernel = new Kernel(readFileSync(wasm));
        const loops = new Loops(kernel);
        const fine = Uint8Array.from(Buffer.from(packed, "base64"));
        const count = (2 * fine.length) / LAYOUT.FINE_CELLS;
        const fineOf = Uint8Array.from({ length: count }, (_, i) => i);
        const network = { fine, fineOf };
        return wishes.map(([sound, ratio]) => {
            const loop = loops.acquire(network, sound, ratio);
            const samples = kernel.view(loop.address, LAYOUT.LOOP_SIZE).slice();
            loops.release(loop);
            return Buffer.from(samples.buffer).toString("base64");
        });
    }
"""


def _loops(codes: Codes, wishes: list[tuple[int, float]]) -> list[Real]:
    """Loops as the page makes them: codes [M, FINE_CELLS]; (sound, ratio) each."""
    packed = base64.b64encode(pack_fine(codes).tobytes()).decode()
    got = answers(_LOOPS, {"wasm": WASM, "packed": packed, "wishes": wishes})
    return [np.frombuffer(base64.b64decode(loop), np.float32) for loop in got]


def _loop_in_python(codes: Codes, ratio: float) -> Real:
    key = next(key for key in range(10**7) if mixed(key) % LOOP_SIZE == 0)
    return Excitation(codes, key=key, ratio=ratio).read(0, LOOP_SIZE)


RATIOS = [1.0, 2.0, 0.5, 2 ** (5 / 12), 2 ** (-7.3 / 12), 1.0 + 2.0**-30, 15.9, 1 / 15.9, 0.8]


def test_a_loop_is_the_same_whatever_the_codes_and_the_ratio(differs: Differs) -> None:
    rng = np.random.default_rng(3)
    codes = np.stack(
        [
            np.full(FINE_CELLS, FLAT_FINE, np.uint8),
            rng.integers(0, MOST_FINE + 1, FINE_CELLS, np.uint8),
            np.where(rng.random(FINE_CELLS) < 0.02, MOST_FINE, 0).astype(np.uint8),
        ]
    )
    wishes = [(sound, ratio) for sound in range(len(codes)) for ratio in RATIOS]
    for (sound, ratio), got in zip(wishes, _loops(codes, wishes), strict=True):
        wanted = _loop_in_python(codes[sound], ratio)
        assert got.shape == wanted.shape
        assert np.abs(got - wanted).max() < TOLERANCE * np.abs(wanted).max(), (sound, ratio)
        differs("noise's excitation", "page", difference_db(got, wanted))
        spectrum, expected = np.fft.rfft(got), np.fft.rfft(wanted)
        apart = np.abs(spectrum - expected)
        assert apart.max() < BIN_TOLERANCE * np.abs(expected).max(), (sound, ratio)


def test_loops_that_were_not_used_for_longest_make_room_and_are_made_again() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(0, MOST_FINE + 1, (2, FINE_CELLS), np.uint8)
    wishes = [(0, 1.0), *((1, 1 + i / 64) for i in range(60)), (0, 1.0)]
    got = _loops(codes, wishes)
    assert np.array_equal(got[0], got[-1])
    assert np.abs(got[59] - _loop_in_python(codes[1], 1 + 58 / 64)).max() < 1e-4


def test_a_loop_begins_where_its_key_says() -> None:
    keys = [0, 1, 0xDEADBEEF, 2**32 - 1, 77_777]
    script = """
        import { loopStart } from "ENGINE/excitation.js";
        const answer = (keys) => keys.map(loopStart);
    """
    assert answers(script, keys) == [mixed(key) % LOOP_SIZE for key in keys]


_NOISE = """
    import { readFileSync } from "node:fs";
    import { Kernel } from "ENGINE/kernel.js";
    function answer({ wasm, rows, floor, bins }) {
        const kernel = new Kernel(readFileSync(wasm));
        const out = kernel.allocate(516);
        return rows.map(([a, b, share]) => {
            kernel.run.bin_gains(kernel.keep(a), kernel.keep(b), share, floor, out);
            return Array.from(kernel.view(out, bins));
        });
    }
"""


def test_levels_between_rows_and_groups_are_the_gains_of_the_bins() -> None:
    rng = np.random.default_rng(5)
    rows: list[list[Any]] = []
    wanted = []
    for share in (0.0, 0.25, 0.875):
        a, b = rng.uniform(NOISE_FLOOR - 1, 3, (2, GROUPS)).astype(np.float32)
        rows.append([a.tolist(), b.tolist(), share])
        wanted.append(body_gains((a + np.float32(share) * (b - a))[None])[0])
    given = {"wasm": WASM, "rows": rows, "floor": NOISE_FLOOR, "bins": NOISE_SIZE // 2 + 1}
    got = np.array(answers(_NOISE, given))
    assert (np.array(wanted) == 0).any()  # the gate is shut somewhere
    assert got == pytest.approx(np.array(wanted), rel=1e-5, abs=1e-9)


_HOPS = """
    import { readFileSync } from "node:fs";
    import { LAYOUT } from "ENGINE/constants.js";
    import { Kernel } from "ENGINE/kernel.js";
    function answer({ wasm, start, hops }) {
        // Gains of 1: the loop comes out as it went in, once windows overlap.
        const kernel = new Kernel(readFileSync(wasm));
        const { run } = kernel;
        const loop = kernel.keep(Float32Array.from({ length: LAYOUT.LOOP_SIZE }, (_, i) => i));
        const state = kernel.allocate(run.NOISE_STATE.value);
        const [bins, none] = [kernel.allocate(516), kernel.allocate(516)];
        kernel.f32.fill(1, bins >> 2, (bins >> 2) + 516);
        const [middle, side] = [kernel.allocate(256), kernel.allocate(256)];
        const heard = [[], []];
        let running = false;
        for (let hop = 0; hop < hops; hop++) {
            running = run.noise_hop(
                state, loop, start, hop, running, bins, none, bins, middle, side,
            );
            heard[0].push(...kernel.view(middle, 256));
            heard[1].push(...kernel.view(side, 256));
        }
        return heard;
    }
"""


def test_a_loop_begins_anew_where_it_ends_and_its_twin_lies_half_a_loop_on() -> None:
    start, hops = LOOP_SIZE - 700, 9
    heard = np.array(answers(_HOPS, {"wasm": WASM, "start": start, "hops": hops}))
    at = np.arange(768, 256 * (hops - 3))  # where windows overlap whole
    assert heard[0, at] == pytest.approx((start + at) % LOOP_SIZE, abs=1e-6 * LOOP_SIZE)
    assert heard[1, at] == pytest.approx((start + LOOP_SIZE // 2 + at) % LOOP_SIZE, abs=0.2)


_TAKES = """
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { takeOf } from "ENGINE/playing.js";
    import { DEFAULTS } from "ENGINE/ranges.js";
    function answer({ data, wishes }) {
        const bytes = Uint8Array.from(Buffer.from(data, "base64"));
        const instrument = makeInstrument("it", readFile(bytes.buffer));
        return wishes.map(({ seed, wildness = 1, ...note }) => {
            const { take } = takeOf(instrument, note, { ...DEFAULTS, wildness }, seed, () => 0);
            return [take.modes, take.modesRatio];
        });
    }
"""


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Instrument, str]:
    """An instrument each of whose sounds has modes of its own, as file and in base64."""
    with_modes(make_instrument((*KIT, *TONES, BLOWN))).save(tmp_path / "it.messina")
    data = base64.b64encode((tmp_path / "it.messina").read_bytes()).decode()
    return Instrument.load(tmp_path / "it.messina"), data


def _owner(instrument: Instrument, codes: Codes) -> int:
    sounds = range(len(instrument.known.labels))
    (owner,) = (i for i in sounds if (instrument.fine.of(i) == codes).all())
    return owner


def test_a_note_has_the_modes_of_the_same_sound_as_much_higher(
    saved: tuple[Instrument, str],
) -> None:
    instrument, data = saved
    wishes: list[dict[str, Any]] = []
    wanted = []
    for seed in range(96):
        index = seed % len(instrument.labels)
        wish: dict[str, Any] = {"label": instrument.labels[index]}
        wish["wildness"] = (0.0, 0.4, 1.0, 2.0)[seed // 6 % 4]
        if seed // 24 % 2:
            wish["note"] = 40.0 + 0.7 * seed
        if seed // 48:
            wish["velocity"] = 20.0 + seed
        wishes.append(wish | {"seed": seed})
        frames = instrument.frames(**wish, rng=CounterRng(seed))
        wanted.append((_owner(instrument, frames.fine), frames.fine_ratio))
    for seed, sound in enumerate(range(len(instrument.known.labels))):
        wishes.append({"near": sound, "seed": seed})
        frames = instrument.frames_near(sound, wildness=1.0, rng=CounterRng(seed))
        wanted.append((_owner(instrument, frames.fine), frames.fine_ratio))
    got = answers(_TAKES, {"data": data, "wishes": wishes})
    assert [modes for modes, _ in got] == [modes for modes, _ in wanted]
    assert len({ratio for _, ratio in wanted}) > 24
    # Powers of two of two libraries may differ by a last bit, next to a point of the grid.
    for (_, ratio), (_, expected) in zip(got, wanted, strict=True):
        assert abs(ratio - expected) <= FINE_GRID


def test_what_is_nobodys_take_has_the_modes_of_the_nearest_sound(
    saved: tuple[Instrument, str],
) -> None:
    instrument, data = saved
    known = instrument.known
    rng = np.random.default_rng(6)
    wishes, wanted = [], []
    for _ in range(60):
        label = int(rng.integers(len(instrument.labels)))
        pitched = instrument.manifest.responses[label].pitched
        note = float(rng.uniform(40, 90)) if pitched else None
        z = rng.standard_normal(known.means.shape[1]).astype(np.float32)
        sound = {"z": [float(x) for x in z], "label": label, "note": note}
        sound |= {"loudness": -20.0, "brightness": 1000.0, "decay": 0.3}
        wishes.append({"sound": sound, "fixed": True, "seed": 1})
        modes = nearest(known, z, label)
        ratio = 1.0 if note is None else modes_ratio(note, known.controls[modes].note)
        wanted.append((modes, ratio))
    got = answers(_TAKES, {"data": data, "wishes": wishes})
    assert [modes for modes, _ in got] == [modes for modes, _ in wanted]
    assert [r for _, r in got] == pytest.approx([r for _, r in wanted], abs=FINE_GRID)

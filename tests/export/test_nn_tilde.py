"""Models for nn~, called as it calls them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

import torch

from differences import Differs, difference_db, numbers_db
from export.handmade import KIT, TONES, make_instrument, make_untrained, with_modes
from export.nn_host import NnHost
from messina.counter_rng import CounterRng, Purpose
from messina.errors import MessinaError
from messina.export import nn_tilde
from messina.export.nn_voices import VOICES
from messina.export.torch_drawing import Drawing
from messina.export.torch_sound_map import mixture
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys
from messina.instrument.parts import Request
from messina.instrument.sound_map import mixture_at, part_of_mixture
from messina.instrument.takes import Take
from messina.sequences.voice_assignment import played_by
from messina.sequences.voices import Hit, VoiceManager
from messina.units import note_to_hz

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

Signals = NDArray[np.float32]
GATE, NOTE, VELOCITY, WILDNESS, X, Y = range(6)
ALL = (*TONES, *KIT)
KEYS = assign_keys([label.name for label in KIT])


def hits(*wanted: tuple[int, float], seconds: float = 1.0, wildness: float = 0.0) -> Signals:
    """[1, 6, N] with a gate of 100 samples at each (sample, note), at velocity 100."""
    signals = np.zeros((1, 6, int(seconds * 44_100)), np.float32)
    signals[:, VELOCITY], signals[:, WILDNESS] = 100, wildness
    for start, note in wanted:
        signals[0, GATE, start : start + 100] = 1
        signals[0, NOTE, start:] = note
    return signals


def chime(note: float, instrument: Instrument) -> Signals:
    """The most typical chime [N, 2]: partials alone, the same for every key."""
    return instrument.render(label="chime", note=note, velocity=100, wildness=0)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return make_instrument(ALL)


@pytest.fixture(scope="module")
def model(instrument: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nn") / "kit.ts"
    nn_tilde.export(instrument, out, name="Kit", seed=5, force=False)
    return out


def test_it_keeps_the_contract(model: Path) -> None:
    host = NnHost(model)
    assert host.model.get_methods() == ["forward"]
    assert (host.inlets, host.in_ratio, host.outlets, host.out_ratio) == (6, 1, 2, 1)
    names = [label.rpartition(" ")[2] for label in host.in_labels]
    assert names == ["gate", "note", "velocity", "wildness", "x", "y"]
    assert host.model.get_attributes() == ["label", "seed", "vibrato"]
    assert (host.model.get_label(), host.model.get_seed()) == (-1, 5)
    assert host.model.get_vibrato() == 1.0
    for value, answer in ((-0.1, -1), (2.1, -1), (float("nan"), -1), (0.5, 0)):
        assert host.model.set_vibrato(value) == answer
    assert host.model.get_vibrato() == 0.5


@pytest.mark.parametrize("sizes", [(64,), (128,), (256,), (1024,), (2048,), (63, 1, 700, 256)])
def test_the_sound_is_the_same_in_blocks_of_any_size(model: Path, sizes: tuple[int, ...]) -> None:
    signals = hits((1, 60), (300, 36), (9_000, 38), (9_001 + 2_000, 46), (30_000, 63.5))
    signals[0, WILDNESS] = 1
    whole = NnHost(model).play(signals, signals.shape[2])
    assert np.abs(whole).max() > 0.05
    played = NnHost(model).play(signals, *sizes)
    # The same voices in other company: sums of float32 in another order.
    assert np.abs(played - whole).max() < 1e-5 * np.abs(whole).max()


@pytest.mark.parametrize("start", [0, 1, 777, 2_048])
def test_a_sound_begins_at_the_very_sample_at_which_the_gate_rises(
    model: Path, instrument: Instrument, start: int
) -> None:
    played = NnHost(model).play(hits((start, 63)), 512)[0].T
    own = chime(63, instrument)[: len(played) - start]
    assert not played[:start].any()
    assert np.abs(played[start : start + len(own)] - own).max() < 3e-5 * np.abs(own).max()


def test_sounds_ring_together_and_end_in_silence(model: Path, instrument: Instrument) -> None:
    played = NnHost(model).play(hits((0, 60), (5_000, 64), (7_000, 67), seconds=1.5), 1_024)[0].T
    wanted = np.zeros_like(played)
    for start, note in ((0, 60), (5_000, 64), (7_000, 67)):
        own = chime(note, instrument)[: len(wanted) - start]
        wanted[start : start + len(own)] += own
    assert np.abs(played - wanted).max() < 3e-5 * np.abs(wanted).max()
    assert not played[-1_000:].any()


def test_a_gate_that_stays_high_strikes_once(model: Path) -> None:
    once = hits((100, 60))
    held = once.copy()
    held[0, GATE, 100:] = 1
    assert np.array_equal(*(NnHost(model).play(signals, 256) for signals in (once, held)))


def test_every_hit_is_another_take_and_the_seed_begins_them_anew(model: Path) -> None:
    host = NnHost(model)
    signals = hits((0, 38), seconds=2.2, wildness=1.0)
    first, second = (host.play(signals, 512) for _ in range(2))
    assert np.abs(first - second).max() > 0.1 * np.abs(first).max()
    assert host.model.set_seed(5) == 0
    assert np.array_equal(host.play(signals, 512), first)
    host.model.set_seed(6)
    assert np.array_equal(host.play(signals, 512), second)
    assert (host.model.set_seed(-1), host.model.set_seed(2**53)) == (-1, -1)
    assert host.model.get_seed() == 6


def test_hits_are_what_is_rendered_of_the_seed_and_those_after_it(
    model: Path, instrument: Instrument
) -> None:
    host = NnHost(model)
    signals = hits((0, KEYS["snare"]), seconds=1.2, wildness=1.0)
    for seed in (5, 6, 7):
        own = instrument.render(label="snare", velocity=100, wildness=1, seed=seed)
        played = host.play(signals, 512)[0].T[: len(own)]  # rings out
        # Unless a peak had to be held, 100 dB under it they are equal.
        assert np.abs(own).max() < 0.6
        assert np.abs(played - own).max() < 1e-5 * np.abs(own).max()


def test_the_note_is_the_pitch_and_velocity_the_loudness(model: Path) -> None:
    host = NnHost(model)
    for note in (57.0, 60.4, 69.0):
        sound = host.play(hits((0, note), seconds=1.2), 512)[0, 0]
        right_hz = float(note_to_hz(note))
        turns = sound[1_000:17_384] * np.exp(-2j * np.pi * right_hz * np.arange(16_384) / 44_100)
        first, later = (turns.reshape(2, -1) * np.hanning(8_192)).sum(axis=1)
        off_hz = np.angle(later / first) / (2 * np.pi * 8_192) * 44_100
        assert abs(1200 * np.log2(1 + off_hz / right_hz)) < 1
    levels = []
    for velocity in (10, 60, 127):
        signals = hits((0, 60), seconds=1.2)
        signals[0, VELOCITY] = velocity
        levels.append(float(np.abs(host.play(signals, 512)).max()))
    assert levels == sorted(levels)
    assert levels[2] > 10 * levels[0]


def test_notes_play_drums_on_their_keys_and_the_label_attribute_overrides_them(
    model: Path, instrument: Instrument
) -> None:
    host = NnHost(model)
    by_key = [host.play(hits((0, KEYS["kick"]), seconds=2.2), 512) for _ in range(2)]
    assert host.model.set_label(instrument.labels.index("chime")) == 0
    host.model.set_seed(5)
    low = host.play(hits((0, KEYS["kick"]), seconds=2.2), 512)
    assert not np.array_equal(low, by_key[0])
    assert host.model.set_label(99) == -1
    assert host.model.get_label() == instrument.labels.index("chime")


def test_a_closed_hat_cuts_off_an_open_one_and_a_kick_does_not(model: Path) -> None:
    def left_of_open(other: str) -> float:
        first, second = KEYS["hihat open"], KEYS[other]
        both = NnHost(model).play(hits((0, first), (4_000, second)), 256)
        host = NnHost(model)
        silent = hits((4_000, second))
        silent[0, GATE, :100] = 0
        host.model.set_seed(5)
        host.perform(hits((0, first), seconds=0.001))  # the same take is next
        alone = host.play(silent, 256)
        return float(np.abs(both - alone)[0, :, 8_000:12_000].max())

    assert left_of_open("hihat closed") < 1e-3
    assert left_of_open("kick") > 1e-3


def exported(instrument: Instrument, folder: Path) -> Path:
    nn_tilde.export(instrument, folder / "k.ts", name="k", seed=0, force=False)
    return folder / "k.ts"


def points_of(instrument: Instrument) -> list[tuple[float, float]]:
    """Points of the map: some dots, some amid them, a corner."""
    rng = np.random.default_rng(2)
    dots = [(float(x), float(y)) for x, y in instrument.places[::2]]
    between = [(float(x), float(y)) for x, y in rng.uniform(0.05, 0.95, (6, 2)).astype(np.float32)]
    return [*dots, *between, (1.0, 0.0)]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Instrument, Path]:
    instrument = with_modes(make_untrained((*KIT, *TONES)))
    return instrument, exported(instrument, tmp_path_factory.mktemp("untrained"))


@pytest.mark.parametrize("wildness", [0.0, 1.5])
@pytest.mark.parametrize("label", [None, "snare"])
def test_a_point_of_the_map_sounds_as_it_does_in_numpy(
    label: str | None, wildness: float, untrained: tuple[Instrument, Path], differs: Differs
) -> None:
    instrument, model = untrained
    known, index = instrument.known, -1 if label is None else instrument.labels.index(label)
    among = None if label is None else np.flatnonzero(known.labels == index)
    host = NnHost(model)
    host.model.set_label(index)
    for seed, (x, y) in enumerate(points_of(instrument)):
        nearest = int(mixture_at(instrument.places, x, y, among=among).sounds[0])
        note = None if known.controls[nearest].note is None else 61.0
        rng = CounterRng(seed)
        frames = instrument.frames(
            at=(x, y), label=label, note=note, velocity=100.0, wildness=wildness, rng=rng
        )
        wanted = synthesise(frames, key=rng.stream(Purpose.NOISE).bits())[:-512]  # less its fade
        host.model.set_seed(seed)
        signals = hits((0, 61.0), seconds=(len(wanted) + 2_000) / 44_100, wildness=wildness)
        signals[0, X], signals[0, Y] = x, y
        played = host.play(signals, 512)[0].T[: len(wanted)]  # rings out
        # 80 dB under it: a network in float32, by two libraries.
        assert np.abs(played - wanted).max() < 1e-4 * np.abs(wanted).max()
        differs("point of the map, random weights", "nn~", difference_db(played, wanted))


def test_the_latent_at_a_point_is_the_same(differs: Differs) -> None:
    instrument = make_untrained((*KIT, *TONES))
    drawing = Drawing(instrument)
    for x, y in points_of(instrument):
        expected = mixture_at(instrument.places, x, y)
        point, any_label = torch.tensor([[x, y]], dtype=torch.float64), torch.tensor([-1])
        sounds, weights = mixture(drawing.places, drawing.label_of, point, any_label)
        count = len(expected.sounds)
        assert sounds[0, :count].tolist() == expected.sounds.tolist()
        assert not weights[0, count:].any()
        np.testing.assert_allclose(weights[0, :count].numpy(), expected.weights, rtol=1e-12)
        for player in ("nn~", "ONNX"):  # one module for both
            feature = "neighbours on the map"
            differs(feature, player, numbers_db(weights[0, :count], expected.weights))
        part = part_of_mixture(
            instrument.known, instrument.manifest.responses, expected, Request(wildness=0.0)
        )
        asked = torch.tensor([[60.0], [90.0], [0.0]], dtype=torch.float64)
        nothing = torch.full((1,), torch.nan, dtype=torch.float64)
        drawn = drawing.at(point, any_label, nothing, nothing, asked[2], torch.tensor([1]))
        np.testing.assert_allclose(drawn["z"][0].numpy(), part.latent.z, atol=1e-5)


def test_a_key_without_a_label_is_silent_and_no_note_at_all_plays_any(tmp_path: Path) -> None:
    host = NnHost(exported(make_instrument(KIT), tmp_path))
    assert not host.play(hits((0, 60.0), seconds=0.2), 512).any()
    assert host.play(hits((0, 0.0), seconds=0.2), 512).any()


@pytest.mark.parametrize("size", [512, 100])
def test_what_cuts_off_what_and_who_makes_room_is_as_in_numpy(
    model: Path, instrument: Instrument, size: int, differs: Differs
) -> None:
    rng = np.random.default_rng(5)
    notes = [*KEYS.values(), 57, 60, 60, 64, 69]
    wanted = np.zeros((2 * 44_100, 2), np.float32)
    voices = VoiceManager(most=VOICES)
    signals = np.zeros((1, 6, len(wanted)), np.float32)
    signals[0, WILDNESS] = 1
    hits_there = [
        # The last ones come too thick for all of them to be old enough to make room.
        (int(start), int(rng.choice(notes)), int(rng.integers(20, 127)))
        for start in [*np.sort(rng.integers(0, 80_000, 40)), *range(80_000, 82_000, 211)]
    ]
    done = 0
    for seed, (start, note, velocity) in enumerate(hits_there, 5):
        signals[0, GATE, start : start + 2] = (1, 0)
        signals[0, NOTE, start:], signals[0, VELOCITY, start:] = note, velocity
        label = instrument.labels[instrument.keys[note]]
        pitched = instrument.manifest.responses[instrument.keys[note]].pitched
        draws = CounterRng(seed)
        frames = instrument.frames(
            label=label, note=note if pitched else None, velocity=velocity, rng=draws
        )
        take = Take(frames, key=draws.stream(Purpose.NOISE).bits())
        played = played_by(label, note if pitched else None, pitched=pitched)
        voices.mix(wanted[done:start], done)
        voices.start(Hit(take=take, gain=1.0, played=played, start=start))
        done = start
    voices.mix(wanted[done:], done)
    got = NnHost(model).play(signals, size)[0].T
    # The last 12 ms of a take are another curve in numpy's mixer: they are 60 dB down by then.
    assert np.abs(got - wanted).max() < 1e-3 * np.abs(wanted).max()
    differs("voices: stealing, choke, struck again", "nn~", difference_db(got, wanted))


def test_channels_of_a_batch_play_for_themselves(model: Path, instrument: Instrument) -> None:
    signals = np.concatenate([hits((0, 60)), hits((900, 64)), hits((5, 67))])
    played = NnHost(model).play(signals, 512)
    for channel, (start, note) in enumerate(((0, 60), (900, 64), (5, 67))):
        own = chime(note, instrument)[: played.shape[2] - start].T
        got = played[channel, :, start : start + own.shape[1]]
        assert np.abs(got - own).max() < 3e-5 * np.abs(own).max()


def test_a_host_that_changes_its_batch_begins_in_silence(model: Path) -> None:
    host = NnHost(model)
    host.play(hits((0, 60)), 512)
    assert not host.perform(np.zeros((2, 6, 256), np.float32)).any()


def test_wild_signals_do_no_harm(model: Path) -> None:
    host = NnHost(model)
    for value in (np.nan, np.inf, -np.inf, 1e30, -1e30, -5.0):
        signals = np.full((1, 6, 4_096), value, np.float32)
        signals[0, GATE] = 0
        signals[0, GATE, 10:20] = 1
        assert np.isfinite(host.play(signals, 512)).all()
    assert host.perform(np.zeros((1, 6, 0), np.float32)).shape == (1, 2, 0)


def test_the_file_needs_torch_alone_and_is_the_same_for_the_same_seed(
    model: Path, instrument: Instrument, tmp_path: Path
) -> None:
    program = (
        "import sys; sys.modules['messina'] = None; sys.modules['numpy'] = None\n"
        f"import torch; model = torch.jit.load({str(model)!r})\n"
        "print(model(torch.ones(1, 6, 64)).shape)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "torch.Size([1, 2, 64])\n", done.stderr
    nn_tilde.export(instrument, tmp_path / "again.ts", name="Kit", seed=5, force=False)
    assert (tmp_path / "again.ts").read_bytes() == model.read_bytes()
    with pytest.raises(MessinaError, match="`force=True` replaces it"):
        nn_tilde.export(instrument, tmp_path / "again.ts", name="Kit", seed=5, force=False)

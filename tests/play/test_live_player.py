from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from differences import Differs, difference_db, note_sound
from export.handmade import (
    KIT,
    TONES,
    Label,
    all_sustained,
    make_instrument,
    with_modes,
    with_trajectories,
)
from messina.cli.main import main
from messina.errors import ControlError, MessinaError
from messina.events import Event, Voice
from messina.instrument import Instrument
from messina.limiter import AHEAD_LIVE, SIDE
from messina.play.live_player import LiveConfig, LivePlayer
from messina.play.ports import open_midi, open_output
from messina.sequences.performer import Performer, PerformerConfig
from messina.units import SAMPLE_RATE, note_to_hz
from play.browsing import cents, level_db, pitch_hz

ON, OFF, CONTROL = 0x90, 0x80, 0xB0
KICK, SNARE, CLOSED, OPEN = 36, 38, 42, 46
BLOCK = 256


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


@pytest.fixture(scope="module")
def chime() -> Instrument:
    return make_instrument(TONES)


def hear(player: LivePlayer, seconds: float) -> np.ndarray:
    """The callback at the pace of a sound card."""
    parts = []
    began = time.perf_counter()
    for block in range(round(seconds * SAMPLE_RATE / BLOCK)):
        out = np.zeros((BLOCK, 2), np.float32)
        player.mix(out)
        parts.append(out)
        time.sleep(max(0.0, began + block * BLOCK / SAMPLE_RATE - time.perf_counter()))
    return np.concatenate(parts).astype(np.float64)


def play(player: LivePlayer, *message: int, seconds: float = 0.6) -> np.ndarray:
    """Sends a message and listens; whatever sounded before is over."""
    player.receive((CONTROL, 120, 0))
    hear(player, 0.1)
    player.receive(message)
    return hear(player, seconds)


@pytest.mark.alone
def test_a_note_sounds_soon_and_in_tune(chime: Instrument) -> None:
    with LivePlayer(chime) as player:
        audio = play(player, ON, 64, 100, seconds=0.8)
        metrics = player.metrics
    assert abs(cents(pitch_hz(audio), float(note_to_hz(64)))) < 3
    assert metrics.notes == 1
    first = np.flatnonzero(np.abs(audio).max(axis=1) > 1e-4)[0]
    # Generous: tests share the machine. On an idle one it is about 10 ms.
    assert first / SAMPLE_RATE < 0.15


@pytest.mark.alone
def test_velocity_is_loudness(kit: Instrument) -> None:
    with LivePlayer(kit) as player:
        levels = [level_db(play(player, ON, SNARE, velocity)) for velocity in (20, 70, 127)]
    assert levels[0] < levels[1] - 6
    assert levels[1] < levels[2] - 6


@pytest.mark.alone
def test_a_kit_lies_on_the_keys_of_general_midi_and_other_notes_are_silent(kit: Instrument) -> None:
    with LivePlayer(kit) as player:
        for note in (KICK, SNARE, CLOSED, OPEN):
            assert level_db(play(player, ON, note, 100)) > -50
        for note in (20, 37, 49):
            assert not play(player, ON, note, 100, seconds=0.2).any()
        assert player.metrics.notes == 4


def performed(player: LivePlayer, notes: Sequence[tuple[int, int, int]], blocks: int) -> np.ndarray:
    """What is heard of notes (block, note, velocity) when the renderer is always in time."""
    parts = []
    for block in range(blocks):
        for at, note, velocity in notes:
            if at == block:
                player._act((ON, note, velocity))
        while player._render():
            pass
        parts.append(np.zeros((BLOCK, 2), np.float32))
        player.mix(parts[-1])
    return np.concatenate(parts)


def test_every_hit_differs_and_a_seed_repeats_them(kit: Instrument) -> None:
    def hits(seed: int) -> np.ndarray:
        player = LivePlayer(kit, LiveConfig(seed=seed))
        return performed(player, [(0, SNARE, 100), (200, SNARE, 100)], 400).reshape(2, -1)

    first, again, other = hits(1), hits(1), hits(2)
    assert np.array_equal(first, again)
    assert not np.allclose(first[0], first[1], atol=1e-3)
    assert not np.allclose(first[0], other[0], atol=1e-3)


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("ring", [True, False])
def test_the_same_notes_of_a_seed_are_the_same_sound_as_in_a_piece(
    ring: bool, moves: bool, differs: Differs
) -> None:
    wide = (KIT[2], *KIT[:2], KIT[3])  # the image of the first label is that of all
    instrument = with_modes(make_instrument((*KIT, *TONES) if not ring else wide))
    if moves:
        moving = with_trajectories(instrument)
        # Movements so small that no limiter works: those of hands and of pieces look ahead
        # differently far.
        small = {"trajectory_basis": 0.1 * moving.arrays["trajectory_basis"]}
        instrument = Instrument(moving.manifest, moving.arrays | small)
    rng = np.random.default_rng(2)
    keys = (57, 60, 64) if not ring else (KICK, SNARE, CLOSED, OPEN)
    blocks = np.sort(rng.choice(400, 40, replace=False))
    notes = [(int(b), int(rng.choice(keys)), int(rng.integers(20, 90))) for b in blocks]
    heard = performed(LivePlayer(instrument, LiveConfig(seed=5)), notes, 450)
    names = {KICK: "kick", SNARE: "snare", CLOSED: "hihat closed", OPEN: "hihat open"}
    voices = [Voice(label=names[key]) if ring else Voice(label="chime", note=key) for key in keys]
    events = [
        Event(tick=block, voice=keys.index(note), velocity=velocity, length_ticks=1, late_s=0.0)
        for block, note, velocity in notes
    ]
    piece = Performer(
        instrument,
        events,
        voices,
        seconds_at=lambda tick: tick * BLOCK / SAMPLE_RATE,
        seed=5,
        config=PerformerConfig(ring=True, most=24),
    ).block(len(heard))
    late = AHEAD_LIVE + SIDE
    assert np.abs(piece).max() > 0.05
    # Sums of float32 in another order.
    np.testing.assert_allclose(heard[late:], piece[:-late], rtol=0, atol=1e-6)
    wish = {"label": "snare"} if ring else {"label": "chime", "note": 60}
    note_sound(differs, "live", instrument, wish | {"velocity": 60}, heard[late:], piece[:-late])
    differs(
        "voices: stealing, choke, struck again",
        "live",
        difference_db(heard[late:], piece[:-late]),
    )


def test_a_closed_hi_hat_ends_the_open_one(kit: Instrument) -> None:
    def left_db(*notes: tuple[int, int, int]) -> float:
        return level_db(performed(LivePlayer(kit), [(0, OPEN, 100), *notes], 60)[30 * BLOCK :])

    alone = left_db()
    assert left_db((20, KICK, 1)) > alone - 1
    # What is left is the closed one, as softly as can be struck.
    closed = level_db(performed(LivePlayer(kit), [(20, CLOSED, 1)], 60)[30 * BLOCK :])
    assert abs(left_db((20, CLOSED, 1)) - closed) < 3 or left_db((20, CLOSED, 1)) < alone - 20


@pytest.mark.alone
def test_lifted_keys_end_notes_unless_asked_otherwise_and_the_pedal_holds_them() -> None:
    organ = make_instrument((Label(name="organ", notes=(60.0, 64.0), sustains=True),))
    tails = []
    for ring, pedal in ((True, 0), (None, 0), (None, 127), (False, 0)):
        with LivePlayer(organ, LiveConfig(ring=ring)) as player:
            player.receive((CONTROL, 64, pedal))
            player.receive((ON, 60, 110))
            hear(player, 0.25)
            player.receive((OFF, 60, 0))
            tails.append(level_db(hear(player, 0.6)[-6_000:]))
    assert tails[0] > tails[1] + 30
    assert tails[2] > tails[1] + 30
    assert tails[0] > tails[3] + 30


def test_lifted_keys_end_hits_only_when_asked_to(kit: Instrument) -> None:
    tails = []
    for ring in (True, None, False):
        player = LivePlayer(kit, LiveConfig(ring=ring))
        player._act((ON, OPEN, 110))
        performed(player, [], 20)
        player._act((OFF, OPEN, 0))
        tails.append(level_db(performed(player, [], 60)[-5_000:]))
    assert tails[1] == tails[0]
    assert tails[0] > tails[2] + 30


@pytest.mark.alone
def test_a_sustained_note_sounds_until_its_key_is_lifted_even_where_sounds_ring() -> None:
    label = Label(name="organ", notes=(60.0, 64.0), sustains=True)
    organ = all_sustained(make_instrument((label,)))
    longest_s = float(organ.known.lengths_s.max())
    with LivePlayer(organ) as player:
        player.receive((ON, 60, 110))
        held = hear(player, longest_s + 1.0)
        player.receive((OFF, 60, 0))
        after = hear(player, 0.6)
    last = level_db(held[-12_000:])
    assert last > level_db(held[20_000:32_000]) - 3
    # A release of 20 frames, 0.12 s, and what was made ahead.
    assert level_db(after[:1_000]) > last - 10  # released over 0.12 s, not cut
    assert level_db(after[-12_000:]) < last - 40


@pytest.mark.alone
def test_odd_messages_are_passed_over(kit: Instrument) -> None:
    with LivePlayer(kit) as player:
        for message in ((), (0xF8,), (0xC0, 3), (ON, 36), (0xE0, 0, 64), (0xFF, 255, 255)):
            player.receive(message)
        assert level_db(play(player, ON, 36, 100)) > -50


def test_a_label_the_instrument_lacks_is_refused(kit: Instrument) -> None:
    with pytest.raises(ControlError, match="no label 'tuba'; there are kick, snare"):
        LivePlayer(kit, LiveConfig(label="tuba"))


def test_a_level_out_of_its_range_is_refused() -> None:
    with pytest.raises(ControlError, match="`level_db` is 20; it can be -60 to 12"):
        LiveConfig(level_db=20.0)


def test_dense_playing_has_no_underrun(kit: Instrument) -> None:
    player = LivePlayer(kit)
    keys = (KICK, SNARE, CLOSED, OPEN)
    performed(player, [(14 * i, keys[i % 4], 60 + i) for i in range(24)], 24 * 14)
    metrics = player.metrics
    assert metrics.notes == 24
    assert metrics.voices > 4
    # Whoever renders whenever there is something to render is never late.
    assert metrics.underruns == 0


class FakeStream:
    latency = 0.012

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __enter__(self) -> FakeStream:
        self.options["callback"](
            np.zeros((self.options["blocksize"], 2), np.float32), 0, None, None
        )
        raise KeyboardInterrupt  # the player has heard enough

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def sound_card(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A sounddevice that has one card."""
    module = ModuleType("sounddevice")
    module.OutputStream = FakeStream
    module.PortAudioError = type("PortAudioError", (Exception,), {})
    module.query_devices = lambda: [
        {"name": "Card", "max_output_channels": 2},
        {"name": "Microphone", "max_output_channels": 0},
    ]
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


class FakeMidiIn:
    opened: list[FakeMidiIn] = []  # noqa: RUF012  reset by the fixture

    def __init__(self) -> None:
        self.callback: Any = None
        self.open = False
        FakeMidiIn.opened.append(self)

    def open_port(self, number: int) -> None:
        self.port, self.open = number, True

    def close_port(self) -> None:
        self.open = False


@pytest.fixture
def midi_ports(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An rtmidi2 with two ports."""
    module = ModuleType("rtmidi2")
    module.MidiIn = FakeMidiIn
    module.get_in_ports = lambda: ["Keys 1", "Pads 2"]
    monkeypatch.setitem(sys.modules, "rtmidi2", module)
    FakeMidiIn.opened.clear()
    return module


def test_ports_are_chosen_by_a_part_of_their_name(midi_ports: ModuleType) -> None:
    received: list[Any] = []
    midi = open_midi(received.append, port="pads")
    assert midi.names == ["Pads 2"]
    assert [opened.port for opened in FakeMidiIn.opened] == [1]
    FakeMidiIn.opened[0].callback([ON, 36, 100], 0.0)
    assert received == [[ON, 36, 100]]
    midi.close()
    assert not FakeMidiIn.opened[0].open
    with pytest.raises(MessinaError, match="no MIDI port 'tuba': there are Keys 1, Pads 2"):
        open_midi(received.append, port="tuba")


def test_a_machine_without_midi_says_so(
    midi_ports: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[str]:
        raise RuntimeError("no sequencer")

    monkeypatch.setattr(midi_ports, "get_in_ports", fail)
    with pytest.raises(MessinaError, match="no MIDI port: none is connected"):
        open_midi(print, port=None)


def test_a_machine_without_a_sound_card_says_so(
    sound_card: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise sound_card.PortAudioError("Error querying device -1 [PaErrorCode -9996]")

    monkeypatch.setattr(sound_card, "OutputStream", fail)
    with pytest.raises(MessinaError, match=r"a sound card could not be opened \(Error querying"):
        open_output(print, device=None, block=BLOCK)
    with pytest.raises(MessinaError, match="the sound card 'USB' could not"):
        open_output(print, device="USB", block=BLOCK)


@pytest.mark.parametrize("missing", ["sounddevice", "rtmidi2"])
def test_without_the_extra_the_command_names_it(
    missing: str,
    sound_card: ModuleType,
    midi_ports: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["live", "--list"]) == 1
    error = capsys.readouterr().err
    assert error == f"messina: playing live needs {missing}: pip install 'messina[live]'\n"


def test_the_command_lists_devices(
    sound_card: ModuleType, midi_ports: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", "--list"]) == 0
    assert capsys.readouterr().out == "sound card: Card\nMIDI port: Keys 1\nMIDI port: Pads 2\n"


@pytest.mark.alone
def test_the_command_plays_until_it_is_ended_and_closes_its_devices(
    kit: Instrument,
    tmp_path: Any,
    sound_card: ModuleType,
    midi_ports: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kit.save(tmp_path / "kit.messina")
    assert main(["live", str(tmp_path / "kit.messina"), "--block", "128"]) == 0
    printed = capsys.readouterr().err
    assert "0 notes, 0 underruns" in printed
    assert not any(opened.open for opened in FakeMidiIn.opened)


def test_the_command_wants_an_instrument(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live"]) == 2
    assert "wants an INSTRUMENT" in capsys.readouterr().err

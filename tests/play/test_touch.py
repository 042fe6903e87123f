"""Touch by MIDI without a browser: what is played is measured, at the pace of the renderer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.handmade import KIT, ORGAN, Label, all_sustained, brighter_when_louder, make_instrument
from messina.errors import ControlError
from messina.frames.layout import HOP
from messina.instrument import Instrument
from messina.instrument.touch import touch_law
from messina.instrument.touched_takes import OVER, TouchedTake
from messina.limiter import AHEAD_LIVE, SIDE
from messina.play.keyboard import KeyboardConfig
from messina.play.live_player import LiveConfig, LivePlayer
from messina.units import SAMPLE_RATE, note_to_hz
from play.browsing import cents, level_db
from play.by_hand import BLOCK, heard

ON, OFF, KEY_PRESSURE, CONTROL, PRESSURE, BEND = 0x90, 0x80, 0xA0, 0xB0, 0xD0, 0xE0
BREATH, MODULATION, VOLUME, EXPRESSION, SUSTAIN, SOSTENUTO, BRIGHTNESS = 2, 1, 7, 11, 64, 66, 74
LOW, HIGH = 60, 64
LATE = AHEAD_LIVE + SIDE
SETTLED = 40
"""Blocks after which the attack is over and touch has arrived."""


@pytest.fixture(scope="module")
def organ() -> Instrument:
    """Goes on without moving, its overtones following loudness."""
    return all_sustained(brighter_when_louder(make_instrument(ORGAN, takes_db=0.0)))


@pytest.fixture(scope="module")
def pluck() -> Instrument:
    return make_instrument((Label(name="pluck", notes=(57.0, 69.0)),), takes_db=0.0)


def from_block(audio: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    return audio[block * BLOCK :]


def centroid_hz(audio: NDArray[np.float64]) -> float:
    mono = audio.mean(axis=1)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    return float(power @ np.fft.rfftfreq(len(mono), 1 / SAMPLE_RATE) / power.sum())


def rms_db(audio: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.square(audio).mean() + 1e-20))


def mono(glide_ms: float = 0.0) -> LiveConfig:
    return LiveConfig(wildness=0.0, keyboard=KeyboardConfig(mono=True, glide_ms=glide_ms))


def pitch_of(audio: NDArray[np.float64], near: float) -> float:
    """Hz of the partial nearest to a note, by the turn of its phase between two windows."""
    hz = float(note_to_hz(near))
    n = np.arange(16_384)
    turns = audio.mean(axis=1)[: len(n)] * np.exp(-2j * np.pi * hz * n / SAMPLE_RATE)
    first, later = (turns.reshape(2, -1) * np.hanning(len(n) // 2)).sum(axis=1)
    return hz + float(np.angle(later / first)) / (np.pi * len(n)) * SAMPLE_RATE


def bend(channel: int, semitones: float, reach: float) -> tuple[int, int, int]:
    value = min(8192 + round(semitones / reach * 8192), 16_383)
    return BEND | channel, value & 127, value >> 7


MPE = [(0, (CONTROL, 101, 0)), (0, (CONTROL, 100, 6)), (0, (CONTROL, 6, 15))]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (-0.5, 1.0), (3.7, -2.2), (12.0, -1.0)])
def test_two_notes_of_a_zone_are_bent_apart(organ: Instrument, low: float, high: float) -> None:
    audio = heard(
        organ,
        [
            *MPE,
            (0, bend(1, low, 48)),
            (0, bend(2, high, 48)),
            (0, (ON | 1, LOW, 80)),
            (0, (ON | 2, HIGH, 80)),
        ],
    )
    for note, bent in ((LOW, low), (HIGH, high)):
        wanted = note + bent
        measured = pitch_of(from_block(audio, SETTLED), wanted)
        assert abs(cents(measured, float(note_to_hz(wanted)))) < 2


@pytest.mark.parametrize("velocity", [40, 90])
@pytest.mark.parametrize("by", ["channel", "key", "expression", "breath"])
def test_loudness_moves_along_what_velocity_does(organ: Instrument, velocity: int, by: str) -> None:
    law = touch_law(organ, "organ")
    note = (0, (ON, LOW, velocity))
    if by in ("channel", "key"):
        press = (PRESSURE, 127) if by == "channel" else (KEY_PRESSURE, LOW, 127)
        wanted_db = law.pressed_db(velocity, 1.0)
    else:
        press = (CONTROL, EXPRESSION if by == "expression" else BREATH, 80)
        wanted_db = 40 * np.log10(80 / 127)
    plain, touched = (
        from_block(heard(organ, [note, *more]), SETTLED) for more in ((), [(1, press)])
    )
    assert rms_db(touched) - rms_db(plain) == pytest.approx(wanted_db, abs=0.5)
    # The velocity that is as loud has the same spectrum.
    alike = float(
        np.interp(law.struck_db(velocity) + wanted_db, law.played_db, [1, 32, 64, 96, 127])
    )
    struck = from_block(heard(organ, [(0, (ON, LOW, round(alike)))]), SETTLED)
    assert centroid_hz(touched) == pytest.approx(centroid_hz(struck), rel=0.03)


def test_harder_is_brighter_so_pressure_is(organ: Instrument) -> None:
    # Were nothing to change, the test before would see nothing.
    soft, hard = (
        centroid_hz(from_block(heard(organ, [(0, (ON, LOW, v))]), SETTLED)) for v in (40, 127)
    )
    assert hard > 1.04 * soft  # the tolerance there is 3 %


def test_expression_at_rest_is_silence_and_volume_is_gain_alone(organ: Instrument) -> None:
    note = (0, (ON, LOW, 100))
    plain = from_block(heard(organ, [note]), SETTLED)
    silent = from_block(heard(organ, [note, (1, (CONTROL, EXPRESSION, 0))]), SETTLED)
    quiet = from_block(heard(organ, [note, (1, (CONTROL, VOLUME, 64))]), SETTLED)
    assert rms_db(silent) < rms_db(plain) - 80
    assert rms_db(quiet) - rms_db(plain) == pytest.approx(40 * np.log10(64 / 127), abs=0.1)
    assert centroid_hz(quiet) == pytest.approx(centroid_hz(plain), rel=0.001)


def test_brightness_is_brighter_and_as_loud(organ: Instrument) -> None:
    plain, dull, bright = (
        from_block(heard(organ, [(0, (CONTROL, BRIGHTNESS, v)), (1, (ON, LOW, 90))]), SETTLED)
        for v in (64, 0, 127)
    )
    assert centroid_hz(dull) < 0.9 * centroid_hz(plain)
    assert centroid_hz(bright) > 1.1 * centroid_hz(plain)
    assert rms_db(dull) == pytest.approx(rms_db(plain), abs=1.0)
    assert rms_db(bright) == pytest.approx(rms_db(plain), abs=1.0)


def test_the_mod_wheel_is_vibrato(organ: Instrument) -> None:
    audio = heard(organ, [(0, (ON, LOW, 90)), (0, (CONTROL, MODULATION, 127))], 300)
    part = from_block(audio, SETTLED).mean(axis=1)
    base = float(note_to_hz(LOW))
    n = np.arange(len(part))
    turns = part * np.exp(-2j * np.pi * base * n / SAMPLE_RATE)
    smooth = np.convolve(turns, np.hanning(1_024), mode="valid")
    hz = np.diff(np.unwrap(np.angle(smooth))) / (2 * np.pi) * SAMPLE_RATE
    swing = 1200 * np.log2((base + hz) / base)
    assert 35 < np.percentile(swing, 95) < 60
    assert -60 < np.percentile(swing, 5) < -35
    rate = np.abs(np.fft.rfft((swing - swing.mean()) * np.hanning(len(swing)), 1 << 20)).argmax()
    assert rate * SAMPLE_RATE / (1 << 20) == pytest.approx(5.5, abs=0.5)


def test_one_voice_goes_on_to_the_next_key_and_back(organ: Instrument) -> None:
    messages = [(0, (ON, LOW, 90)), (80, (ON, HIGH, 90)), (160, (OFF, HIGH, 64))]
    player_notes: list[float] = []
    audio = heard(organ, messages, 240, config=mono())
    for block, note in ((15, LOW), (90, HIGH), (170, LOW)):
        player_notes.append(
            cents(pitch_of(from_block(audio, block), note), float(note_to_hz(note)))
        )
    assert np.abs(player_notes).max() < 2
    # No second attack, no gap: the level stays as it is throughout.
    levels = [rms_db(audio[b * BLOCK : (b + 8) * BLOCK]) for b in range(20, 232, 4)]
    assert max(levels) - min(levels) < 1.5


def test_a_glide_takes_its_time(organ: Instrument) -> None:
    audio = heard(organ, [(0, (ON, LOW, 90)), (40, (ON, HIGH, 90))], 160, config=mono(400.0))
    # 400 ms are 69 blocks: halfway it is at the middle between the two keys.
    part = audio[(40 + 34 - 8) * BLOCK :][: 16 * BLOCK]
    assert pitch_hz_of_short(part) == pytest.approx(float(note_to_hz(62)), rel=0.03)
    after = from_block(audio, 125)[: 30 * BLOCK]
    assert pitch_hz_of_short(after) == pytest.approx(float(note_to_hz(HIGH)), rel=0.005)


def pitch_hz_of_short(part: NDArray[np.float64]) -> float:
    """Hz of the fundamental, from the spectrum between 200 and 400 Hz."""
    mono_sound = part.mean(axis=1)
    spectrum = np.abs(np.fft.rfft(mono_sound * np.hanning(len(mono_sound)), 1 << 18))
    hz = np.fft.rfftfreq(1 << 18, 1 / SAMPLE_RATE)
    within = (hz > 200) & (hz < 400)
    return float(hz[within][spectrum[within].argmax()])


def test_what_is_struck_is_struck_anew_by_one_voice(pluck: Instrument) -> None:
    messages = [(0, (ON, 60, 100)), (60, (ON, 67, 100)), (120, (OFF, 67, 64))]
    player_audio = heard(pluck, messages, 200, config=mono())
    for block, note in ((60, 67), (120, 60)):
        before = level_db(player_audio[(block - 12) * BLOCK : block * BLOCK])
        after = level_db(player_audio[(block + 1) * BLOCK : (block + 13) * BLOCK])
        assert after > before + 3, "struck anew"
        struck = from_block(player_audio, block + 12)
        assert abs(cents(pitch_of(struck, note), float(note_to_hz(note)))) < 2


def test_many_voices_sound_at_once_and_slide_only_when_asked_to(organ: Instrument) -> None:
    messages = [(0, (ON, LOW, 90)), (40, (ON, HIGH, 90))]
    for glide_ms in (0.0, 100.0):
        config = LiveConfig(wildness=0.0, keyboard=KeyboardConfig(glide_ms=glide_ms))
        audio = from_block(heard(organ, messages, 180, config=config), 90)
        for note in (LOW, HIGH):
            assert abs(cents(pitch_of(audio, note), float(note_to_hz(note)))) < 2
    config = LiveConfig(wildness=0.0, keyboard=KeyboardConfig(glide_ms=1_000.0))
    gliding = from_block(heard(organ, messages, 180, config=config), 42)[: 16 * BLOCK]
    at_once = from_block(heard(organ, messages, 180), 42)[: 16 * BLOCK]
    wanted = np.exp(-2j * np.pi * float(note_to_hz(HIGH)) * np.arange(16 * BLOCK) / SAMPLE_RATE)
    there, early = (abs((a.mean(axis=1) * wanted).sum()) for a in (at_once, gliding))
    assert early < 0.5 * there


def test_a_fast_release_is_faster(organ: Instrument) -> None:
    def lasts(velocity: int) -> float:
        audio = heard(organ, [(0, (ON, LOW, 100)), (60, (OFF, LOW, velocity))], 130)
        return float(np.flatnonzero(np.abs(audio).max(axis=1) > 1e-4)[-1] / BLOCK - 60)

    slow, learnt, untold, fast = (lasts(v) for v in (1, 64, 0, 127))
    # The release that was learnt is 20 rows long; some were ready when the key was lifted.
    assert untold == learnt
    assert slow - learnt == pytest.approx(20, abs=1.5)
    assert learnt - fast == pytest.approx(10, abs=1.5)


MOVES = {
    "bend": (BEND, 0, 127),
    "pressure": (PRESSURE, 127),
    "a key's pressure": (KEY_PRESSURE, LOW, 127),
    "brightness": (CONTROL, BRIGHTNESS, 127),
    "wheel": (CONTROL, MODULATION, 127),
    "expression": (CONTROL, EXPRESSION, 20),
}


@pytest.mark.parametrize("struck", [False, True])
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("size", [64, 256, 1_024])
def test_what_moves_is_heard_from_the_next_block_on(
    organ: Instrument, pluck: Instrument, move: str, size: int, struck: bool
) -> None:
    on, told = (0, (ON, LOW, 100)), MOVES[move]
    rng = np.random.default_rng(4)
    for up in rng.integers(6_000, 12_000, 3) // size:
        still, early, moved = (
            heard(pluck if struck else organ, messages, 16_384 // size, size=size)
            for messages in ([on], [on, (1, told)], [on, (int(up), told)])
        )
        parted = np.flatnonzero(np.abs(still - moved).max(axis=1) > 1e-6)[0]
        # The vibrato of a wheel begins at its middle: a row later it is on its way.
        assert up * size <= parted <= up * size + LATE + (HOP if move == "wheel" else OVER)
        # Nothing clicks: no step is higher than those of a note that was so, or not, long before.
        around = slice(up * size - 1_000, up * size + 2_000)
        steps = [np.abs(np.diff(own[around], axis=0)).max() for own in (still, early, moved)]
        assert steps[2] <= 1.1 * max(steps[:2])


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("struck", [False, True])
def test_moves_that_follow_each_other_at_once_do_not_click(
    organ: Instrument, pluck: Instrument, size: int, struck: bool
) -> None:
    """A release and another move come while the note still goes over to the first one."""
    on, told = (0, (ON, LOW, 100)), (BEND, 0, 127)
    for up in (np.array([6_080, 8_000, 11_648]) // size).tolist():
        moves = [
            (up, told),
            (up + 1, (CONTROL, EXPRESSION, 30)),
            (up + 1, (OFF, LOW, 127)),
            (up + 2, (BEND, 0, 20)),
        ]
        still, early, moved = (
            heard(pluck if struck else organ, messages, 16_384 // size, size=size)
            for messages in ([on], [on, (1, told)], [on, *moves])
        )
        around = slice(up * size - 500, up * size + 4_000)
        steps = [np.abs(np.diff(own[around], axis=0)).max() for own in (still, early, moved)]
        # Two waves are twice the peak apart at most: going over adds its share of that to a step.
        assert steps[2] <= max(steps[:2]) + 2 * np.abs(early).max() / OVER


def test_release_begins_with_the_next_block(organ: Instrument) -> None:
    up = 60
    messages = [(0, (ON, LOW, 100))]
    held, lifted = heard(organ, messages), heard(organ, [*messages, (up, (OFF, LOW, 127))])
    # It begins as the note is and parts from it within rows; over 1,536 samples were ready.
    parted = np.flatnonzero(np.abs(held - lifted).max(axis=1) > 1e-7)[0]
    assert up * BLOCK <= parted <= up * BLOCK + LATE + 3 * HOP


def test_controllers_that_never_rest_leave_time_to_render(
    organ: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fast they come: what is rendered anew is bounded by the samples that pass."""
    again: list[int] = []
    of = TouchedTake.follow

    def follow(take: TouchedTake, at: int) -> bool:
        again.append(at)
        return of(take, at)

    monkeypatch.setattr(TouchedTake, "follow", follow)
    notes, blocks = 8, 300
    struck = [(0, (ON, 48 + note, 90)) for note in range(notes)]
    bends = [(block, (BEND, 0, block % 128)) for block in range(10, blocks) for _ in range(5)]
    heard(organ, [*struck, *bends], blocks)
    # Without a bound it is each of the notes in every block, 2,320 times.
    assert notes < len(again) <= 12 + blocks * BLOCK // 384 + 1


def notes_in(audio: NDArray[np.float64]) -> set[int]:
    """Which of the two notes sound."""
    n = np.arange(len(audio))
    level = {
        note: np.abs(
            (audio.mean(axis=1) * np.exp(-2j * np.pi * note_to_hz(note) * n / SAMPLE_RATE)).sum()
        )
        for note in (LOW, HIGH)
    }
    loud = max(level.values())
    return {note for note, size in level.items() if size > 0.05 * loud}


@pytest.mark.parametrize("pedal", [SUSTAIN, SOSTENUTO])
def test_one_voice_is_one_voice_under_a_pedal_too(organ: Instrument, pedal: int) -> None:
    messages = [
        (0, (ON, LOW, 90)),
        (20, (CONTROL, pedal, 127)),
        (40, (OFF, LOW, 64)),
        (80, (ON, HIGH, 90)),
    ]
    audio = heard(organ, messages, 220, config=mono())
    assert notes_in(audio[60 * BLOCK : 80 * BLOCK]) == {LOW}
    # The release that was learnt is 20 rows long.
    assert notes_in(from_block(audio, 140)) == {HIGH}


def test_what_has_ended_under_a_pedal_is_not_kept(pluck: Instrument) -> None:
    player = LivePlayer(pluck, LiveConfig(wildness=0.0))
    player._act((CONTROL, SUSTAIN, 127))
    for _ in range(12):
        player._act((ON, 60, 90))
        player._act((OFF, 60, 0))
        for _ in range(10):
            while player._render():
                pass
            player.mix(np.zeros((BLOCK, 2), np.float32))
    # Struck again, a note fades: two at most are not over.
    assert len(player._keyboard._waiting) <= 2


def test_controllers_do_not_wait_for_what_is_rendered(organ: Instrument) -> None:
    player = LivePlayer(organ, LiveConfig(wildness=0.0))
    for value in range(500):
        player.receive((CONTROL, MODULATION, value % 128))
    player.receive((ON, LOW, 90))
    player.receive((ON, HIGH, 90))
    player._take_in(wait=False)
    assert player._gestures.of(0).vibrato == pytest.approx(499 % 128 / 127)
    # A note takes long: what sounds already is seen to before the next one begins.
    assert player.metrics.notes == 1
    player._take_in(wait=False)
    assert player.metrics.notes == 2


@pytest.mark.parametrize(("pedal", "held"), [(SUSTAIN, {LOW, HIGH}), (SOSTENUTO, {LOW})])
def test_pedals_hold_what_they_should(organ: Instrument, pedal: int, held: set[int]) -> None:
    messages = [
        (0, (ON, LOW, 90)),
        (20, (CONTROL, pedal, 127)),
        (21, (ON, HIGH, 90)),
        (40, (OFF, LOW, 64)),
        (40, (OFF, HIGH, 64)),
    ]
    part = from_block(heard(organ, messages, 170), 100)
    assert notes_in(part) == held
    lifted = from_block(heard(organ, [*messages, (60, (CONTROL, pedal, 0))], 170), 140)
    assert rms_db(lifted) < rms_db(part) - 40


def test_all_notes_off_lifts_the_keys_of_its_channel_and_pedals_still_hold(
    organ: Instrument,
) -> None:
    struck = [(0, (ON, LOW, 90)), (0, (ON | 1, HIGH, 90))]
    lifted = from_block(heard(organ, [*struck, (20, (CONTROL, 123, 0))], 170), 100)
    assert notes_in(lifted) == {HIGH}
    pedal = [(10, (CONTROL, SUSTAIN, 127)), (20, (CONTROL, 123, 0))]
    held = from_block(heard(organ, [*struck, *pedal], 170), 100)
    assert notes_in(held) == {LOW, HIGH}
    silent = from_block(heard(organ, [*struck, *pedal, (40, (CONTROL, 120, 0))], 170), 100)
    assert not silent.any()
    one = [(0, (ON, LOW, 90)), (10, (ON, HIGH, 90)), (20, (CONTROL, 123, 0))]
    voice = from_block(heard(organ, one, 170, config=mono()), 100)
    assert rms_db(voice) < rms_db(lifted) - 40, "no earlier key of the one voice comes back"


def test_the_soft_pedal_softens_what_is_struck_while_it_is_down(pluck: Instrument) -> None:
    def level(*messages: tuple[int, tuple[int, int, int]]) -> float:
        return level_db(heard(pluck, list(messages), 40))

    soft, hard = (0, (CONTROL, 67, 127)), (0, (CONTROL, 67, 0))
    strike = (0, (ON, 60, 100))
    assert level(soft, strike) == level((0, (ON, 60, 75))) < level(strike)
    assert level(soft, hard, strike) == level(soft, (0, (CONTROL, 121, 0)), strike) == level(strike)


def test_curves_shape_velocity(pluck: Instrument) -> None:
    def level(curve: str, velocity: int = 50) -> float:
        config = LiveConfig(wildness=0.0, keyboard=KeyboardConfig(curve=curve))
        return level_db(heard(pluck, [(0, (ON, 60, velocity))], 40, config=config))

    assert level("hard") < level("linear") - 3 < level("soft") - 6
    assert level("fixed", 20) == level("fixed", 120) == level("linear", 100)


def test_a_key_keeps_its_order_of_loudness(pluck: Instrument) -> None:
    """Takes differ, and yet who strikes harder is louder."""
    wild = make_instrument((Label(name="pluck", notes=(57.0, 69.0)),), takes_db=1.5)
    for seed in range(3):
        config = LiveConfig(wildness=1.0, seed=seed)
        messages = [(100 * i, (ON, 60, v)) for i, v in enumerate((30, 50, 70, 90, 110, 127))]
        audio = heard(wild, messages, 600, config=config)
        levels = [level_db(part) for part in audio.reshape(6, -1, 2)]
        assert levels == sorted(levels)


def test_pressure_and_brightness_of_one_channel_are_its_own(organ: Instrument) -> None:
    notes = [(0, (ON | 1, LOW, 60)), (0, (ON | 2, HIGH, 60))]
    plain = from_block(heard(organ, notes), SETTLED)
    pressed = from_block(heard(organ, [*notes, (1, (PRESSURE | 2, 127))]), SETTLED)

    def at(audio: NDArray[np.float64], note: int) -> float:
        n = np.arange(len(audio))
        turn = np.exp(-2j * np.pi * float(note_to_hz(note)) * n / SAMPLE_RATE)
        return float(20 * np.log10(np.abs((audio.mean(axis=1) * turn * np.hanning(len(n))).sum())))

    assert at(pressed, LOW) == pytest.approx(at(plain, LOW), abs=0.2)
    assert at(pressed, HIGH) > at(plain, HIGH) + 6


def test_a_hit_takes_on_the_expression_of_its_channel() -> None:
    kit = make_instrument(KIT, takes_db=0.0)
    loud, soft = (
        level_db(heard(kit, [(0, (CONTROL | 9, EXPRESSION, value)), (1, (ON | 9, 38, 100))]))
        for value in (127, 40)
    )
    assert loud - soft == pytest.approx(-40 * np.log10(40 / 127), abs=1.5)


@pytest.mark.parametrize("wrong", [{"glide_ms": 6_000.0}, {"glide_ms": -1.0}, {"curve": "steep"}])
def test_what_a_keyboard_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match=r"it can be"):
        KeyboardConfig(**wrong)


def test_what_touch_does_is_found_while_it_plays(organ: Instrument) -> None:
    with LivePlayer(organ) as player:
        assert not player.laws_known.is_set()
        player.receive((PRESSURE, 30))
        # Only a hang takes so long.
        assert player.laws_known.wait(60)


def test_modes_and_pedals_choose_how_many_voices_sound(organ: Instrument) -> None:
    """Two keys are down: in one voice the first is heard no more, in many both are."""

    def lower_db(*told: tuple[int, int, int]) -> float:
        messages = [*((0, one) for one in told), (1, (ON, LOW, 80)), (30, (ON, HIGH, 80))]
        late = from_block(heard(organ, messages, 160), 90)
        turns = np.exp(-2j * np.pi * note_to_hz(LOW) * np.arange(len(late)) / SAMPLE_RATE)
        return float(20 * np.log10(abs((late[:, 0] * turns * np.hanning(len(late))).sum())))

    many = lower_db()
    for one in ((CONTROL, 126, 1), (CONTROL, 68, 127)):
        assert lower_db(one) < many - 30
    for back in ((CONTROL, 127, 0), (CONTROL, 68, 0)):
        first = (CONTROL, 126 if back[1] == 127 else 68, 127)
        assert abs(lower_db(first, back) - many) < 0.5


def test_a_reset_gives_up_the_pressure_of_its_channels_keys(organ: Instrument) -> None:
    pressed = [(0, (ON, LOW, 60)), (1, (KEY_PRESSURE, LOW, 127))]

    def late_db(*more: tuple[int, tuple[int, ...]]) -> float:
        return rms_db(from_block(heard(organ, [*pressed, *more]), 80))

    other = late_db((40, (CONTROL | 1, 121, 0)))
    assert late_db() == pytest.approx(other, abs=0.01)
    plain = rms_db(from_block(heard(organ, pressed[:1]), 80))
    assert late_db((40, (CONTROL, 121, 0))) == pytest.approx(plain, abs=0.2)
    assert other > plain + 3

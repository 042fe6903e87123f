from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from export.handmade import KIT, TONES, Label, all_sustained, make_instrument
from messina.errors import ControlError
from messina.events import Event, Voice
from messina.instrument import Instrument
from messina.instrument.finishing import true_peak
from messina.sequences.performer import Performer, PerformerConfig
from messina.units import SAMPLE_RATE

TICK_S = 60.0 / (120 * 24)
VOICES = [Voice(label=label.name) for label in KIT]
KICK, SNARE, CLOSED, OPEN = range(4)


@pytest.fixture(scope="module")
def kit() -> Instrument:
    return make_instrument(KIT)


@pytest.fixture(scope="module")
def chime() -> Instrument:
    return make_instrument(TONES)


class Endless:
    """Two hits every semiquaver for ever, the same each time."""

    def __iter__(self) -> Iterator[Event]:
        rng = np.random.default_rng(3)
        tick = 0
        while True:
            for _ in range(2):
                yield hit(tick, int(rng.integers(4)), float(rng.uniform(30, 127)))
            tick += 6


def hit(
    tick: int, voice: int = KICK, velocity: float = 100.0, late_s: float = 0.0, length: float = 6
) -> Event:
    return Event(tick=tick, voice=voice, velocity=velocity, length_ticks=length, late_s=late_s)


def performer(instrument: Instrument, *events: Event, seed: int = 1, **config: object) -> Performer:
    return Performer(
        instrument,
        events or Endless(),
        VOICES if len(instrument.labels) > 1 else [Voice(label="melody", note=n) for n in (57, 64)],
        seconds_at=lambda tick: tick * TICK_S,
        seed=seed,
        config=PerformerConfig(**config),  # type: ignore[arg-type]
    )


def samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def level(audio: np.ndarray) -> float:
    return float(np.sqrt((audio.astype(np.float64) ** 2).mean()))


def test_blocks_of_any_sizes_give_the_same_samples(kit: Instrument) -> None:
    whole = performer(kit).block(samples(3))
    player, parts, rng = performer(kit), [], np.random.default_rng(5)
    while sum(map(len, parts)) < len(whole):
        parts.append(player.block(int(rng.choice([1, 7, 333, 1_024, 20_000]))))
    assert np.array_equal(np.concatenate(parts)[: len(whole)], whole)


def test_reset_returns_and_a_seed_is_a_sound(kit: Instrument) -> None:
    player = performer(kit)
    first = player.block(samples(1))
    player.block(samples(1))
    player.reset()
    assert np.array_equal(player.block(samples(1)), first)
    assert not np.array_equal(performer(kit, seed=2).block(samples(1)), first)


def test_a_hit_sounds_on_its_sample(kit: Instrument) -> None:
    audio = performer(kit, hit(24), hit(48, late_s=0.01), hit(72, late_s=-0.02)).block(samples(2))
    for start_s in (0.5, 1.01):
        onset = samples(start_s)
        assert not np.array_equal(audio[onset : onset + 64], audio[onset - 64 : onset])
    assert not audio[: samples(0.5)].any()
    alone = performer(kit, hit(0, late_s=-0.02)).block(samples(0.1))
    assert alone[:64].any()  # nothing sounds before the beginning


def test_early_hits_come_before_the_ones_they_overtake(kit: Instrument) -> None:
    audio = performer(kit, hit(24, late_s=-0.2)).block(samples(1))
    assert not audio[: samples(0.3)].any()
    assert audio[samples(0.3) : samples(0.31)].any()


def test_overlapping_hits_sound_together(kit: Instrument) -> None:
    both = performer(kit, hit(0), hit(12, SNARE)).block(samples(1))
    kick = performer(kit, hit(0)).block(samples(1))
    at = samples(12 * TICK_S)
    assert np.array_equal(both[:at], kick[:at])
    rest = both[at:] - kick[at:]
    # What the snare adds is itself heard, and the kick under it goes on ringing.
    assert level(rest[:4_000]) > 0.1 * level(kick[:4_000])
    assert level(kick[at : at + 4_000]) > 0


def test_every_hit_is_another_take(kit: Instrument) -> None:
    audio = performer(kit, *(hit(48 * i) for i in range(12))).block(samples(12))
    hits = [audio[samples(i) : samples(i) + 4_000, 0] for i in range(12)]
    alike = [np.array_equal(a, b) for a, b in pairwise(hits)]
    assert not any(alike)
    assert len({h.tobytes() for h in hits}) >= 4


def test_louder_is_louder_within_and_between_takes(kit: Instrument) -> None:
    velocities = [20.0, 30.0, 34.0, 60.0, 64.0, 100.0, 127.0]
    levels = []
    for velocity in velocities:
        audio = performer(kit, hit(0, velocity=velocity), wildness=0.0).block(samples(0.3))
        levels.append(level(audio))
    assert levels == sorted(levels)


def test_an_open_hat_is_cut_by_a_closed_one(kit: Instrument) -> None:
    def rings(*events: Event) -> float:
        audio = performer(kit, *events, wildness=0.0).block(samples(0.4))
        return level(audio[samples(0.28) : samples(0.34)])

    soft = {voice: hit(12, voice, velocity=1) for voice in (CLOSED, SNARE)}
    assert rings(hit(0, OPEN), soft[CLOSED]) < 1.1 * rings(soft[CLOSED])  # it alone is left
    assert rings(hit(0, OPEN), soft[SNARE]) > 1.2 * rings(soft[SNARE])
    assert rings(hit(0, SNARE), soft[CLOSED]) > 1.2 * rings(soft[CLOSED])


def test_struck_again_the_former_hit_ends_where_it_is_asked_to(kit: Instrument) -> None:
    again = [hit(0), hit(6, velocity=1)]
    ringing = performer(kit, *again).block(samples(0.5))[samples(0.3) :]
    damped = performer(kit, *again, damped=True).block(samples(0.5))[samples(0.3) :]
    # What is missing is the first hit, whole.
    first = performer(kit, again[0]).block(samples(0.5))[samples(0.3) :]
    assert level(first) > 0
    np.testing.assert_allclose(ringing - damped, first, atol=1e-6)


def test_notes_end_when_they_are_let_go_and_hits_ring(chime: Instrument, kit: Instrument) -> None:
    def end(player: Performer) -> float:
        return level(player.block(samples(0.6))[samples(0.3) :])

    assert end(performer(chime, hit(0, length=6))) < 0.05 * end(performer(chime, hit(0, length=40)))
    assert end(performer(chime, hit(0, length=6), ring=True)) > 0
    assert end(performer(kit, hit(0, length=6))) > 0


def test_a_sustained_note_lasts_as_long_as_it_is_written(chime: Instrument) -> None:
    held = all_sustained(make_instrument((Label(name="organ", notes=(57.0, 64.0), sustains=True),)))
    seconds = 3 * float(held.known.lengths_s.max())
    played = performer(held, hit(0, voice=0, length=seconds / TICK_S)).block(samples(seconds + 1))
    end = samples(seconds)
    assert level(played[end - 8_000 : end]) > 0.7 * level(played[8_000:16_000])
    # Released over 20 frames, 0.12 s.
    assert level(played[end + 10_000 :]) < 0.01 * level(played[end - 8_000 : end])


def test_many_loud_hits_at_once_do_not_clip(kit: Instrument) -> None:
    crowd = [hit(i // 8, i % 4, 127.0) for i in range(160)]
    audio = performer(kit, *crowd, level_db=12.0).block(samples(2))
    assert true_peak(audio) <= 10 ** (-0.3 / 20)
    assert level(audio[: samples(0.3)]) > 0.1


def test_after_the_last_event_there_is_an_end(kit: Instrument) -> None:
    player = performer(kit, hit(0), hit(24))
    heard = 0
    while not player.over:
        player.block(4_096)
        heard += 4_096
        assert heard < samples(20)
    assert heard > samples(0.6)
    assert not player.block(1_000).any()


def test_going_over_to_other_events_lets_go_and_reset_goes_back(kit: Instrument) -> None:
    player = performer(kit)
    first = player.block(samples(1))
    player.play_on([hit(48, SNARE)], seconds_at=lambda tick: tick * TICK_S)
    after = player.block(samples(1.5))
    assert not after[samples(0.3) : samples(0.95)].any()
    assert after[samples(1) : samples(1.2)].any()
    player.reset()
    assert np.array_equal(player.block(samples(1)), first)


def test_memory_stays_the_same(kit: Instrument) -> None:
    player = performer(kit, most=8)
    for _ in range(20):
        player.block(samples(1))
        assert len(player._voices.hits) <= 8 + 4  # those that make room still fade
    assert len(player._striker._takes) <= 4 * 32


def test_a_band_shares_the_parts(kit: Instrument, chime: Instrument) -> None:
    voices = [Voice(label="drums", note=36), Voice(label="melody", note=60)]
    both = Performer(
        {"drums": kit, "": chime},
        [hit(0, 0), hit(24, 1)],
        voices,
        seconds_at=lambda tick: tick * TICK_S,
    )
    audio = both.block(samples(1))
    assert audio[: samples(0.2)].any()
    assert audio[samples(0.5) : samples(0.7)].any()
    alone = Performer({"drums": kit}, [hit(24, 1)], voices, seconds_at=lambda tick: tick * TICK_S)
    assert not alone.block(samples(1)).any()


def test_wildness_out_of_bounds_is_refused() -> None:
    with pytest.raises(ControlError, match="`wildness` is 3; it can be 0 to 2"):
        PerformerConfig(wildness=3)

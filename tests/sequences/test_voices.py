from __future__ import annotations

import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.counter_rng import CounterRng
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.instrument.takes import Take
from messina.sequences.voice_assignment import played_by
from messina.sequences.voices import CHOKED, LET_GO, STOLEN, STRUCK_AGAIN, YOUNG, Hit, VoiceManager

BLOCK = 256


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return make_instrument(KIT)


def hit_of(instrument: Instrument, label: str = "snare", seed: int = 1, start: int = 0) -> Hit:
    frames = instrument.frames(label=label, velocity=100, rng=CounterRng(seed))
    played = played_by(label, None, pitched=False)
    return Hit(take=Take(frames, key=seed), gain=0.5, played=played, start=start)


def heard(voices: VoiceManager, blocks: int, *, at: int = 0) -> np.ndarray:
    out = np.zeros((blocks * BLOCK, 2), np.float32)
    for block in range(blocks):
        part = out[block * BLOCK : (block + 1) * BLOCK]
        voices.mix(part, at + block * BLOCK)
    return out


def test_a_hit_in_blocks_is_the_sound_as_a_whole(instrument: Instrument) -> None:
    frames = instrument.frames(label="snare", velocity=100, rng=CounterRng(1))
    whole = synthesise(frames, key=1)
    voices = VoiceManager()
    voices.start(hit_of(instrument, start=100))
    played = heard(voices, 40)
    assert not played[:100].any()
    # float32 sums in another order: 1e-6 of the peak and less.
    difference = played[100:] - 0.5 * whole[: len(played) - 100]
    assert np.abs(difference).max() < 1e-5 * np.abs(whole).max()


def test_what_is_not_ready_is_silence_and_comes_later(instrument: Instrument) -> None:
    hit = hit_of(instrument)
    hit.take.render(5)
    ready = hit.take.ready
    voices = VoiceManager()
    voices.start(hit)
    first, second = (np.zeros((2_000, 2), np.float32) for _ in range(2))
    assert voices.mix(first, 0, waits=False) == 1
    assert not first[ready:].any()
    hit.take.reach(10_000)
    assert voices.mix(second, 2_000, waits=False) == 0
    whole = np.float32(0.5) * hit.take.samples
    assert np.array_equal(np.concatenate([first[:ready], second]), whole[: ready + 2_000])


def struck(
    instrument: Instrument, gains: list[float], *, most: int
) -> tuple[VoiceManager, list[Hit]]:
    """Kicks as loud as `gains`, one every tenth of a second, up to a moment after the last."""
    voices = VoiceManager(most=most)
    hits = [hit_of(instrument, "kick", start=4_410 * i) for i in range(len(gains))]
    for hit, gain in zip(hits, gains, strict=True):
        hit.gain = gain
        voices.start(hit)
    return voices, hits


def test_the_softest_makes_room_when_there_are_too_many(instrument: Instrument) -> None:
    voices, hits = struck(instrument, [0.5, 1e-4, 0.5, 0.5], most=3)
    assert [hit.fade_from for hit in hits] == [-1, 13_230, -1, -1]
    assert hits[1].fade_samples == STOLEN
    heard(voices, 60)
    assert hits[1] not in voices.hits


def test_what_has_just_begun_does_not_make_room_however_soft(instrument: Instrument) -> None:
    voices, hits = struck(instrument, [0.5, 0.5], most=2)
    young = hit_of(instrument, "kick", start=8_000)
    young.gain = 1e-6
    voices.start(young)
    last = hit_of(instrument, "kick", start=8_000 + YOUNG - 200)
    voices.start(last)
    assert young.fade_from == -1
    assert all(hit.fade_samples == STOLEN for hit in hits)


def test_what_fades_already_makes_room_first(instrument: Instrument) -> None:
    voices, hits = struck(instrument, [0.5, 0.5], most=2)
    hits[0].gain = 0.25
    hits[1].fade(8_000, LET_GO)
    voices.start(hit_of(instrument, "kick", start=8_400))
    assert hits[0].fade_from == -1
    assert hits[1].fade_samples == STOLEN


def test_of_equals_the_oldest_makes_room(instrument: Instrument) -> None:
    voices = VoiceManager(most=2)
    hits = [hit_of(instrument, start=100) for _ in range(3)]
    for hit in hits:
        voices.start(hit)
    assert [hit.fade_from for hit in hits] == [100, -1, -1]


def test_hats_cut_each_other_off_and_drums_ring(instrument: Instrument) -> None:
    voices = VoiceManager()
    open_hat = hit_of(instrument, "hihat open")
    snare = hit_of(instrument, "snare")
    for hit in (open_hat, snare, hit_of(instrument, "hihat closed", start=500)):
        voices.start(hit)
    assert (open_hat.fade_from, open_hat.fade_samples) == (500, CHOKED)
    assert snare.fade_from == -1
    again = hit_of(instrument, "hihat closed", start=900)
    closed = voices.hits[-1]
    voices.start(again)
    assert (closed.fade_from, closed.fade_samples) == (900, STRUCK_AGAIN)


@pytest.mark.parametrize(("first", "then"), [(LET_GO, CHOKED), (STRUCK_AGAIN, STOLEN)])
def test_a_fade_in_a_fade_goes_on_from_where_it_is(
    instrument: Instrument, first: int, then: int
) -> None:
    hit = hit_of(instrument, "kick")
    voices = VoiceManager()
    voices.start(hit)
    hit.take.reach(8_000)
    hit.fade(1_000, first)
    heard(voices, 6)
    half = 1_000 + first // 2
    before = np.zeros((half, 2), np.float32)
    Hit.add_to(hit, before, 0)
    hit.fade(half, then)
    after = np.zeros((2 * then, 2), np.float32)
    Hit.add_to(hit, after, half)
    sound = 0.5 * hit.take.samples
    line = np.concatenate([np.linspace(0.5, 0, then, endpoint=False), np.zeros(then)])
    np.testing.assert_allclose(after, sound[half:][: 2 * then] * line[:, None], atol=1e-6)
    np.testing.assert_allclose(before[:1_000], sound[:1_000], atol=1e-6)


def test_what_ends_sooner_is_not_made_to_end_later(instrument: Instrument) -> None:
    hit = hit_of(instrument)
    hit.fade(100, STOLEN)
    hit.fade(200, LET_GO)
    assert (hit.fade_from, hit.fade_samples) == (100, STOLEN)
    assert hit.over(100 + STOLEN)

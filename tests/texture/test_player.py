from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from messina.errors import ControlError
from messina.texture import TexturePlayer
from messina.texture.model import slow_part
from texture.textures import drone, level_db, middle, model, recordings, surf

SECOND = 44_100


def test_blocks_of_any_size_give_one_sound_and_reset_gives_it_again():
    player = TexturePlayer(model(), seed=3)
    whole = player.block(SECOND)
    player.reset()
    parts = [player.block(size) for size in (1, 63, 8_192, 20_000, SECOND - 28_256)]
    assert_array_equal(np.concatenate(parts), whole)


def test_another_seed_is_another_sound():
    first, second = (TexturePlayer(model(), seed=seed).block(SECOND) for seed in (1, 2))
    assert np.abs(first - second).max() > 0.01


def test_it_is_as_loud_as_what_was_learnt_and_stays_so():
    player = TexturePlayer(model(), seed=0, style=0)
    levels = [level_db(middle(player.block(10 * SECOND))) for _ in range(2)]
    own = level_db(middle(recordings()[0].audio)) + model().manifest.recordings[0].gain_db
    assert levels == pytest.approx([own, own], abs=2.0)  # swells by 12 dB, pieces join anywhere


def test_each_style_sounds_like_its_own_recording():
    noisy = middle(TexturePlayer(model(), seed=0, style=0).block(2 * SECOND))
    tonal = middle(TexturePlayer(model(), seed=0, style=1).block(2 * SECOND))

    def loudest_share(sound):
        power = np.abs(np.fft.rfft(sound)) ** 2
        return np.sort(power)[-200:].sum() / power.sum()

    assert loudest_share(tonal) > 0.9
    assert loudest_share(noisy) < 0.1


def test_recordings_are_played_at_one_loudness_unless_asked_not_to_be():
    def apart_db(levelling):
        levels = [
            level_db(
                middle(
                    TexturePlayer(model(), seed=0, style=i, levelling=levelling).block(4 * SECOND)
                )
            )
            for i in range(2)
        ]
        return levels[1] - levels[0]

    gains = [row.gain_db for row in model().manifest.recordings]
    assert gains[0] > 2 > -2 > gains[1]  # the drone is about 10 dB louder than the surf
    assert apart_db(0.0) - apart_db(1.0) == pytest.approx(gains[0] - gains[1], abs=0.5)
    assert apart_db(0.5) == pytest.approx((apart_db(0.0) + apart_db(1.0)) / 2, abs=0.5)


def test_a_recording_without_a_gain_is_played_as_it_is():
    rows = tuple(msgspec.structs.replace(row, gain_db=0.0) for row in model().manifest.recordings)
    manifest = msgspec.structs.replace(model().manifest, recordings=rows)
    plain = TexturePlayer(dataclasses.replace(model(), manifest=manifest), seed=2).block(SECOND)
    assert_array_equal(TexturePlayer(model(), seed=2, levelling=0.0).block(SECOND), plain)


def test_the_gain_changes_with_the_recording_without_a_step():
    walk = TexturePlayer(model(), seed=0)._voices[0].walk
    gains = []
    for _ in range(600):
        walk.step()
        gains.append(walk.gain)
    assert np.ptp(gains) > 0.9 * np.ptp(model().gains)
    # It fades by exp(-1 / 13) a patch, so that a patch changes it by less than a tenth of the gap.
    assert np.abs(np.diff(gains)).max() < 0.1 * np.ptp(model().gains)


def test_all_recordings_are_visited():
    player = TexturePlayer(model(), seed=1)
    played = slow_part(player.latents(43 * 40))  # what is fast lies around it
    starts = model().starts
    near = [
        np.square(played[:, None] - model().slow[starts[i] : starts[i + 1] : 9]).sum(-1)
        for i in range(2)
    ]
    closer = near[0].min(axis=1) < near[1].min(axis=1)
    assert 0.2 < closer.mean() < 0.8


def test_nothing_is_played_that_was_not_learnt_nor_over_full_scale():
    player = TexturePlayer(model(), seed=2, wildness=2.0)
    sound = player.block(10 * SECOND)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    assert level_db(sound) < -6.0


def test_the_wildest_is_no_copy_of_what_was_learnt():
    drawn = TexturePlayer(model(), seed=4, style=0, wildness=2.0).latents(43 * 20)
    known = model().latents[: model().starts[1]]
    spread = model().basis.spread
    far = np.square((drawn[:, None] - known[None]) * spread).sum(-1)
    apart = np.square((known[1:] - known[:-1]) * spread).sum(-1)
    copied = far.min(axis=1) < 0.01 * np.median(apart)
    runs = np.diff(np.flatnonzero(np.concatenate([[True], ~copied, [True]])))
    assert runs.max() < 43  # never a second


@pytest.mark.parametrize("pace", [1.0, 0.25])
def test_what_is_fast_keeps_the_course_it_had(pace):
    """Of each patch that follows another of the recording, the next was heard after the last."""
    voice = TexturePlayer(model(), seed=4, style=0, pace=pace)._voices[0]
    walk, known = voice.walk, model().fast
    fast = np.stack([voice.step(1)[0][0] - walk.value() for _ in range(43 * 20)])
    far = np.square(fast[:, None] - known[None, : model().starts[1]]).sum(-1)
    places = far.argmin(axis=1)
    # Pieces last 0.35 s in the mean where the slow level is slower, else as long as the slow one's;
    # after each a few patches lie between two places.
    assert (np.diff(places) == 1).mean() > 0.7
    if pace == 1.0:
        assert np.mean(places == int(walk.place)) < 0.1  # it does not stand still


def test_it_goes_on_from_what_it_is_given():
    player = TexturePlayer(model(), seed=0, prime=drone(2.0, level=0.1))
    first = middle(player.block(SECOND // 4))
    assert level_db(first) == pytest.approx(level_db(drone(1.0, level=0.1)), abs=4.0)
    again = TexturePlayer(model(), seed=0)
    again.prime(drone(2.0, level=0.1))
    assert_array_equal(middle(again.block(SECOND // 4)), first)


def test_a_jump_leads_to_the_place():
    player = TexturePlayer(model(), seed=5, style=None)
    player.jump(0.05)
    noisy = player.latents(8)
    player.jump(0.95)
    player.latents(60)
    tonal = player.latents(8)
    for latents, own, other in ((noisy, 0, 1), (tonal, 1, 0)):
        starts = model().starts
        far = [
            np.square(latents.mean(0) - model().slow[starts[i] : starts[i + 1]].mean(0)).sum()
            for i in (own, other)
        ]
        if own == 1:
            assert far[0] < far[1]


def test_pace_slows_what_evolves():
    def change(pace):
        player = TexturePlayer(model(), seed=6, style=0, pace=pace)
        slow = np.stack([player._voices[0].walk.step() for _ in range(600)])
        return np.abs(np.diff(slow, axis=0)).mean()

    assert change(0.25) < 0.6 * change(1.0)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"wildness": 3.0}, "`wildness` is 3; it can be 0 to 2"),
        ({"pace": 0.0}, "pace is 0; it can be 0.1 to 10"),
        ({"style": 7}, "there is no recording 7; they are 0 to 1"),
        ({"style": {0: -1.0}}, "weight -1 of recording 0 is not 0 or more"),
        ({"style": {0: 0.0}}, "a mixture needs a recording with a weight over 0"),
        ({"levelling": 1.5}, "`levelling` is 1.5; it can be 0 to 1"),
        ({"place": 1.5}, "`place` is 1.5; it can be 0 to 1"),
        ({"prime": surf(0.1)}, "must last 0.5 s or more"),
    ],
)
def test_what_it_cannot_do_is_said(wish, message):
    with pytest.raises(ControlError, match=message):
        TexturePlayer(model(), **wish)


def test_a_mixture_lies_between():
    mixed = TexturePlayer(model(), seed=7, style={0: 1.0, 1: 1.0}).block(2 * SECOND)
    assert np.isfinite(mixed).all()
    assert level_db(mixed) > -60.0

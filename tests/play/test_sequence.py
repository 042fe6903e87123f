"""The sequence of the page: patterns, the chain, and how it is taken elsewhere."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import soundfile

from messina.recipe import recipe_in
from play.browsing import Desk, level_db, onsets_s
from play.test_page import short_kicks

pytestmark = pytest.mark.browser

REST = [0] * 16


def rows(**steps: list[int]) -> list[list[int]]:
    """Rows of the first pads by their number, pad_1=[…]."""
    length = len(next(iter(steps.values())))
    return [steps.get(f"pad_{row + 1}", [0] * length) for row in range(16)]


def struck(desk: Desk, seconds: float) -> list[list[Any]]:
    """[pad, velocity, seconds since the first] of what the sequence strikes, as it is due."""
    desk.script(
        """() => {
            const { performer, sequencer } = messina.app;
            window.hits = [];
            let now = 0;
            sequencer.addEventListener("step", ({ detail }) => { now = detail.at; });
            performer.addEventListener("hit", ({ detail: { source, slot, velocity } }) =>
                source === "sequence" && hits.push([slot, velocity, now]));
            sequencer.start();
        }"""
    )
    desk.pause(seconds)
    desk.script("() => messina.app.sequencer.stop()")
    found: list[list[Any]] = desk.script("() => hits")
    return [[pad, velocity, time - found[0][2]] for pad, velocity, time in found]


def test_patterns_of_any_length_follow_each_other_in_a_chain(kit_desk: Desk) -> None:
    kit_desk.set("tempo", tempo=300, swing=0.0)
    kit_desk.set_steps(rows(pad_1=[100, 0, 0]))
    kit_desk.set_steps(rows(pad_16=[90]), pattern=1)
    kit_desk.page.get_by_role("textbox", name="chain of patterns").fill("aab?a")
    kit_desk.page.keyboard.press("Enter")
    assert kit_desk.state["chain"] == "AABA"
    found = struck(kit_desk, 1.5)
    step = 60 / 300 / 4
    places, wanted = 0, []
    for name in "AABA" * 4:
        wanted.append([0, 100, places * step] if name == "A" else [15, 90, places * step])
        places += 3 if name == "A" else 1
    assert len(found) >= 8
    for got, expected in zip(found, wanted, strict=False):
        assert got[:2] == expected[:2]
        assert got[2] == pytest.approx(expected[2], abs=1e-6)


def test_the_last_of_64_steps_of_the_last_pad_is_set_by_hand_and_played(kit_desk: Desk) -> None:
    page = kit_desk.page
    page.get_by_role("button", name="pattern H").click()
    page.get_by_label("steps of this pattern").fill("64")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="pads 9–16").click()
    page.get_by_role("button", name="steps 49–64").click()
    page.locator('[data-row="7"][data-step="15"]').click()
    assert kit_desk.state["patterns"][7] == {"length": 64, "hits": {"15.63": 96}}
    kit_desk.set("tempo", tempo=300)
    found = struck(kit_desk, 4.0)
    assert [hit[:2] for hit in found] == [[15, 96]]
    page.get_by_label("steps of this pattern").fill("900")
    page.keyboard.press("Enter")
    assert kit_desk.state["patterns"][7]["length"] == 64


def test_what_is_done_to_patterns_is_undone_and_said(kit_desk: Desk) -> None:
    page = kit_desk.page
    before = kit_desk.state["patterns"]
    page.get_by_role("button", name="copy on").click()
    assert kit_desk.state["patterns"][1] == before[0]
    assert kit_desk.state["pattern"] == 1
    page.get_by_role("button", name="clear").click()
    assert kit_desk.state["patterns"][1]["hits"] == {}
    page.keyboard.press("Control+z")
    page.get_by_text("undone: clearing pattern B").wait_for()
    assert kit_desk.state["patterns"][1] == before[0]
    page.keyboard.press("Control+z")
    page.get_by_text("undone: copying pattern A to B").wait_for()
    assert kit_desk.state["patterns"] == before
    assert kit_desk.state["pattern"] == 0


def test_patterns_survive_a_reload_and_those_of_older_pages_too(kit_desk: Desk) -> None:
    kit_desk.set_steps(rows(pad_12=[1, 127, 0, 64, 5]), pattern=3)
    kit_desk.set("pattern", chain="AD")
    before = kit_desk.state["patterns"]
    kit_desk.page.reload()
    kit_desk.wait()
    assert kit_desk.state["patterns"] == before
    assert kit_desk.state["chain"] == "AD"
    kept = kit_desk.state
    del kept["patterns"], kept["chain"], kept["pattern"]
    kept["steps"] = [REST] * 2 + [[77, *REST[1:]]] + [REST] * 5
    keep_and_reload(kit_desk, json.dumps(kept))
    assert kit_desk.state["patterns"][0] == {"length": 16, "hits": {"2.0": 77}}


def keep_and_reload(desk: Desk, text: str) -> None:
    desk.script(
        "(text) => { messina.app.session.save = () => {};"
        " localStorage.setItem('messina:1:kit', text); }",
        text,
    )
    desk.page.reload()
    desk.wait()


def test_of_a_damaged_pattern_what_is_sound_is_kept(kit_desk: Desk) -> None:
    kept = kit_desk.state
    kept["patterns"] = [
        {"length": 1e9, "hits": {"0.0": 90, "0.1": 1e9, "99.0": 50, "x": 3, "1.2": "y"}},
        {"length": -3, "hits": None},
        7,
    ]
    kept["chain"], kept["pattern"] = "ABXYZ" * 30, 99
    keep_and_reload(kit_desk, json.dumps(kept))
    state = kit_desk.state
    assert state["patterns"][0] == {"length": 64, "hits": {"0.0": 90, "0.1": 127}}
    assert state["patterns"][1]["length"] == 1
    assert [one["hits"] for one in state["patterns"][1:]] == [{}] * 7
    assert state["pattern"] == 0
    assert state["chain"] == ("AB" * 30)[:32]


def taken(desk: Desk, name: str) -> Any:
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name=name).click()
    return download.value


def test_the_chain_is_taken_away_as_midi_on_the_keys_of_general_midi(
    kit_desk: Desk, tmp_path: Path
) -> None:
    kit_desk.set("tempo", tempo=120, swing=1.0)
    kit_desk.set_steps(rows(pad_1=[100, 0], pad_2=[0, 60]))
    kit_desk.set_steps(rows(pad_3=[127]), pattern=1)
    kit_desk.set("pattern", chain="ABA")
    file = taken(kit_desk, "MIDI of the sequence")
    assert file.suggested_filename == "kit_ABA.mid"
    file.save_as(tmp_path / "a.mid")
    midi = mido.MidiFile(tmp_path / "a.mid")
    [track] = midi.tracks
    now, notes, tempo = 0, [], None
    for message in track:
        now += message.time
        if message.type == "set_tempo":
            tempo = mido.tempo2bpm(message.tempo)
        if message.type == "note_on":
            notes.append(
                (now / midi.ticks_per_beat, message.channel, message.note, message.velocity)
            )
    assert tempo == pytest.approx(120)
    swung = 1 / 4 + 1 / 12  # the second of two semiquavers, a triplet's late
    assert notes == [
        pytest.approx((0.0, 9, 36, 100)),
        pytest.approx((swung, 9, 38, 60)),
        pytest.approx((0.5, 9, 42, 127)),
        pytest.approx((0.75, 9, 36, 100)),
        pytest.approx((0.5 + swung + 0.25, 9, 38, 60)),
    ]
    assert now / midi.ticks_per_beat == pytest.approx(5 / 4)


def test_stems_are_one_file_a_pad_of_one_length_and_sum_to_what_is_heard(
    kit_desk: Desk, tmp_path: Path
) -> None:
    kit_desk.set("shape", slots=short_kicks(kit_desk))
    kit_desk.set("tempo", tempo=120, swing=0.0)
    kit_desk.set_steps(rows(pad_1=[100, 0, 0, 0, 100, 0, 0, 0], pad_2=[0, 0, 90, 0, 0, 0, 0, 0]))
    file = taken(kit_desk, "stems of the sequence")
    assert file.suggested_filename == "kit_A_stems.zip"
    file.save_as(tmp_path / "stems.zip")
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01_kick.wav", "02_snare.wav"]
        archive.extractall(tmp_path)
    stems = [soundfile.read(tmp_path / name, always_2d=True)[0] for name in archive.namelist()]
    assert len(stems[0]) == len(stems[1]) == 44_100 * 1 + 3 * 44_100
    # A step is 0.125 s; a kick rises within its first half period, 12 ms.
    assert onsets_s(stems[0], threshold=0.5) == pytest.approx([0.0, 0.5], abs=0.012)
    assert onsets_s(stems[1], threshold=0.5) == pytest.approx([0.25], abs=0.012)
    recipe = recipe_in(tmp_path / "01_kick.wav")
    assert recipe is not None
    assert recipe.asked["label"] == "kick"
    with kit_desk.listening() as heard:
        kit_desk.page.get_by_role("button", name="play the sequence").click()
        kit_desk.pause(0.9)
        kit_desk.page.get_by_role("button", name="stop the sequence").click()
        kit_desk.pause(0.3)
    # What is heard passes the volume, 0.8 of the fader: -1.9 dB.
    volume_db = 20 * np.log10(0.8**2 * 1.25)
    summed = (stems[0] + stems[1])[:44_100]
    assert level_db(heard[0]) == pytest.approx(level_db(summed) + volume_db, abs=0.3)


def test_a_hat_that_is_choked_is_so_in_its_stem(kit_desk: Desk, tmp_path: Path) -> None:
    pads = [slot["kind"] for slot in kit_desk.state["slots"]]
    shut, wide = pads.index("hihat closed"), pads.index("hihat open")
    tails = []
    for choked in (False, True):
        steps = [[0] * 8 for _ in range(16)]
        steps[wide][0] = 110
        steps[shut][1] = 100 if choked else 0
        kit_desk.set_steps(steps)
        kit_desk.set("tempo", tempo=100)
        taken(kit_desk, "stems of the sequence").save_as(tmp_path / "stems.zip")
        with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
            name = next(name for name in archive.namelist() if "open" in name)
            audio, rate = soundfile.read(io.BytesIO(archive.read(name)), always_2d=True)
        # The closed hat comes after 0.15 s and lets nothing through 50 ms later.
        tails.append(level_db(audio[round(0.2 * rate) : round(0.4 * rate)]))
    assert tails[1] < tails[0] - 30


def test_an_empty_sequence_is_said_not_saved(kit_desk: Desk) -> None:
    kit_desk.page.get_by_role("button", name="clear").click()
    for name in ("MIDI of the sequence", "stems of the sequence"):
        kit_desk.page.get_by_role("button", name=name).click()
        kit_desk.page.get_by_role("alert").get_by_text("There are no steps in it yet").wait_for()
    kit_desk.errors.clear()


def open_midi(desk: Desk) -> None:
    desk.script("() => messina.midi.start()")
    desk.until("messina.midi.open")


def test_a_midi_clock_starts_stops_and_goes_on_and_its_tempo_is_kept(kit_desk: Desk) -> None:
    open_midi(kit_desk)
    kit_desk.page.get_by_label("clock", exact=True).select_option("follow")
    kit_desk.set_steps(rows(pad_1=[100, 0, 0, 0, 0, 0, 0, 0]))
    kit_desk.script("() => sendMidi('one', 0xfa)")
    kit_desk.until("messina.app.sequencer.running")
    # 150 beats a minute, as one second of a clock has it.
    # It is looked at once they are in: a while later they are nobody's tempo any more.
    followed = kit_desk.script(
        """() => {
            for (let i = 0; i < 60; i++) messina.app.clock.receive(0xf8, 1000 * i / 60);
            const shown = document.querySelector("[aria-label='tempo in beats a minute']");
            return [messina.app.sequencer.tempo, shown.value];
        }"""
    )
    assert followed == [pytest.approx(150), "150"]
    kit_desk.until("messina.app.sequencer.count > 2")
    kit_desk.script("() => sendMidi('one', 0xfc)")
    assert not kit_desk.script("() => messina.app.sequencer.running")
    count = kit_desk.script("() => messina.app.sequencer.count")
    kit_desk.script("() => sendMidi('one', 0xfb)")
    kit_desk.until("messina.app.sequencer.running")
    assert kit_desk.script("() => messina.app.sequencer.count") >= count
    kit_desk.script("() => sendMidi('one', 0xfc)")
    # Ticks of long ago are nobody's tempo any more.
    kit_desk.until("messina.app.sequencer.followed === null")
    kit_desk.page.get_by_label("clock", exact=True).select_option("own")
    kit_desk.script("() => sendMidi('one', 0xfa)")
    kit_desk.pause(0.2)
    assert not kit_desk.script("() => messina.app.sequencer.running")


def test_its_clock_is_sent_with_24_ticks_a_beat(kit_desk: Desk) -> None:
    open_midi(kit_desk)
    kit_desk.page.get_by_label("clock", exact=True).select_option("synth")
    kit_desk.set("tempo", tempo=125)
    kit_desk.script("() => { sentMidi.length = 0; messina.app.sequencer.start(); }")
    kit_desk.until("sentMidi.length > 40")
    kit_desk.script("() => messina.app.sequencer.stop()")
    sent = kit_desk.script("() => sentMidi")
    assert [message[0] for message in sent[:3]] == [0xFA, 0xF8, 0xF8]
    assert sent[0][1] == sent[1][1]
    assert sent[-1][0] == 0xFC
    within = [
        b[1] - a[1]
        for i, (a, b) in enumerate(itertools.pairwise(sent[1:-1]))
        if i % 6 != 5  # between steps the two clocks of the browser are looked at anew
    ]
    assert within == pytest.approx([60_000 / 125 / 24] * len(within))
    kit_desk.page.get_by_label("clock", exact=True).select_option("own")


def test_what_was_played_while_recording_is_taken_away_as_stems(
    kit_desk: Desk, tmp_path: Path
) -> None:
    kit_desk.set("shape", slots=short_kicks(kit_desk))
    stems = kit_desk.page.get_by_role("button", name="stems of the last recording")
    assert not stems.is_visible()
    with kit_desk.listening() as heard:
        for number in (1, 2, 1):
            kit_desk.pad(number)
            kit_desk.pause(0.5)
    taken(kit_desk, "stems of the last recording").save_as(tmp_path / "stems.zip")
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        assert archive.namelist() == ["01_kick.wav", "02_snare.wav"]
        archive.extractall(tmp_path)
    kick, snare = (
        soundfile.read(tmp_path / name, always_2d=True)[0] for name in archive.namelist()
    )
    assert len(kick) == len(snare)
    kicks = onsets_s(kick, threshold=0.5)
    [snares] = onsets_s(snare, threshold=0.5)
    assert len(kicks) == 2
    assert kicks[0] < snares < kicks[1]
    # As loud as they were heard, but for the volume.
    volume_db = 20 * np.log10(0.8**2 * 1.25)
    loudest = max(level_db(kick), level_db(snare))
    assert level_db(heard[0]) == pytest.approx(loudest + volume_db, abs=0.5)

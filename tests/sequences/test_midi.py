from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.errors import SoundError
from messina.events import Event, Phrase, Voice
from messina.sequences.midi import decode_midi, read_midi
from messina.sequences.midi_file import read_events
from messina.sequences.midi_writing import encode_midi, write_midi
from messina.sequences.song import Song

NOTE = mido.Message
META = mido.MetaMessage


def file_of(*tracks: list[mido.Message], kind: int = 1, per_beat: int = 480) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=per_beat)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def beat(note: int = 60, channel: int = 0, at: int = 0, length: int = 240) -> list[mido.Message]:
    return [
        NOTE("note_on", note=note, velocity=90, channel=channel, time=at),
        NOTE("note_off", note=note, channel=channel, time=length),
    ]


def song_of(*tracks: list[mido.Message], kind: int = 1) -> Song:
    return decode_midi(file_of(*tracks, kind=kind), name="piece")[0]


def raw(track: bytes, *, head: bytes = bytes([0, 0, 0, 1, 1, 224])) -> bytes:
    """A file with this one track, byte by byte."""
    return b"MThd" + (6).to_bytes(4) + head + b"MTrk" + len(track).to_bytes(4) + track


def outcome(data: bytes) -> tuple[str, tuple[Song, ...]]:
    """Why it is refused, or what songs it holds."""
    try:
        return "", decode_midi(data, name="any")
    except SoundError as refusal:
        return str(refusal), ()


END = bytes([0, 0xFF, 0x2F, 0])


def test_notes_come_with_their_places_lengths_and_channels() -> None:
    song = song_of([*beat(60, at=480), *beat(42, channel=9)])
    first, second = song.notes
    assert (first.tick, first.length_ticks, first.note, first.velocity) == (24, 12, 60, 90)
    assert (second.tick, second.channel) == (36, 9)
    assert (song.beats_per_bar, song.ticks) == (4, 96)


def test_tracks_of_format_1_sound_together_and_patterns_of_format_2_are_songs() -> None:
    tracks = [*beat(60)], [*beat(64)]
    assert [note.tick for note in song_of(*tracks).notes] == [0, 0]
    songs = decode_midi(file_of(*tracks, kind=2), name="patterns")
    assert [song.name for song in songs] == ["patterns 1", "patterns 2"]
    assert [song.notes[0].note for song in songs] == [60, 64]


def test_tempo_changes_hold_from_where_they_are() -> None:
    conductor = [META("set_tempo", tempo=500_000), META("set_tempo", tempo=1_000_000, time=960)]
    tempo = song_of(conductor, beat(at=1_920)).tempo
    assert tempo.seconds_at(24) == pytest.approx(0.5)
    assert tempo.seconds_at(48) == pytest.approx(1.0)
    assert tempo.seconds_at(96) == pytest.approx(3.0)
    assert tempo.seconds_at(-24) == pytest.approx(-0.5)
    assert tempo.main_bpm(96) == pytest.approx(60)


@pytest.mark.parametrize(
    ("numerator", "denominator", "beats"),
    [(4, 4, 4), (3, 4, 3), (6, 8, 3), (7, 8, 7), (12, 8, 6), (5, 4, 5), (2, 2, 4)],
)
def test_bars_are_in_crotchets(numerator: int, denominator: int, beats: int) -> None:
    metre = META("time_signature", numerator=numerator, denominator=denominator)
    song = song_of([metre, *beat()])
    assert song.beats_per_bar == beats
    assert song.ticks % (24 * beats) == 0


def test_running_status_is_understood() -> None:
    # note on, then two more note ons that leave out the status; velocity 0 ends a note.
    song = decode_midi(
        raw(bytes([0, 0x90, 60, 100, 0x60, 60, 0, 0x60, 62, 80, 0x60, 62, 0]) + END), name="r"
    )[0]
    assert [(note.note, note.velocity) for note in song.notes] == [(60, 100), (62, 80)]


def test_a_pedal_holds_what_was_let_go() -> None:
    def pedal(value: int, time: int = 0) -> mido.Message:
        return NOTE("control_change", control=64, value=value, time=time)

    song = song_of([pedal(127), *beat(length=240), pedal(0, time=720)])
    assert song.notes[0].length_ticks == 48


def test_what_is_never_let_go_ends_with_its_track() -> None:
    song = song_of([NOTE("note_on", note=60, velocity=90), META("end_of_track", time=960)])
    assert song.notes[0].length_ticks == 48


def test_time_may_be_counted_in_frames() -> None:
    # 25 frames a second, 40 parts: a thousandth of a second a tick; one second on.
    head = bytes([0, 0, 0, 1, 256 - 25, 40])
    track = bytes([0x87, 0x68, 0x90, 60, 100, 0x60, 60, 0]) + END
    song = decode_midi(raw(track, head=head), name="smpte")[0]
    assert song.tempo.seconds_at(song.notes[0].tick) == pytest.approx(1.0)


def test_a_file_in_a_wrapper_is_read() -> None:
    data = file_of(beat())
    wrapped = b"RIFF" + (len(data) + 12).to_bytes(4, "little") + b"RMIDdata" + bytes(4) + data
    assert len(decode_midi(wrapped, name="rmi")[0].notes) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a MIDI file"),
        (b"RIFF....WAVE", "not a MIDI file"),
        (file_of(beat())[:24], "it ends too soon"),
        (file_of([META("set_tempo")]), "without notes"),
        (raw(END, head=bytes([0, 0, 0, 1, 0, 0])), "how long a tick is"),
        (raw(bytes([0, 60, 60]) + END), "damaged"),
        (raw(b"\xff" * 100_000), "damaged"),
        (raw(b"\xff\xff\xff\x7f\x90\x3c\x64" * 3_000 + END), "hours|damaged"),
        (b"MThd" + bytes(5 << 20), "more than 4 MB"),
    ],
)
def test_what_is_no_music_is_refused_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(SoundError, match=reason) as refusal:
        decode_midi(data, name="odd")
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="there is no such file"):
        read_midi(tmp_path / "none.mid")


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_any_bytes_are_a_song_or_refused(track: bytes) -> None:
    for data in (track, raw(track), raw(track + END)):
        text, songs = outcome(data)
        assert len(text) < 200
        assert all(song.notes and song.ticks > 0 for song in songs)


@given(st.integers(0, 200), st.integers(0, 255), st.data())
@settings(max_examples=150)
def test_no_damage_to_a_file_makes_more_than_a_refusal(
    place: int, byte: int, data: st.DataObject
) -> None:
    whole = file_of(
        [META("set_tempo", tempo=400_000), META("key_signature", key="C"), *beat()],
        [META("track_name", name="Drums"), *beat(36, 9), *beat(38, 9)],
    )
    at = place % len(whole)
    damaged = whole[:at] + bytes([byte]) + whole[at + 1 :]
    end = data.draw(st.integers(0, len(damaged)))
    for candidate in (damaged, damaged[:end]):
        assert "\n" not in outcome(candidate)[0]


# ---- what players do -----------------------------------------------------------------------------


def control(number: int, value: int, at: int = 0, channel: int = 0) -> mido.Message:
    return NOTE("control_change", control=number, value=value, time=at, channel=channel)


def lengths(song: Song) -> list[tuple[int, float]]:
    """Key and length in beats of each note, in order."""
    return [(n.note, n.length_ticks / 24) for n in song.notes]


def struck(note: int, at: int = 0, channel: int = 0) -> mido.Message:
    return NOTE("note_on", note=note, velocity=90, time=at, channel=channel)


def lifted(note: int, at: int = 0, channel: int = 0) -> mido.Message:
    return NOTE("note_off", note=note, time=at, channel=channel)


@pytest.mark.parametrize("conductor_first", [True, False])
def test_what_a_channel_is_set_to_holds_whichever_track_set_it(conductor_first: bool) -> None:
    setting = [NOTE("program_change", program=33, channel=3)]
    tracks = [setting, beat(40, 3)] if conductor_first else [beat(40, 3), setting]
    assert [n.program for n in song_of(*tracks).notes] == [33]


def test_a_channel_is_its_own_and_so_is_a_port() -> None:
    on_port = [META("midi_port", port=1), NOTE("program_change", program=7), *beat(50)]
    song = song_of([NOTE("program_change", program=5), *beat(60)], on_port, beat(70, 1))
    assert [(n.note, n.program, n.channel) for n in song.notes] == [
        (50, 7, 16), (60, 5, 0), (70, 0, 1),
    ]  # fmt: skip


def test_a_note_may_end_in_another_track() -> None:
    song = song_of([struck(60), META("end_of_track", time=9_600)], [lifted(60, at=480)])
    assert lengths(song) == [(60, 1)]


def test_a_pedal_holds_the_notes_of_all_tracks_until_it_is_lifted() -> None:
    pedal = [control(64, 127), control(64, 0, at=1_440)]
    song = song_of([*beat(60, length=480), *beat(64, at=960, length=480)], pedal)
    assert lengths(song) == [(60, 3), (64, 1)]


def test_the_middle_pedal_holds_only_what_sounds_when_it_is_pressed() -> None:
    song = song_of(
        [struck(48), control(66, 127, at=240), struck(60), lifted(48, at=240), lifted(60),
         control(66, 0, at=480)]
    )  # fmt: skip
    assert lengths(song) == [(48, 2), (60, 0.5)]


@pytest.mark.parametrize(("number", "waits"), [(120, False), (123, True), (126, True)])
def test_all_notes_off_lets_go_and_all_sound_off_ends(number: int, waits: bool) -> None:
    chord = [struck(60), struck(64)]
    plain = song_of([*chord, control(number, 0, at=480), META("end_of_track", time=4_800)])
    assert lengths(plain) == [(60, 1), (64, 1)]
    pedal = [control(64, 127), *chord, control(number, 0, at=480), control(64, 0, at=480)]
    assert lengths(song_of(pedal)) == [(60, 2 if waits else 1), (64, 2 if waits else 1)]


def test_what_is_struck_while_the_soft_pedal_is_down_is_softer() -> None:
    song = song_of(
        [*beat(60), control(67, 127), *beat(62), *beat(64, channel=1), control(67, 0), *beat(65),
         control(67, 127), control(121, 0), *beat(67)]
    )  # fmt: skip
    by_note = {note.note: note.velocity for note in song.notes}
    struck = by_note[60]
    assert by_note == {60: struck, 62: round(0.75 * struck), 64: struck, 65: struck, 67: struck}
    assert not any("soft pedal" in remark for remark in song.remarks)


def test_resetting_controllers_lifts_the_pedal() -> None:
    song = song_of([control(64, 127), *beat(60, length=240), control(121, 0, at=240)])
    assert lengths(song) == [(60, 1)]


def test_a_note_struck_again_while_it_sounds_is_two_notes() -> None:
    song = song_of([struck(60), struck(60, at=240), lifted(60, at=240), lifted(60, at=480)])
    assert [(n.tick, n.length_ticks) for n in song.notes] == [(0, 24), (12, 36)]


def test_a_note_without_length_is_a_note() -> None:
    assert lengths(song_of([*beat(42, 9, length=0), *beat(38, 9)])) == [(38, 0.5), (42, 0)]


def test_volume_and_expression_set_the_balance_of_channels() -> None:
    quiet = [control(7, 64, channel=1), *beat(62, 1)]
    swell = [control(11, 0, channel=2), struck(64, channel=2), control(11, 127, 120, channel=2),
             lifted(64, at=120, channel=2)]  # fmt: skip
    song = song_of(beat(60), quiet, swell)
    # 40 dB a decade of the controller, as General MIDI has it; 100 where nothing is said.
    assert [n.louder_db for n in song.notes] == pytest.approx([0, 40 * np.log10(0.64), 0])


def test_what_is_at_volume_0_is_silent_and_said() -> None:
    song = song_of([control(7, 0, channel=1), *beat(62, 1)], beat(60))
    assert [n.note for n in song.notes] == [60]
    assert song.remarks == ("1 note left out, at volume 0",)


def test_a_channel_is_a_kit_by_number_bank_or_message() -> None:
    rhythm = NOTE("sysex", data=[0x41, 0x10, 0x42, 0x12, 0x40, 0x1B, 0x15, 1, 0x0F])
    song = song_of(
        [control(0, 127, channel=2), NOTE("program_change", channel=2, program=0), *beat(36, 2)],
        [rhythm, *beat(38, 11)],
        beat(40, 9),
        beat(60),
    )
    assert {n.channel for n in song.notes if n.drums} == {2, 9, 11}


def test_coarse_tuning_moves_notes_and_bends_are_kept_with_their_range() -> None:
    coarse = [control(101, 0), control(100, 2), control(6, 62), *beat(60)]
    assert [n.note for n in song_of(coarse).notes] == [58]
    wide = [control(101, 0), control(100, 0), control(6, 12), NOTE("pitchwheel", pitch=-4_096)]
    song = song_of([*wide, *beat()])
    assert [(m.kind, m.first, m.second) for m in song.messages] == [
        (0xB0, 101, 0),
        (0xB0, 100, 0),
        (0xB0, 6, 12),
        (0xE0, 0, 32),
    ]
    assert song.remarks == ()


def test_what_is_not_followed_is_said() -> None:
    song = song_of([control(1, 90), control(10, 20), *beat(), NOTE("aftertouch", value=3)])
    assert song.remarks == ("not followed: pan",)


def test_29_frames_a_second_are_thirty_over_a_thousandth_more() -> None:
    head = bytes([0, 0, 0, 1, 256 - 29, 100])
    ten_seconds = round(30_000 / 1_001 * 100 * 10)
    track = file_of([META("end_of_track", time=ten_seconds)])[22:-3]  # the time as it is written
    song = decode_midi(raw(track + bytes([0x90, 60, 100]) + END, head=head), name="drop")[0]
    # A tick is a third of a millisecond.
    assert song.tempo.seconds_at(song.notes[0].tick) == pytest.approx(10.0, abs=2e-4)


# ---- what is damaged -----------------------------------------------------------------------------

SCALE = [message for note in (60, 62, 64, 65) for message in beat(note, length=480)]
WHOLE = file_of(SCALE)
OTHER = file_of(beat(72))[14:]


def with_size(data: bytes, size: int, at: int = 18) -> bytes:
    return data[:at] + size.to_bytes(4) + data[at + 4 :]


@pytest.mark.parametrize(
    ("data", "notes", "remark"),
    [
        (WHOLE[:-1], 4, "it ends too soon"),
        (WHOLE[:-4], 4, "it ends too soon"),
        (WHOLE[:40], 2, "it ends too soon"),
        (with_size(WHOLE, 9_999), 4, "shorter than it says"),
        (with_size(WHOLE, 0xFFFFFFFF) + OTHER, 5, "shorter than it says"),
        (with_size(WHOLE, 3), 4, "longer than it says"),
        (with_size(WHOLE, 3) + OTHER, 5, "longer than it says"),
        (WHOLE[:11] + b"\5" + WHOLE[12:], 4, "promises 5 tracks and holds 1"),
        (WHOLE + OTHER, 5, "promises 1 track and holds 2"),
        (WHOLE + b"\1\2\3" + OTHER, 5, "junk between its tracks"),
        (WHOLE + b"abc", 4, "junk behind its tracks"),
        (WHOLE[:14] + b"XFIH\0\0\0\2ab" + WHOLE[14:], 4, "XFIH, which is no track"),
        (WHOLE + WHOLE, 4, "a second MIDI file"),
        (bytes(128) + WHOLE, 4, "128 bytes before its header passed over"),
        (b"MThX" + WHOLE[4:], 4, ""),
        (with_size(WHOLE, 0, at=4), 4, "its header is damaged"),
        (with_size(WHOLE, 1 << 30, at=4), 4, "its header is damaged"),
        (WHOLE + bytes(500), 4, ""),
        (raw(b"\0\xff\x59\2\x80\0" + WHOLE[22:]), 4, "key signature that does not exist"),
        (raw(b"\0\xff\x51\3\0\0\0" + WHOLE[22:]), 4, "tempo that never moves on"),
        (raw(WHOLE[22:-4] + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 4, "track 1 is damaged"),
        (raw(b"\0\x90\xc8\x40" + WHOLE[22:]), 4, "1 note left out, beyond the keyboard"),
        (raw(b"\0\x80\x30\0" + WHOLE[22:]), 4, "1 note let go that never began"),
        (raw(b"\0\x90\x30\x40" + WHOLE[22:]), 5, "1 note never let go"),
        (WHOLE[:9] + b"\7" + WHOLE[10:], 4, "format 7 is played as format 1"),
    ],
)
def test_what_is_damaged_is_played_as_far_as_it_goes_and_said(
    data: bytes, notes: int, remark: str
) -> None:
    song = decode_midi(data, name="damaged")[0]
    assert len(song.notes) == notes
    assert remark in "; ".join(song.remarks)
    assert bool(song.remarks) == bool(remark)


def test_a_whole_file_has_no_remarks() -> None:
    assert decode_midi(WHOLE, name="whole")[0].remarks == ()


def test_running_status_holds_across_what_no_channel_plays() -> None:
    text, exclusive = b"\0\xff\1\2hi", b"\0\xf0\3\x41\x10\xf7"
    track = b"\0\x90\x3c\x40" + text + b"\x78\x3c\0" + exclusive + b"\0\x3e\x40\x78\x3e\0"
    song = decode_midi(raw(track + END), name="running")[0]
    assert lengths(song) == [(60, 0.25), (62, 0.25)]


EVENTS = st.one_of(
    st.builds(
        lambda kind, channel, a, b, time: mido.Message(
            kind, channel=channel, note=a, velocity=b, time=time
        ),
        st.sampled_from(["note_on", "note_off"]),
        st.integers(0, 15),
        st.integers(0, 127),
        st.integers(0, 127),
        st.integers(0, 1 << 20),
    ),
    st.builds(
        lambda a, b, time: mido.Message("control_change", control=a, value=b, time=time),
        st.integers(0, 127),
        st.integers(0, 127),
        st.integers(0, 300),
    ),
    st.builds(lambda p, t: mido.Message("program_change", program=p, time=t), st.integers(0, 127),
              st.integers(0, 9)),
    st.builds(lambda p: mido.Message("pitchwheel", pitch=p), st.integers(-8192, 8191)),
    st.builds(lambda d: mido.Message("sysex", data=d), st.lists(st.integers(0, 127), max_size=200)),
    st.builds(lambda t: mido.MetaMessage("text", text=t), st.text("abc é", max_size=300)),
    st.builds(lambda t: mido.MetaMessage("set_tempo", tempo=t), st.integers(1, (1 << 24) - 1)),
)  # fmt: skip


@given(st.lists(st.lists(EVENTS, max_size=20), max_size=4), st.integers(1, 32_767))
@settings(max_examples=80)
def test_whole_files_are_read_as_mido_reads_them(
    tracks: list[list[mido.Message]], per_beat: int
) -> None:
    data = file_of(*tracks, per_beat=per_beat)
    theirs = mido.MidiFile(file=io.BytesIO(data))
    ours = read_events(data)
    assert (ours.kind, ours.division, ours.remarks) == (1, per_beat, ())
    assert len(ours.tracks) == len(theirs.tracks)
    for events, messages in zip(ours.tracks, theirs.tracks, strict=True):
        now = 0
        for event, message in zip(events, messages, strict=True):
            now += message.time
            assert event.tick == now
            raw_bytes = message.bytes()
            if event.status < 0xF0:
                assert [event.status, event.first, event.second][: len(raw_bytes)] == raw_bytes
            else:
                assert event.status == raw_bytes[0]
                assert raw_bytes[-len(event.body) :] == list(event.body) or not event.body


@pytest.mark.parametrize(
    "repeated",
    [
        b"\0\x3c\x40\0\x3c\0",  # the same key, again and again
        b"\0\x3c\x40",  # and never let go
        b"\0\xb0\x40\x7f\0\xb0\x42\x7f\0\x90\x3c\x40\0\x3c\0\0\xb0\x42\0",  # both pedals
        b"\0\x3c\x40\0\xb0\x7b\0\0\x90\x3e\x40",  # all notes off
        b"\0\x3c\x40\0\xb0\x07\x7f\0\x07\x10\0\x90\x3e\x40",  # volumes
        b"\0\xff\x51\3\7\xa1\x20",  # tempi
        b"".join(b"\0" + bytes([0x90 | c, 60, 64]) for c in range(16))
        + b"\0\xf0\5\x7e\x7f\x09\1\xf7" * 40,  # resets of all channels
    ],
)
def test_the_work_of_reading_grows_with_the_file_alone(repeated: bytes) -> None:
    def lines(size: int) -> int:
        data = raw(b"\0\x90\x3c\x40" + repeated * (size // len(repeated)) + END)
        return lines_run(lambda: decode_midi(data, name="long"))

    # Eight times as much: 64 times the lines were it quadratic. Counted, as clocks vary.
    assert lines(40_000) < 12 * lines(5_000)


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call runs."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


# ---- writing -------------------------------------------------------------------------------------

VOCABULARY = (Voice(label="snare"), Voice(label="melody", note=64), Voice(label="drums", note=42))


def phrase(*events: Event, **changes: object) -> Phrase:
    settled = {"name": "x", "events": events, "ticks": 96, "tempo_bpm": 96.0, **changes}
    return Phrase(**settled)  # type: ignore[arg-type]


def event(tick: int, voice: int, length: float = 6.0, late_s: float = 0.0) -> Event:
    return Event(tick=tick, voice=voice, velocity=80.0, length_ticks=length, late_s=late_s)


def test_a_phrase_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = phrase(event(0, 0), event(0, 1, 24), event(12, 2, late_s=0.01), beats_per_bar=3)
    write_midi(tmp_path / "x.mid", written, VOCABULARY)
    song = read_midi(tmp_path / "x.mid")[0]
    assert [(n.note, n.channel) for n in song.notes] == [(38, 9), (64, 0), (42, 9)]
    assert song.tempo.main_bpm(96) == pytest.approx(96, rel=1e-5)  # whole microseconds a beat
    assert (song.beats_per_bar, song.ticks) == (3, 144)
    assert [n.length_ticks for n in song.notes] == [6, 24, 6]
    # A 480th of a beat is 1.3 ms here.
    assert song.tempo.seconds_at(song.notes[2].tick) == pytest.approx(
        12 * written.tick_s + 0.01, abs=0.7e-3
    )
    assert song.track_names[1:] == ("drums", "melody")


def test_a_note_struck_while_it_sounds_ends_before() -> None:
    data = encode_midi(phrase(event(0, 1, 48), event(12, 1, 6)), VOCABULARY)
    notes = decode_midi(data, name="again")[0].notes
    assert [(n.tick, n.length_ticks) for n in notes] == [(0, 12), (12, 6)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 95),
            st.integers(0, 2),
            st.floats(-50, 200),
            st.floats(0, 300),
            st.floats(-0.3, 0.3),
        ),
        max_size=30,
    ),
    st.text(max_size=10),
    st.floats(1, 2_000),
)
@settings(max_examples=60)
def test_whatever_is_drawn_can_be_written(
    drawn: list[tuple[int, int, float, float, float]], name: str, tempo_bpm: float
) -> None:
    events = tuple(
        Event(tick=tick, voice=voice, velocity=velocity, length_ticks=length, late_s=late_s)
        for tick, voice, velocity, length, late_s in drawn
    )
    data = encode_midi(phrase(*events, name=name, tempo_bpm=tempo_bpm), VOCABULARY)
    if events:
        assert len(decode_midi(data, name="back")[0].notes) <= len(events)


def test_a_folder_is_no_midi_file_and_one_in_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"a folder, not a MIDI file; give a file that ends in"):
        read_midi(tmp_path)
    (tmp_path / "song.MID").write_bytes(b"")
    with pytest.raises(SoundError, match=r"one of the files in it, such as song\.MID"):
        read_midi(tmp_path)
    with pytest.raises(SoundError, match="there is no such file"):
        read_midi(tmp_path / "none.mid")

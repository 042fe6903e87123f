from __future__ import annotations

import io
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.errors import SoundError
from messina.events import Event, Phrase, Voice
from messina.sequences.midi import decode_midi, encode_midi, read_midi, write_midi
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
        (file_of(beat())[:30], "it ends too soon"),
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
    with pytest.raises(SoundError, match="cannot be read"):
        read_midi(tmp_path / "none.mid")


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_song_or_refused(track: bytes) -> None:
    for data in (track, raw(track), raw(track + END)):
        text, songs = outcome(data)
        assert len(text) < 200
        assert all(song.notes and song.ticks > 0 for song in songs)


@given(st.integers(0, 200), st.integers(0, 255), st.data())
@settings(max_examples=150, deadline=None)
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
@settings(max_examples=60, deadline=None)
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

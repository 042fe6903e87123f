"""What the names of a folder say together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from messina.corpus.naming import Named, read_names


def _read(*names: str, root: str = "") -> dict[str, Named]:
    return dict(zip(names, read_names(names, root=root), strict=True))


def _labels(*names: str, root: str = "") -> list[str]:
    return [named.label for named in read_names(names, root=root)]


# --- the examples people meet ---


def test_dynamics_words_are_velocities_in_order() -> None:
    words = ("Softest", "Soft", "Med", "Hard", "Hardest")
    read = read_names([f"Snare-{word}.wav" for word in words])
    assert {named.label for named in read} == {"Snare"}
    velocities = [named.velocity or 0 for named in read]
    assert velocities == sorted(velocities)
    assert len(set(velocities)) == 5
    assert 1 <= velocities[0] <= 32
    assert 112 <= velocities[-1] <= 127


def test_a_note_name_and_a_velocity() -> None:
    named = read_names(["marimba_C4_v90.wav", "marimba_E4_v30.wav"])[0]
    assert named == Named(
        label="marimba",
        note=60,
        note_source="name",
        velocity=90,
        label_from="name",
        velocity_from="name",
    )


def test_numbers_with_velocities_are_notes() -> None:
    read = _read("marimba_60_v80.wav", "marimba_62_v80.wav", "marimba_62_v120.wav")
    assert [named.note for named in read.values()] == [60, 62, 62]
    assert [named.velocity for named in read.values()] == [80, 80, 120]
    assert {named.label for named in read.values()} == {"marimba"}


def test_names_of_numbers_only_take_the_folders_name() -> None:
    read = _read("60_v127.wav", "64_v127.wav", "67_v40.wav", root="kalimba")
    assert {named.label for named in read.values()} == {"kalimba"}
    assert [named.note for named in read.values()] == [60, 64, 67]
    assert [named.velocity for named in read.values()] == [127, 127, 40]


def test_a_single_number_with_a_velocity_is_a_note() -> None:
    assert read_names(["60_v127.wav"], root="kalimba")[0].note == 60


def test_two_numbers_are_note_and_velocity() -> None:
    read = read_names([f"piano_{note}_{vel}.wav" for note in (48, 60, 72) for vel in (40, 127)])
    assert {named.note for named in read} == {48, 60, 72}
    assert {named.velocity for named in read} == {40, 127}


def test_two_numbers_are_note_and_take_where_the_second_is_small() -> None:
    read = read_names([f"piano_{note}_{take}.wav" for note in (48, 60, 72) for take in (1, 2)])
    assert {named.note for named in read} == {48, 60, 72}
    assert {named.velocity for named in read} == {None}
    assert {named.round_robin for named in read} == {1, 2}


def test_counters_are_not_notes() -> None:
    read = read_names([f"hihat closed {n:02d}.wav" for n in range(1, 60)])
    assert {named.note for named in read} == {None}
    assert {named.label for named in read} == {"hihat closed"}
    assert [named.round_robin for named in read] == list(range(1, 60))


def test_high_numbers_of_drums_are_not_notes() -> None:
    read = read_names([f"Kick {n}.wav" for n in (36, 41, 44, 50)])
    assert {named.note for named in read} == {None}


def test_two_counters_are_not_notes() -> None:
    read = read_names([f"beats_{a:02d}-{b}.wav" for a in (1, 2) for b in range(10, 40)])
    assert {named.note for named in read} == {None}
    assert {named.label for named in read} == {"beats"}


def test_numbers_that_are_names_stay() -> None:
    read = _read("BD 808 long.wav", "BD 909 long.wav", "808_Kick.wav")
    assert [named.label for named in read.values()] == ["BD 808 long", "BD 909 long", "808_Kick"]
    assert {named.note for named in read.values()} == {None}


def test_dynamics_in_dots_and_sharps() -> None:
    read = _read("Piano.ff.C#4.wav", "Piano.pp.C#4.wav", "Piano.f.D4.wav")
    assert {named.label for named in read.values()} == {"Piano"}
    assert [named.note for named in read.values()] == [61, 61, 62]
    assert [named.velocity for named in read.values()] == [112, 32, 96]


def test_a_lone_f_is_a_key_and_no_dynamic() -> None:
    assert read_names(["bass_dnb_f.wav"])[0].velocity is None


def test_layers_are_spread_over_the_velocities() -> None:
    read = read_names([f"A0v{layer}.wav" for layer in range(1, 17)], root="piano")
    velocities = [named.velocity or 0 for named in read]
    assert velocities == sorted(velocities)
    assert velocities[0] < 8
    assert velocities[-1] > 120
    assert {named.note for named in read} == {21}


def test_a_lone_v2_is_a_version() -> None:
    assert read_names(["kick_v2.wav"])[0].velocity is None


def test_velocities_beside_small_ones_are_velocities() -> None:
    read = read_names(["a_v1.wav", "a_v64.wav", "a_v127.wav"])
    assert [named.velocity for named in read] == [1, 64, 127]


# --- digits glued to a word ---


def test_a_glued_digit_is_the_label_where_there_is_more_to_tell() -> None:
    names = [f"PearlTom{n}-{d}.wav" for n in (1, 2) for d in ("Soft", "Hard")]
    assert _labels(*names) == ["PearlTom1", "PearlTom1", "PearlTom2", "PearlTom2"]
    assert _labels("SN3_01.wav", "SN3_02.wav", "SN4_01.wav") == ["SN3", "SN3", "SN4"]


def test_a_glued_digit_is_a_take_where_names_differ_in_it_only() -> None:
    assert set(_labels("ghe1.wav", "ghe2.wav", "ghe3.wav")) == {"ghe"}
    assert set(_labels("Djembe1 Bass.wav", "Djembe2 Bass.wav")) == {"Djembe Bass"}
    assert _labels("snap.wav", "snap2.wav") == ["snap", "snap"]


def test_glued_numbers_that_go_on_past_99_are_takes_still() -> None:
    assert set(_labels(*(f"tick{n}.wav" for n in range(97, 104)))) == {"tick"}
    assert set(_labels("pad1001.wav", "pad1002.wav")) == {"pad"}


def test_machines_keep_their_numbers() -> None:
    assert _labels("TR808.wav", "TR909.wav") == ["TR808", "TR909"]
    assert _labels("Juno106.wav", "Juno211.wav") == ["Juno106", "Juno211"]


# --- words that may be dynamics ---


def test_soft_is_a_velocity_where_a_sibling_is_hard() -> None:
    read = _read("drum_soft_snare.wav", "drum_hard_snare.wav")
    assert {named.label for named in read.values()} == {"drum_snare"}
    assert all(named.velocity for named in read.values())


def test_soft_in_the_middle_without_a_sibling_is_a_word() -> None:
    named = read_names(["elec_soft_kick.wav", "elec_blip.wav"])[0]
    assert named.label == "elec_soft_kick"
    assert named.velocity is None


# --- folders ---


def test_folders_name_what_files_only_count() -> None:
    read = _read("Marimba/C4.wav", "Marimba/soft/C4.wav", "Kick/01.wav", "Kick/hard/02.wav")
    assert [named.label for named in read.values()] == ["Marimba", "Marimba", "Kick", "Kick"]
    assert [named.note for named in read.values()] == [60, 60, None, None]
    assert [named.velocity for named in read.values()] == [None, 45, None, 96]


def test_words_that_say_nothing_give_way_to_the_folder() -> None:
    assert _labels("Recording 12.wav", "Recording 13.wav", root="Gong") == ["Gong", "Gong"]
    assert _labels("audio/sample_1.wav", root="my kalimba") == ["my kalimba"]


def test_without_any_word_there_is_still_a_label() -> None:
    assert _labels("01.wav", "02.wav") == ["sound", "sound"]
    assert _labels("wavs/1.wav", root="samples") == ["sound"]


def test_a_soft_piano_in_a_folder_is_no_velocity() -> None:
    assert read_names(["Soft Piano/C4.wav"])[0].velocity is None


# --- one label for one thing ---


def test_spellings_of_a_label_are_unified() -> None:
    labels = _labels("Hi-Hat 1.wav", "hihat 2.wav", "hihat_3.wav", "HiHat 4.wav", "hihat 5.wav")
    assert set(labels) == {"hihat"}


def test_a_kit_keeps_a_label_for_every_drum() -> None:
    names = ["kick.wav", "snare.wav", "hat closed.wav", "hat open.wav", "tom hi.wav", "tom lo.wav"]
    assert len(set(_labels(*names))) == len(names)


def test_a_library_of_single_names_is_grouped_by_families() -> None:
    names = [f"bd_{a}{b}.wav" for a in "pqrs" for b in "aeiou"]
    names += [f"sn_{a}{b}.wav" for a in "pqrs" for b in "aeiou"]
    assert set(_labels(*names)) == {"bd", "sn"}


def test_a_library_in_folders_is_grouped_by_folders() -> None:
    words = [a + b for a in ("deep", "dusty", "warm", "loose") for b in ("a", "o", "i", "u", "e")]
    names = [f"Kicks/{w}.wav" for w in words] + [f"Snares/{w}x.wav" for w in words]
    assert set(_labels(*names)) == {"Kicks", "Snares"}


def test_negative_octaves_are_notes_among_notes_and_takes_elsewhere() -> None:
    assert read_names(["A-1.wav", "C1.wav"], root="piano")[0].note == 9
    read = read_names(["Kick A-1.wav", "Kick A-2.wav"])
    assert {named.note for named in read} == {None}
    assert {named.label for named in read} == {"Kick A"}


def test_the_second_cowbell_is_no_c_flat() -> None:
    read = read_names(["CB2_01.wav", "CB2_02.wav"])
    assert {(named.label, named.note) for named in read} == {("CB2", None)}


# --- anything goes ---

_PARTS = st.sampled_from(
    ["kick", "Snare", "C4", "c#3", "60", "v90", "v3", "rr2", "soft", "pp", "f", "01", "808", "Tom1",
     "🥁", "take", "3", "A-1", "", "-", "Ünïcödé", "120bpm", "layer", "()", "#2"]
)  # fmt: skip
_SEPARATOR = st.sampled_from(["_", "-", " ", ".", ""])
_STEMS = st.lists(st.tuples(_PARTS, _SEPARATOR), max_size=6).map(
    lambda parts: "".join(part + separator for part, separator in parts)
)
_NAMES = st.lists(st.lists(_STEMS | st.text(max_size=12), min_size=1, max_size=3), max_size=12).map(
    lambda paths: ["/".join(path) + ".wav" for path in paths]
)


@given(_NAMES, _STEMS)
def test_any_names_are_read_and_labelled_within_their_ranges(names: list[str], root: str) -> None:
    read = read_names(names, root=root)
    assert len(read) == len(names)
    for named in read:
        assert named.label.strip()
        assert named.note is None or 0 <= named.note <= 127
        assert named.velocity is None or 1 <= named.velocity <= 127
        assert (named.note is None) == (named.note_source is None)


@given(_NAMES)
def test_the_order_of_the_files_does_not_matter_but_for_spelling(names: list[str]) -> None:
    names = sorted(set(names))
    forth = {n: (r.note, r.velocity) for n, r in zip(names, read_names(names), strict=True)}
    back = names[::-1]
    assert forth == {n: (r.note, r.velocity) for n, r in zip(back, read_names(back), strict=True)}

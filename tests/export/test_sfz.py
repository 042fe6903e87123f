"""SFZ packs, heard through sfizz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from export.handmade import KIT, ORGAN, TONES, make_instrument
from export.packing_up import pack_up
from messina.export.sample_map import Layer, SampleMap, Take, Zone
from messina.units import note_to_hz

pysfizz = pytest.importorskip("pysfizz")

RATE = 44_100
IN_MEMORY = "hint_ram_based=1"
Audio = NDArray[np.float32]


class Player:
    """sfizz with a program loaded; its own fixed output volume is divided out.

    Its background thread may still be reading a file when the first note is over, so it is told to
    keep files in memory.
    """

    def __init__(self, path: Path, rate: int = RATE) -> None:
        self.synth = pysfizz.Synth(rate, 64)
        at_once = path.with_name("at once.sfz")
        at_once.write_text(path.read_text().replace("<control>", f"<control> {IN_MEMORY}"))
        assert self.synth.load_sfz_file(at_once)
        self.unity = unity(path.parent, rate)

    def hit(self, key: int, velocity: int, seconds: float = 1.5, held_s: float = 0.05) -> Audio:
        """[N, 2]"""
        return np.asarray(self.synth.render_note(key, velocity, held_s, seconds)).T / self.unity


def unity(folder: Path, rate: int) -> float:
    """What sfizz makes of a full-scale sample."""
    soundfile.write(folder / "unity.wav", np.ones((rate, 2), np.float32), rate, "FLOAT")
    program = folder / "unity.sfz"
    program.write_text(f"<control> {IN_MEMORY}\n<region> sample=unity.wav key=60 amp_veltrack=0\n")
    synth = pysfizz.Synth(rate, 64)
    assert synth.load_sfz_file(program)
    return float(synth.render_note(60, 100, 0.5, 0.5)[0, rate // 10])


def rendered(pack: Path, take: Take) -> Audio:
    return soundfile.read(pack / "samples" / f"{take.stem}.wav", dtype="float32", always_2d=True)[0]


def level_db(audio: Audio) -> float:
    return float(10 * np.log10(np.square(audio, dtype=np.float64).sum() + 1e-20))


def pitch_hz(audio: Audio, near_hz: float, rate: int = RATE) -> float:
    """The strongest sinusoid within a semitone of a frequency, from the turn of its phase."""
    heard = audio[2_000:18_384].mean(axis=1)
    n = np.arange(len(heard))
    demodulated = heard * np.exp(-2j * np.pi * near_hz * n / rate)
    window = np.hanning(len(n) // 2)
    first, second = (demodulated.reshape(2, -1) * window).sum(axis=1)
    turn = float(np.angle(second * np.conj(first)))
    return near_hz + turn / (2 * np.pi * len(window)) * rate


def cents(got_hz: float, wanted_hz: float) -> float:
    return float(1200 * np.log2(got_hz / wanted_hz))


def heard_takes(sample_map: SampleMap) -> list[tuple[Zone, Layer, int]]:
    return [
        (zone, layer, key)
        for program in sample_map.programs
        for zone in program.zones
        for layer in zone.layers
        for key in range(zone.low, zone.high + 1)
    ]


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleMap, Path]:
    out = tmp_path_factory.mktemp("sfz") / "chime"
    instrument = make_instrument(TONES)
    return pack_up(instrument, out, "sfz", velocities=2, round_robin=3), out


def test_every_key_layer_and_alternation_sounds_at_its_pitch_and_level(
    tones: tuple[SampleMap, Path],
) -> None:
    sample_map, out = tones
    player = Player(out / "Test.sfz")
    for zone, layer, key in heard_takes(sample_map):
        takes = [rendered(out, take) for take in layer.takes]
        # A sample played n semitones up is as much shorter, and has as much less energy.
        shift_db = 10 * np.log10(2 ** ((key - zone.key) / 12))
        wanted = sorted(level_db(take) - shift_db for take in takes)
        assert wanted[-1] - wanted[0] > 0.02  # or alternations could not be told apart
        sounds = [player.hit(key, layer.high, held_s=1.5) for _ in takes]
        assert sorted(map(level_db, sounds)) == pytest.approx(wanted, abs=0.05)
        for sound in sounds:
            right_hz = float(note_to_hz(key))
            assert abs(cents(pitch_hz(sound, right_hz), right_hz)) < 1.0


def test_velocities_of_a_layer_sound_alike_and_layers_differ_as_the_instrument_does(
    tones: tuple[SampleMap, Path],
) -> None:
    sample_map, out = tones
    player = Player(out / "Test.sfz")
    zone = sample_map.programs[0].zones[1]
    for layer in zone.layers:
        for velocity in (layer.low, layer.high):
            sounds = [level_db(player.hit(zone.key, velocity, held_s=1.5)) for _ in layer.takes]
            wanted = [level_db(rendered(out, take)) for take in layer.takes]
            assert sorted(sounds) == pytest.approx(sorted(wanted), abs=0.05)


def test_keys_beyond_those_asked_for_are_silent(tones: tuple[SampleMap, Path]) -> None:
    player = Player(tones[1] / "Test.sfz")
    assert player.synth.playable_keys == list(range(57, 70))


def test_a_note_ends_with_its_key_and_not_before(tones: tuple[SampleMap, Path]) -> None:
    player = Player(tones[1] / "Test.sfz")
    after = slice(int(0.6 * RATE), int(0.8 * RATE))  # the release is 0.3 s
    for key in (57, 60, 69):
        held = level_db(player.hit(key, 100, held_s=1.4)[after])
        let_go = level_db(player.hit(key, 100, held_s=0.2)[after])
        assert let_go < held - 60


def test_a_drum_rings_out_however_short_its_note_is(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument(KIT), tmp_path / "kit", "sfz", round_robin=1)
    player = Player(tmp_path / "kit" / "Test.sfz")
    for zone in sample_map.programs[0].zones:
        short = level_db(player.hit(zone.key, 100, held_s=0.02))
        assert short == pytest.approx(level_db(player.hit(zone.key, 100, held_s=1.4)), abs=0.05)


def test_a_closed_hat_cuts_off_an_open_one_and_a_kick_does_not(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument(KIT), tmp_path / "kit", "sfz", round_robin=1)
    player = Player(tmp_path / "kit" / "Test.sfz")
    keys = {zone.label: zone.key for zone in sample_map.programs[0].zones}

    def played(*hits: tuple[int, str]) -> Audio:
        """0.4 s with hits at these blocks of 64 samples."""
        synth = player.synth._synth
        synth.all_sound_off()
        synth.render_block()
        blocks = []
        for block in range(276):
            for at, label in hits:
                if at == block:
                    synth.note_on(0, keys[label], 100)
            blocks.append(np.asarray(synth.render_block()))
        return np.concatenate(blocks, axis=1).T

    later = slice(64 * 180, None)  # 115 ms after the second hit
    alone = played((0, "hihat open"))[later]
    for label, cuts in (("hihat closed", True), ("kick", False)):
        left = (played((0, "hihat open"), (100, label)) - played((100, label)))[later]
        if cuts:
            assert level_db(left) < level_db(alone) - 40
        else:
            assert level_db(left) == pytest.approx(level_db(alone), abs=0.1)


def test_what_sustains_is_looped_and_ends_with_the_key(tmp_path: Path) -> None:
    instrument = make_instrument(ORGAN, takes_db=0.1)
    sample_map = pack_up(instrument, tmp_path / "organ", "sfz", velocities=1, round_robin=1)
    text = (tmp_path / "organ" / "Test.sfz").read_text()
    assert text.count("loop_mode=loop_continuous") == len(list(sample_map.takes()))
    player = Player(tmp_path / "organ" / "Test.sfz")
    key = sample_map.programs[0].zones[0].key
    sound = player.hit(key, 100, seconds=7.0, held_s=6.0)
    windows = sound[: RATE * 6 // 4410 * 4410, 0].reshape(-1, 4410)
    levels = 10 * np.log10((windows[3:-1] ** 2).mean(axis=1))
    assert np.ptp(levels) < 4.0
    right_hz = float(note_to_hz(key))
    assert abs(cents(pitch_hz(sound[4 * RATE :], right_hz), right_hz)) < 5.0
    assert level_db(sound[int(6.6 * RATE) :]) < level_db(sound[5 * RATE : 6 * RATE]) - 60


def test_drums_are_on_their_general_midi_keys_and_pitched_labels_in_programs_of_their_own(
    tmp_path: Path,
) -> None:
    pack_up(make_instrument((*KIT, *TONES)), tmp_path / "all", "sfz", round_robin=1)
    drums = Player(tmp_path / "all" / "Test_drums.sfz")
    assert drums.synth.playable_keys == [36, 38, 42, 46]
    chime = Player(tmp_path / "all" / "Test_chime.sfz")
    assert chime.synth.playable_keys == list(range(57, 70))


def test_packs_at_48_khz_and_16_bits_sound_the_same(tmp_path: Path) -> None:
    sample_map = pack_up(
        make_instrument(TONES), tmp_path / "x", "sfz", rate=48_000, bits="16", round_robin=1
    )
    player = Player(tmp_path / "x" / "Test.sfz", rate=48_000)
    for zone, layer, key in heard_takes(sample_map)[::3]:
        sound = player.hit(key, layer.high, held_s=1.5)
        right_hz = float(note_to_hz(key))
        assert abs(cents(pitch_hz(sound, right_hz, 48_000), right_hz)) < 1.0
        if key == zone.key:
            wanted = level_db(rendered(tmp_path / "x", layer.takes[0]))
            assert level_db(sound) == pytest.approx(wanted, abs=0.1)

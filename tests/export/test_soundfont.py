"""SoundFonts: heard through FluidSynth, and read by a reader of the test's own."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from export.fluidsynth_host import Note, find_fluidsynth, play
from export.handmade import KIT, ORGAN, TONES, Label, make_instrument, with_modes
from export.packing_up import pack_up
from messina.errors import ControlError, MessinaError
from messina.export import soundfont_file
from messina.export.packs import SAMPLER_FORMATS
from messina.export.sampler import Pack
from messina.units import note_to_hz

heard = pytest.mark.skipif(find_fluidsynth() is None, reason="needs fluidsynth")
RATE = 44_100
Audio = NDArray[np.float32]

SHAPES = {
    b"phdr": "<20sHHHIII",
    b"pbag": "<HH",
    b"pgen": "<HH",
    b"inst": "<20sH",
    b"ibag": "<HH",
    b"imod": "<HHhHH",
    b"igen": "<HH",
    b"shdr": "<20sIIIIIBbHH",
}


class Font:
    """What is in a .sf2, by the letter of the specification."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        assert (data[:4], data[8:12]) == (b"RIFF", b"sfbk")
        assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
        lists = dict(self._chunks(data[12:]))
        assert list(lists) == [b"INFO", b"sdta", b"pdta"]
        self.info = dict(self._chunks(lists[b"INFO"]))
        self.data = dict(self._chunks(lists[b"sdta"]))
        tables = dict(self._chunks(lists[b"pdta"]))
        order = "phdr pbag pmod pgen inst ibag imod igen shdr"
        assert [name.decode() for name in tables] == order.split()
        self.rows = {
            name: list(struct.iter_unpack(shape, tables[name])) for name, shape in SHAPES.items()
        }

    @staticmethod
    def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
        found, place = [], 0
        while place < len(data):
            name, size = struct.unpack_from("<4sI", data, place)
            body = data[place + 8 : place + 8 + size]
            assert len(body) == size
            found.append((body[:4], body[4:]) if name == b"LIST" else (name, body))
            place += 8 + size + size % 2
        return found

    def zones(self, instrument: int) -> list[dict[int, int]]:
        """The generators of each zone of an instrument, by their number."""
        heads, bags = self.rows[b"inst"], self.rows[b"ibag"]
        places = range(heads[instrument][1], heads[instrument + 1][1])
        return [dict(self.rows[b"igen"][bags[i][0] : bags[i + 1][0]]) for i in places]

    def sounding(self, key: int, velocity: int, instrument: int = 0) -> list[int]:
        """The samples that a note starts."""

        def within(amount: int | None, value: int) -> bool:
            return amount is not None and amount & 0xFF <= value <= amount >> 8

        return [
            zone[53]
            for zone in self.zones(instrument)
            if within(zone.get(43), key) and within(zone.get(44), velocity)
        ]


@pytest.mark.parametrize("labels", [KIT, TONES, ORGAN])
def test_every_key_and_velocity_starts_the_two_channels_of_one_sound(
    labels: tuple[Label, ...], tmp_path: Path
) -> None:
    sample_map = pack_up(with_modes(make_instrument(labels)), tmp_path / "x.sf2", "sf2")
    font = Font(tmp_path / "x.sf2")
    assert sample_map.config.round_robin == 1
    for number, program in enumerate(sample_map.programs):
        for zone in program.zones:
            for key in range(zone.low, zone.high + 1):
                for velocity in (1, 64, 65, 127):
                    left, right = font.sounding(key, velocity, number)
                    heads = [font.rows[b"shdr"][i] for i in (left, right)]
                    assert [head[9] for head in heads] == [4, 2]
                    assert [head[8] for head in heads] == [right, left]
                    assert {head[6] for head in heads} == {zone.key}
                    assert {head[7] for head in heads} == {0}


def test_tables_end_as_they_must_and_silence_is_behind_each_sample(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT[:2]), tmp_path / "x.sf2", "sf2")
    font = Font(tmp_path / "x.sf2")
    ends = [font.rows[name][-1][0].rstrip(b"\0") for name in (b"phdr", b"inst", b"shdr")]
    assert ends == [b"EOP", b"EOI", b"EOS"]
    pcm = np.frombuffer(font.data[b"smpl"], "<i2")
    end_before = -46
    for head in font.rows[b"shdr"][:-1]:
        start, end = head[1], head[2]
        assert start == end_before + 46
        assert not pcm[end : end + 46].any()
        end_before = end
    assert len(pcm) == end_before + 46
    assert font.info[b"ifil"] == struct.pack("<HH", 2, 4)
    assert len(font.data[b"sm24"]) == len(pcm) + len(pcm) % 2


def test_sixteen_bits_have_no_lower_ones_and_say_so(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT[:1]), tmp_path / "x.sf2", "sf2", bits="16")
    font = Font(tmp_path / "x.sf2")
    assert list(font.data) == [b"smpl"]
    assert font.info[b"ifil"] == struct.pack("<HH", 2, 1)


def test_generators_are_in_order_and_velocity_changes_no_level_by_itself(tmp_path: Path) -> None:
    pack_up(make_instrument((*KIT, *ORGAN)), tmp_path / "x.sf2", "sf2")
    font = Font(tmp_path / "x.sf2")
    for instrument in (0, 1):
        common, *zones = font.zones(instrument)
        assert 53 not in common
        for zone in zones:
            numbers = list(zone)
            assert numbers[:2] == [43, 44]
            assert numbers[-1] == 53
    silenced = {(row[0], row[1]): row[2] for row in font.rows[b"imod"][:-1]}
    assert silenced == {(0x0502, 48): 0, (0x0102, 8): 0}


def test_hats_share_an_exclusive_class_and_nothing_else_has_one(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument(KIT), tmp_path / "x.sf2", "sf2")
    font = Font(tmp_path / "x.sf2")
    keys = {zone.key: zone.choke for zone in sample_map.programs[0].zones}
    for zone in font.zones(0)[1:]:
        assert zone.get(57) == keys[zone[43] & 0xFF]


def test_drums_are_in_the_bank_of_drums_and_pitched_labels_from_the_first_on(
    tmp_path: Path,
) -> None:
    instrument = make_instrument((KIT[0], *TONES, *ORGAN))
    pack_up(instrument, tmp_path / "x.sf2", "sf2", velocities=1, note_step=12)
    presets = [
        (row[0].rstrip(b"\0"), row[2], row[1]) for row in Font(tmp_path / "x.sf2").rows[b"phdr"]
    ]
    assert presets[:-1] == [
        (b"Test chime", 0, 0),
        (b"Test organ", 0, 1),
        (b"Test drums", 128, 0),
    ]


def gain_and_rest(heard: Audio, real: Audio) -> tuple[float, float]:
    """What a player made a sound louder by, and what is left of it without that, of its size.

    Below 5 kHz, where its interpolation changes nothing, and at the best time to 1/32 of a sample,
    for it does not start on whole ones.
    """
    fine, size = 32, 1 << (len(heard) + len(real)).bit_length()
    x, y = (np.fft.rfft(a[:, 0].astype(np.float64), size) for a in (heard, real))
    band = np.arange(len(x)) < 5_000 / RATE * size
    both = x * np.conj(y) * band
    lag = int(np.argmax(np.fft.irfft(both, fine * size))) / fine
    y = y * np.exp(-2j * np.pi * np.arange(len(y)) * lag / size)
    cut = (np.fft.irfft(a * band, size) for a in (x, y))
    first = round(lag)
    x, y = (a[first + 200 : first + len(real) - 200] for a in cut)
    gain = float(x @ y / (y @ y))
    return gain, float(np.linalg.norm(x - gain * y) / np.linalg.norm(x))


def sounds_of(instrument: object, tmp_path: Path, **numbers: int) -> dict[str, Audio]:
    """The same pack as files, by stem."""
    pack_up(instrument, tmp_path / "files", "wav", **{**numbers, "round_robin": 1})
    return {
        path.stem: soundfile.read(path, dtype="float32", always_2d=True)[0]
        for path in (tmp_path / "files").rglob("*.wav")
    }


@heard
def test_fluidsynth_plays_every_layer_as_it_was_rendered_all_at_one_gain(tmp_path: Path) -> None:
    """On its root key a player copies samples; the release takes 1 dB a second from a drum."""
    instrument = make_instrument(KIT)
    sample_map = pack_up(instrument, tmp_path / "x.sf2", "sf2", velocities=3)
    files = sounds_of(instrument, tmp_path, velocities=3)
    gains = []
    for zone in sample_map.programs[0].zones:
        for layer in zone.layers:
            real = files[layer.takes[0].stem][: RATE // 10]
            audio = play(tmp_path / "x.sf2", [Note(zone.key, layer.low)], drums=True)
            gain, rest = gain_and_rest(audio[: RATE // 2], real)
            assert rest < 0.03, (zone.label, layer.low)
            gains.append(gain)
    assert 20 * np.log10(max(gains) / min(gains)) < 0.1


@heard
def test_fluidsynth_goes_on_with_a_loop_while_the_key_is_down_and_ends_with_it(
    tmp_path: Path,
) -> None:
    pack_up(make_instrument(ORGAN), tmp_path / "x.sf2", "sf2", velocities=1)
    audio = play(tmp_path / "x.sf2", [Note(60, 100, held_s=6.0)])
    rms = [float(np.sqrt(np.mean(audio[at : at + RATE // 2] ** 2))) for at in (RATE, 5 * RATE)]
    assert rms[1] == pytest.approx(rms[0], rel=0.15)  # 1.2 dB: what the loop's sound itself sways
    after = audio[int(6.5 * RATE) : int(7.5 * RATE)]
    assert np.abs(after).max() < 1e-4


@heard
@pytest.mark.parametrize("key", [57, 60, 63, 69])
def test_fluidsynth_plays_every_key_in_tune(key: int, tmp_path: Path) -> None:
    pack_up(make_instrument(TONES), tmp_path / "x.sf2", "sf2", velocities=1)
    audio = play(tmp_path / "x.sf2", [Note(key, 100, held_s=2.0)]).mean(axis=1)[:RATE]
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), 8 * RATE))
    wanted = note_to_hz(key)
    band = slice(int(8 * wanted * 0.97), int(8 * wanted * 1.03))
    found = (band.start + int(np.argmax(spectrum[band]))) / 8
    assert 1200 * abs(np.log2(found / wanted)) < 3.0  # a bin of 1/8 Hz is 1 cent at 220 Hz


@heard
def test_fluidsynth_lets_a_closed_hat_cut_off_an_open_one(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument(KIT), tmp_path / "x.sf2", "sf2", velocities=1)
    keys = {zone.label: zone.key for zone in sample_map.programs[0].zones}
    opened, closed = Note(keys["hihat open"], 100), Note(keys["hihat closed"], 100, start_s=0.2)
    alone, after, both = (
        play(tmp_path / "x.sf2", notes, drums=True)
        for notes in ([opened], [closed], [opened, closed])
    )
    late = slice(int(0.35 * RATE), int(0.6 * RATE))
    left = np.linalg.norm((both - after)[late])
    # FluidSynth fades what is cut off by 100 dB in 0.9 s: 17 dB are gone where this begins.
    assert left < 0.15 * np.linalg.norm(alone[late])


def _spoil_order(data: bytes) -> bytes:
    return data.replace(
        struct.pack("<HBBHBB", 43, 36, 36, 44, 1, 64), struct.pack("<HBBHBB", 44, 1, 64, 43, 36, 36)
    )


def _spoil_sample(data: bytes) -> bytes:
    place = data.index(b"smpl") + 8 + 20_001
    return data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_spoil_order, "ranges do not come first"),
        (_spoil_sample, "is not what was rendered"),
        (lambda data: data[:-46], "it is no SoundFont"),
    ],
)
def test_a_font_that_is_not_as_meant_replaces_nothing(
    spoil: Callable[[bytes], bytes], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = make_instrument(KIT[:1])
    pack_up(instrument, tmp_path / "x.sf2", "sf2")
    before = (tmp_path / "x.sf2").read_bytes()
    written = SAMPLER_FORMATS["sf2"]

    def write_badly(pack: Pack, path: Path) -> None:
        written.write(pack, path)
        path.write_bytes(spoil(path.read_bytes()))

    monkeypatch.setitem(SAMPLER_FORMATS, "sf2", replace(written, write=write_badly))
    with pytest.raises(MessinaError, match=f"could not be read again .*{why}"):
        pack_up(instrument, tmp_path / "x.sf2", "sf2", force=True)
    assert (tmp_path / "x.sf2").read_bytes() == before


def test_more_than_a_font_can_hold_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundfont_file, "_MOST_BYTES", 100_000)
    with pytest.raises(ControlError, match=r"more than a SoundFont can hold .* fewer velocities"):
        pack_up(make_instrument(KIT), tmp_path / "x.sf2", "sf2")
    assert list(tmp_path.iterdir()) == []

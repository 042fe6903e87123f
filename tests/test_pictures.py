from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest

from messina.errors import MessinaError
from messina.pictures import Panel, log_spectrogram, save_sheet
from messina.units import SAMPLE_RATE


def tone(frequency_hz: float, duration_s: float = 0.5) -> np.ndarray:
    t = np.arange(int(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * frequency_hz * t).astype(np.float32)


@pytest.mark.parametrize("frequency_hz", [100.0, 1000.0, 10_000.0])
def test_a_full_scale_tone_shows_at_its_row_and_at_0_db(frequency_hz: float) -> None:
    level_db = log_spectrogram(tone(frequency_hz), rows=200)
    middle = level_db[:, level_db.shape[1] // 2]
    row_hz = 40 * (20_000 / 40) ** ((np.argmax(middle) + 0.5) / 200)
    # Half a bin of 21.5 Hz, or half a row of 3 %.
    assert row_hz == pytest.approx(frequency_hz, rel=0.02, abs=11)
    # A tone between two bins of a Hann window loses up to 1.4 dB.
    assert -1.5 <= middle.max() <= 0.1


def test_stereo_and_very_short_sounds_can_be_pictured() -> None:
    assert np.isfinite(log_spectrogram(np.zeros((10, 2), np.float32))).all()


def test_a_sheet_is_a_picture_of_its_rows_and_columns(tmp_path: Path) -> None:
    from matplotlib.image import imread

    row = [Panel(title="real", audio=tone(440)), Panel(title="generated", audio=tone(440, 0.3))]
    save_sheet(tmp_path / "one.png", [row], columns=["real", "generated"])
    save_sheet(tmp_path / "three.png", [row] * 3, columns=["real", "generated"], title="Sounds")
    one, three = imread(tmp_path / "one.png"), imread(tmp_path / "three.png")
    assert three.shape[0] > 2 * one.shape[0]
    assert np.ptp(one) > 0.5


def test_a_row_that_does_not_fit_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="every row wants 2 panels"):
        save_sheet(
            tmp_path / "a.png", [[Panel(title="", audio=tone(440))]], columns=["real", "generated"]
        )


def test_without_matplotlib_one_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def no_matplotlib(name: str, *rest: object, **named: object) -> object:
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name="matplotlib")
        return real_import(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(MessinaError, match="pip install matplotlib"):
        save_sheet(tmp_path / "a.png", [[Panel(title="", audio=tone(440))]], columns=["real"])

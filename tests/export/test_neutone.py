from __future__ import annotations

import logging
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from export.handmade import KIT, TONES, make_instrument  # noqa: E402
from messina.errors import MessinaError  # noqa: E402
from messina.export import neutone  # noqa: E402
from messina.export.nn_onsets import OnsetPlayer  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

Audio = NDArray[np.float32]
MIDDLE = torch.full((4,), 0.5)


def sdk_works() -> bool:
    try:
        import neutone_sdk.utils  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


needs_sdk = pytest.mark.skipif(not sdk_works(), reason="no Neutone SDK that can be loaded here")


def clicks(*hits: tuple[int, float], seconds: float = 1.0) -> Audio:
    """[1, N]: bursts of noise of 10 ms that die away, at these samples and levels."""
    out = np.zeros((1, int(44_100 * seconds)), np.float32)
    burst = np.random.default_rng(0).uniform(-1, 1, 441) * np.exp(-np.arange(441) / 100)
    for start, level in hits:
        out[0, start : start + 441] += level * burst
    return out


def played(player: OnsetPlayer, sound: Audio, size: int = 512) -> Audio:
    with torch.no_grad():
        blocks = [
            player(torch.from_numpy(sound[:, start : start + size]), MIDDLE)
            for start in range(0, sound.shape[1], size)
        ]
    return np.asarray(torch.cat(blocks, dim=1).numpy())


def test_onsets_strike_within_a_block_of_64_samples_and_louder_ones_harder() -> None:
    player = OnsetPlayer(make_instrument(TONES), seed=0)
    sound = played(player, clicks((1_000, 0.05), (22_050, 0.8)))
    first = int(np.flatnonzero(np.abs(sound[0]) > 1e-5)[0])
    assert abs(first - 1_000) <= 64
    soft, loud = (np.abs(sound[:, start : start + 8_000]).max() for start in (1_000, 22_050))
    assert loud > 3 * soft


def test_what_rings_after_an_onset_strikes_nothing() -> None:
    player = OnsetPlayer(make_instrument(TONES), seed=0)
    tone = 0.5 * np.sin(2 * np.pi * 220 * np.arange(44_100) / 44_100)
    tone *= np.exp(-np.arange(44_100) / 20_000)
    played(player, tone[None].astype(np.float32))
    assert player.instrument.begun == 1


def test_silence_and_hum_strike_nothing() -> None:
    player = OnsetPlayer(make_instrument(TONES), seed=0)
    hum = 0.003 * np.sin(2 * np.pi * 50 * np.arange(44_100) / 44_100)[None]
    assert not played(player, np.zeros((1, 44_100), np.float32)).any()
    assert not played(player, hum.astype(np.float32)).any()


def test_the_note_knob_goes_through_the_notes_or_through_the_drums() -> None:
    notes = OnsetPlayer(make_instrument((*KIT, *TONES)), seed=0).keys.tolist()
    assert notes == list(range(57, 70))
    drums = OnsetPlayer(make_instrument(KIT), seed=0).keys.tolist()
    assert drums == [36, 38, 42, 46]


def test_without_the_sdk_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "neutone_sdk", None)
    monkeypatch.setitem(sys.modules, "neutone_sdk.utils", None)
    with pytest.raises(MessinaError, match=r"pip install 'messina\[neutone\]'"):
        neutone.export(make_instrument(KIT), tmp_path / "k.nm", name="k", seed=0, force=False)
    assert list(tmp_path.iterdir()) == []


@needs_sdk
@pytest.mark.slow
def test_the_sdks_own_checks_for_submission_pass(tmp_path: Path) -> None:
    from neutone_sdk.utils import load_neutone_model, save_neutone_model

    from messina.export.neutone_model import KNOBS, NeutoneInstrument

    model = NeutoneInstrument(make_instrument(KIT), name="Kit 🥁 " + "x" * 50, seed=1)
    save_neutone_model(model, tmp_path, dump_samples=True, submission=True, speed_benchmark=False)
    _, metadata = load_neutone_model(str(tmp_path / "model.nm"))
    names = [knob["name"] for knob in metadata["neutone_parameters"].values()]
    assert names == list(KNOBS)
    assert len(metadata["model_name"]) <= 30


@needs_sdk
def test_the_file_is_written_whole_and_quietly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    neutone.export(make_instrument(KIT), tmp_path / "k.nm", name="k", seed=0, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["k.nm"]
    assert not [record for record in caplog.records if record.levelno <= logging.INFO]

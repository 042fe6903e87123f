"""Files of format version 1: noise in 256 groups, no fine spectrum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.frames.layout import BANDS, BODY_SIZE
from messina.instrument import Instrument, container
from messina.instrument.container import HITS, Part, decode_parts, encode_parts
from messina.instrument.embedding import DERIVED
from messina.instrument.file import decode_file, hits_part, up_to_date
from messina.instrument.trajectories import no_trajectories

GROUPS = 256
NEW = ("fine", "fine_of", *no_trajectories(1), *DERIVED)
SLOPE = np.linspace(-2.0, -6.0, GROUPS)


def old_arrays(instrument: Instrument) -> dict[str, NDArray[Any]]:
    """The instrument's own, with a level for each of 256 groups instead."""
    rng = np.random.default_rng(0)
    arrays = {k: v for k, v in instrument.arrays.items() if k not in NEW}
    size = BANDS + GROUPS
    for name in ("level.weight", "level.bias", "spread.weight", "spread.bias"):
        array = arrays[name]
        arrays[name] = np.zeros((size, *array.shape[1:]), array.dtype)
        arrays[name][:BANDS] = array[:BANDS]
    mean, basis = arrays["body_mean"], arrays["body_basis"]
    arrays["body_mean"] = np.concatenate([mean[:BANDS], SLOPE]).astype(np.float32)
    noise = rng.standard_normal((len(basis), GROUPS)) / GROUPS
    arrays["body_basis"] = np.concatenate([basis[:, :BANDS], noise], axis=1).astype(np.float32)
    return arrays


@pytest.fixture
def old(instrument: Instrument, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The bytes of an instrument as version 1 wrote it."""
    document = json.loads(hits_part(instrument.manifest, instrument.arrays).document)
    del document["fine_spectra"]
    part = Part(document=json.dumps(document).encode(), arrays=old_arrays(instrument))
    with monkeypatch.context() as patched:
        patched.setattr(container, "FORMAT_VERSION", 1)
        return encode_parts({HITS: part})


def test_an_old_instrument_plays_and_its_levels_lie_where_they_lay(
    old: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "old.messina"
    path.write_bytes(old)
    instrument = Instrument.load(path)
    assert instrument.arrays["body_mean"].shape == (BODY_SIZE,)
    # A slope over the groups is told at places even further apart in the highs: ends agree.
    noise = instrument.arrays["body_mean"][BANDS:]
    assert noise[0] == pytest.approx(SLOPE[0], abs=0.05)
    assert noise[-1] == pytest.approx(SLOPE[-1], abs=0.3)
    assert (np.diff(noise) < 0).all()
    sound = instrument.render(label="drum", seed=1)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 1e-3


def test_what_was_brought_up_to_date_is_written_and_stays(old: bytes) -> None:
    new = up_to_date(old)
    assert up_to_date(new) is new
    assert all(part.version == container.FORMAT_VERSION for part in decode_parts(new).values())
    manifest, arrays, _ = decode_file(new)
    again, same, _ = decode_file(old)
    assert manifest == again
    assert all(np.array_equal(arrays[name], same[name]) for name in arrays)


def test_a_damaged_old_one_is_refused_in_a_sentence(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = old_arrays(instrument)
    del arrays["level.weight"]
    document = hits_part(instrument.manifest, instrument.arrays).document
    with monkeypatch.context() as patched:
        patched.setattr(container, "FORMAT_VERSION", 1)
        data = encode_parts({HITS: Part(document=document, arrays=arrays)})
    with pytest.raises(InstrumentError, match="missing or misshapen"):
        decode_file(data)

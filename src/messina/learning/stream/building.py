"""Recordings to everything of a stream model but its network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.recordings import NamedRecording
from messina.corpus.sound import LeftOut
from messina.errors import CorpusError
from messina.frames.layout import HOP, pack_fine
from messina.frames.stereo import is_one_channel
from messina.learning.stream.dripping import joined_drops, take_drops
from messina.learning.stream.levelling import frame_loudness_db, levelling_gains_db
from messina.stream.analysis import SHORTEST_SAMPLES, analyse_with_residual, running_mean
from messina.stream.drops import Drops
from messina.stream.fine import fine_spectra
from messina.stream.latents import Basis, measure_basis
from messina.stream.layout import NOISE
from messina.stream.manifest import STREAM_VERSION, RecordingRow, StreamManifest
from messina.stream.model import StreamModel
from messina.units import SAMPLE_RATE, amplitude_to_db

__all__ = ["LONGEST_S", "build_model", "left_out_of", "usable"]

Real = NDArray[np.float32]

LONGEST_S: Final = 600.0
"""Of longer corpora, so much is learnt: of each recording the same share, from its middle."""

_SILENCE = 1e-6
_PEAK_PERCENTILE = 99.9
_NOISE_FRAMES = 3  # 17 ms: of one frame most is chance; longer ones smear what strikes


def build_model(
    recordings: Sequence[NamedRecording],
    *,
    minutes: float,
    seed: int,
    heard: Callable[[float], None],
    stop: Callable[[], bool],
) -> StreamModel:
    """Analyses recordings and measures how they are told; `heard` gets the share done.

    Raises CorpusError when none lasts long enough and sounds.
    """
    chosen = usable(recordings)
    if not chosen:
        raise CorpusError(
            f"no recording sounds for {SHORTEST_SAMPLES / SAMPLE_RATE:g} s or more; textures are "
            "learnt from longer ones"
        )
    share = min(1.0, LONGEST_S * SAMPLE_RATE / sum(len(r.audio) for r in chosen))
    frames: list[Real] = []
    drops: list[Drops] = []
    residuals: list[Real] = []
    for recording in chosen:
        part, fallen = take_drops(_middle_part(recording.audio, share))
        own, residual = analyse_with_residual(part)
        own[:, NOISE] = running_mean(own[:, NOISE], _NOISE_FRAMES)
        drops.append(fallen)
        frames.append(own)
        residuals.append(residual)
        heard(len(frames) / len(chosen))
        if stop():
            break
    kept = chosen[: len(frames)]
    gains_db = _gains_db(kept, frames)
    basis = _rounded_basis(measure_basis(frames))
    latents = [basis.encode(own) for own in frames]
    rows = tuple(
        RecordingRow(
            name=recording.name,
            digest=recording.digest,
            length_s=len(recording.audio) / SAMPLE_RATE,
            patches=len(told),
            loudness_db=float(amplitude_to_db(_level(recording.audio))),
            gain_db=gain_db,
        )
        for recording, told, gain_db in zip(kept, latents, gains_db, strict=True)
    )
    joined = joined_drops(drops, [len(told) for told in latents])
    manifest = StreamManifest(
        version=STREAM_VERSION,
        seed=seed,
        minutes=minutes,
        steps=0,
        latents=len(basis.spread),
        recordings=rows,
        fast="walk",
        network=None,
        distances={},
        drops=len(joined.places),
        drops_each=joined.each,
        mono=all(is_one_channel(recording.audio) for recording in kept),
    )
    return StreamModel(
        manifest=manifest,
        basis=basis,
        latents=_rounded(np.concatenate(latents)),
        fine=np.concatenate(
            [_fine(left, told, basis) for left, told in zip(residuals, latents, strict=True)]
        ),
        weights={},
        drops=Drops(places=joined.places, shapes=_rounded(joined.shapes), each=joined.each),
    )


def usable(recordings: Sequence[NamedRecording]) -> list[NamedRecording]:
    """Those that last long enough and sound."""
    return [recording for recording in recordings if not _unfit(recording)]


def left_out_of(recordings: Sequence[NamedRecording]) -> list[LeftOut]:
    """The others, each with the reason."""
    return [
        LeftOut(name=recording.name, reason=reason)
        for recording in recordings
        if (reason := _unfit(recording))
    ]


def _unfit(recording: NamedRecording) -> str:
    """Why nothing can be learnt of a recording, or nothing."""
    if len(recording.audio) < SHORTEST_SAMPLES:
        least_s = SHORTEST_SAMPLES / SAMPLE_RATE
        return f"{recording.length_s:.2f} s; a texture is learnt from {least_s:g} s and more"
    return "" if _level(recording.audio) else "it is silent"


def _level(audio: Real) -> float:
    """RMS of a recording; 0 when it is silence."""
    level = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))
    return level if level > _SILENCE else 0.0


def _gains_db(recordings: Sequence[NamedRecording], frames: Sequence[Real]) -> list[float]:
    """What brings each recording to the loudness of all."""
    return levelling_gains_db(
        [frame_loudness_db(rows) for rows in frames],
        [float(len(recording.audio)) for recording in recordings],
        [float(amplitude_to_db(_peak(recording.audio))) for recording in recordings],
    )


def _peak(audio: Real) -> float:
    """What a recording hardly ever exceeds: one click must not keep all of it quiet."""
    return float(np.percentile(np.abs(audio), _PEAK_PERCENTILE))


def _middle_part(audio: Real, share: float) -> Real:
    length = max(SHORTEST_SAMPLES, int(share * len(audio)))
    start = (len(audio) - length) // 2
    return audio[start : start + length]


def _rounded(values: Real) -> Real:
    """As a file holds them, so that what was just learnt and what is loaded sound the same."""
    return values.astype(np.float16).astype(np.float32)


def _rounded_basis(basis: Basis) -> Basis:
    return Basis(
        mean=basis.mean,
        scale=basis.scale,
        directions=_rounded(basis.directions),
        spread=basis.spread,
    )


def _fine(residual: Real, latents: Real, basis: Basis) -> NDArray[np.uint8]:
    """Packed fine spectra of a recording's noise over what its latents tell of it."""
    levels = basis.decode(latents, latents[0])[:, NOISE]
    return pack_fine(fine_spectra(residual[: len(levels) * HOP], levels))

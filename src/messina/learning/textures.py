"""Learning a texture: recordings to its model, and into a file.

All are brought to one loudness. Loudness is that of broadcasting: power weighted as the ear weighs
it, over blocks of 0.4 s, of those less than 10 dB under the mean; so that a long fade does not
count as a quiet recording. Ref: ITU-R BS.1770-4, annex 1 (filters, gates), here on the spectra
that the frames tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.corpus.recordings import NamedRecording, Recordings
from messina.corpus.sound import LeftOut
from messina.errors import CorpusError
from messina.frames.layout import HOP, pack_fine
from messina.frames.noise import NOISE_SIZE
from messina.frames.stereo import is_one_channel
from messina.progress import LearningProgress, ProgressReporter
from messina.sequences.texture import Texture
from messina.stopping import StopRequest, stop_on_signals
from messina.texture.drop_finding import joined_drops, take_drops
from messina.texture.drops import Drops
from messina.texture.fine import fine_spectra
from messina.texture.latents import Basis, measure_basis
from messina.texture.layout import BANDS, GROUPS, NOISE, PARTIALS, group_at, log_frequencies
from messina.texture.model import TEXTURE_VERSION, RecordingRow, TextureManifest, TextureModel
from messina.texture.texture_frames import SHORTEST_SAMPLES, analyse_with_residual, running_mean
from messina.units import SAMPLE_RATE, amplitude_to_db

__all__ = [
    "LONGEST_S",
    "build_model",
    "frame_loudness_db",
    "learn_texture",
    "left_out_of",
    "levelling_gains_db",
    "usable",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

_BLOCK: Final = round(0.4 * SAMPLE_RATE / HOP)
_ABSOLUTE_GATE_DB = -70.0
_RELATIVE_GATE_DB = -10.0
_OFFSET_DB = -0.691
_MOST_DB = 12.0  # what is quieter than that is meant to be, or would bring its hiss along
_PEAK_DB = -2.0  # a gain must not bring a recording's peak over this

_FILTER_RATE_HZ = 48_000
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (
        1.0,
        -1.69065929318241,
        0.73248077421585,
    ),
)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)


def _weights(frequencies_hz: Double) -> Double:
    """Power gain of both filters at these frequencies."""
    z = np.exp(-2j * np.pi * frequencies_hz / _FILTER_RATE_HZ)
    gains = [np.polyval(b[::-1], z) / np.polyval(a[::-1], z) for b, a in (_SHELF, _HIGH_PASS)]
    return np.asarray(np.abs(gains[0] * gains[1]) ** 2)


_BAND_WEIGHTS = 0.5 * _weights(np.exp(log_frequencies(np.zeros(BANDS))))
_BINS_HZ = np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)
_GROUP_WEIGHTS = np.bincount(group_at(_BINS_HZ), _weights(_BINS_HZ), GROUPS) / len(_BINS_HZ)


def frame_loudness_db(frames: Real) -> float:
    """Loudness of a recording's frames [T, FRAME_SIZE], in LUFS as if it were mono."""
    power = np.exp(2.0 * frames[:, PARTIALS].astype(np.float64)) @ _BAND_WEIGHTS
    power += np.exp(2.0 * frames[:, NOISE].astype(np.float64)) @ _GROUP_WEIGHTS
    sums = np.concatenate([[0.0], np.cumsum(power)])
    span = min(_BLOCK, len(power))
    blocks = (sums[span:] - sums[:-span]) / span
    gate = max(_gated(blocks, _absolute()) * 10 ** (_RELATIVE_GATE_DB / 10), _absolute())
    return float(_OFFSET_DB + 10 * np.log10(max(_gated(blocks, gate), 1e-12)))


def _absolute() -> float:
    return float(10 ** ((_ABSOLUTE_GATE_DB - _OFFSET_DB) / 10))


def _gated(blocks: Double, gate: float) -> float:
    """Mean power of the blocks over a gate; of all where none is."""
    chosen = blocks[blocks >= gate]
    return float(np.mean(chosen if len(chosen) else blocks))


def levelling_gains_db(
    loudness_db: Sequence[float], lengths_s: Sequence[float], peaks_db: Sequence[float]
) -> list[float]:
    """Gains in dB that bring recordings towards the loudness of all of them, weighted by length.

    >>> levelling_gains_db([-20.0, -26.0, -60.0], [10.0, 10.0, 0.0], [-6.0, -6.0, -50.0])
    [-3.0, 3.0, 12.0]
    """
    aim = float(np.average(loudness_db, weights=lengths_s))
    gains = np.clip(aim - np.asarray(loudness_db, np.float64), -_MOST_DB, _MOST_DB)
    room = np.maximum(_PEAK_DB - np.asarray(peaks_db, np.float64), 0.0)
    return [round(float(gain), 2) for gain in np.minimum(gains, room)]


LONGEST_S: Final = 600.0
"""Of longer corpora, so much is learnt: of each recording the same share, from its middle."""

_SILENCE = 1e-6
_PEAK_PERCENTILE = 99.9
_NOISE_FRAMES = 3  # 17 ms: of one frame most is chance; longer ones smear what strikes


@checked
def learn_texture(
    recordings: Recordings | Sequence[NamedRecording],
    *,
    out: Path | None = None,
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Texture:
    """Learns a texture from ambiences and other long sounds; a minute of them takes seconds.

    Nothing is left to chance: the same recordings are the same texture. Ctrl-C and SIGTERM end it
    early, and the recordings analysed by then are kept.

    Args:
        recordings: Of `read_recordings`.
        out: Where it is saved.
        progress: Called with a `LearningState` now and then.
        stop: Asked between two steps whether to end early; by default, whether there was
            a SIGINT or SIGTERM.

    Returns:
        The texture.

    Raises:
        CorpusError: There is nothing to learn from.
        OSError: `out` cannot be written.
    """
    reporter = ProgressReporter(progress)
    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        model = build_model(list(recordings), heard=reporter.analysing, stop=lambda: stopping.asked)
    texture = Texture(model)
    if out is not None:
        texture.save(out)
    return texture


def build_model(
    recordings: Sequence[NamedRecording],
    *,
    heard: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TextureModel:
    """Analyses recordings into a texture model.

    heard: called with how many of how many are analysed; stop: asked after each, and those analysed
    by then are kept. Raises CorpusError when none lasts long enough and sounds.
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
        if heard is not None:
            heard(len(frames), len(chosen))
        if stop is not None and stop():
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
            patches=len(own),
            loudness_db=float(amplitude_to_db(_level(recording.audio))),
            gain_db=gain_db,
        )
        for recording, own, gain_db in zip(kept, latents, gains_db, strict=True)
    )
    joined = joined_drops(drops, [len(own) for own in latents])
    manifest = TextureManifest(
        version=TEXTURE_VERSION,
        latents=len(basis.spread),
        recordings=rows,
        drops=len(joined.places),
        drops_each=joined.each,
        mono=all(is_one_channel(recording.audio) for recording in kept),
    )
    return TextureModel(
        manifest=manifest,
        basis=basis,
        latents=_rounded(np.concatenate(latents)),
        fine=np.concatenate(
            [_fine(left, own, basis) for left, own in zip(residuals, latents, strict=True)]
        ),
        weights={},
        drops=Drops(places=joined.places, shapes=_rounded(joined.shapes), each=joined.each),
    )


def usable(recordings: Sequence[NamedRecording]) -> list[NamedRecording]:
    """The recordings that last long enough and sound."""
    return [recording for recording in recordings if not _unfit(recording)]


def left_out_of(recordings: Sequence[NamedRecording]) -> list[LeftOut]:
    """The recordings that are not usable, each with the reason."""
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

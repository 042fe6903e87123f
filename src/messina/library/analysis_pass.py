"""The third pass: sounds become frames, and these the record that learning is given of each:
fixed-size arrays, and rows over time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.corpus.cache import FrameCache, decode_frames, encode_frames, source_fingerprint
from messina.corpus.clips import Clip, read_clips
from messina.corpus.reading import Readers
from messina.frames.analysis import analyse
from messina.frames.contour import MOST_CENTS
from messina.frames.layout import BANDS, BODY_SIZE, FINE_CELLS, ONSET_SIZE, Frames, pack_fine
from messina.instrument.descriptors import onset_weights
from messina.instrument.timegrid import pool
from messina.instrument.trajectories import contour_rows, rows_of
from messina.library.shards import write_shard
from messina.library.tasks import Analyse, Refused, Written

__all__ = ["FIXED", "FRAMES", "OVER_TIME", "Record", "analyse_sounds", "key_of_sound", "record_of"]


class Record(NamedTuple):
    """The data of one sound that learning is given."""

    points: NDArray[np.float16]  # [count, BODY_SIZE] on the time grid, as many as lie within it
    rows: NDArray[np.float16]  # [R, BODY_SIZE] at an even rate, as trajectories take them
    contour: NDArray[np.float16]  # [R, 1] cents at the same rows, 0 where its pitch stands still
    frames: int
    """How long it is."""
    onset: NDArray[np.float32]  # [ONSET_SIZE]
    onset_weights: NDArray[np.float32]  # [ONSET_SIZE] how much each number of the onset counts
    loudest: NDArray[np.float16]  # [BANDS] the loudest level of the partials in each band
    fine: NDArray[np.uint8]  # [FINE_CELLS / 2] fine spectrum of the noise, packed


FIXED: Final = {
    "onset": (np.float32, ONSET_SIZE),
    "onset_weights": (np.float32, ONSET_SIZE),
    "loudest": (np.float16, BANDS),
    "fine": (np.uint8, FINE_CELLS // 2),
}
"""Type and size of what is as large for every sound."""

OVER_TIME: Final = {
    "points": (np.float16, BODY_SIZE),
    "rows": (np.float16, BODY_SIZE),
    "contour": (np.float16, 1),
}
"""Type and width of what is as long as the sound."""


def record_of(frames: Frames) -> Record:
    """What is learnt of a sound."""
    levels, count = pool(frames.body)
    points = levels.astype(np.float16)
    rows = rows_of(frames.body).astype(np.float16)
    contour = np.zeros((len(rows), 1), np.float16)
    if frames.contour is not None:
        contour[:, 0] = np.clip(contour_rows(frames.contour), -MOST_CENTS, MOST_CENTS)
    return Record(
        points=points[:count],
        rows=rows,
        contour=contour,
        frames=len(frames),
        onset=frames.onset,
        onset_weights=onset_weights(points[None].astype(np.float32))[0],
        loudest=points[:, :BANDS].max(axis=0),
        fine=pack_fine(frames.fine),
    )


FRAMES: Final = "frames"


def key_of_sound(digest: str, reference_hz: float) -> bytes:
    """What the analysis of a sound is found again by: its content, pitch and the analysis."""
    code = source_fingerprint(
        "messina.library.analysis_pass",
        "messina.instrument.timegrid",
        "messina.instrument.descriptors",
        "messina.instrument.trajectories",
    )
    text = f"{FrameCache.key(digest, reference_hz)} {code}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def analyse_sounds(task: Analyse, out: Path, readers: Readers) -> Written:
    """Runs the task: one row a sound. What has changed since it was named is left out."""
    wanted = {sound.name: sound for sound in task.wanted}
    files = [each for file in task.files for each in file.files()]
    records: list[Record] = []
    keys: list[bytes] = []
    left_out: list[Refused] = []
    for clip in read_clips(files, task.how, readers=readers):
        sound = wanted.get(clip.name) if isinstance(clip, Clip) else None
        if sound is None or not isinstance(clip, Clip) or clip.digest != sound.digest:
            continue
        del wanted[clip.name]
        try:
            frames = analyse(clip.audio, reference_hz=sound.reference_hz)
        except ValueError as error:
            left_out.append(Refused(clip.name, f"cannot be analysed ({error})"))
            continue
        # in half precision, as frames come out of the cache of a folder that is learnt
        records.append(record_of(decode_frames(encode_frames(frames))))
        keys.append(key_of_sound(sound.digest, sound.reference_hz))
    left_out += [
        Refused(name, "changed while the library was read; index again") for name in wanted
    ]
    return Written(write_shard(out, FRAMES, _arrays(records, keys)), len(keys), tuple(left_out))


def _arrays(records: list[Record], keys: list[bytes]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 16),
        "lengths": np.array(
            [(len(r.points), len(r.rows), r.frames) for r in records], np.int64
        ).reshape(-1, 3),
    }
    for name, (dtype, size) in FIXED.items():
        own = [getattr(record, name)[None] for record in records]
        arrays[name] = np.concatenate([np.zeros((0, size), dtype), *own])
    for name, (dtype, size) in OVER_TIME.items():
        own = [getattr(record, name) for record in records]
        arrays[name] = np.concatenate([np.zeros((0, size), dtype), *own])
    return arrays

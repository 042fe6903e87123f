"""The third pass: sounds become frames, and these what is learnt of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.cache import FrameCache, decode_frames, encode_frames, source_fingerprint
from messina.corpus.clips import Clip, read_clips
from messina.corpus.readers import Readers
from messina.frames.analysis import analyse
from messina.library.records import FIXED, OVER_TIME, Record, record_of
from messina.library.shards import write_shard
from messina.library.tasks import Analyse, Refused, Written

__all__ = ["FRAMES", "analyse_sounds", "key_of_sound"]

FRAMES: Final = "frames"


def key_of_sound(digest: str, reference_hz: float) -> bytes:
    """What the analysis of a sound is found again by: its content, pitch and the analysis."""
    code = source_fingerprint(
        "messina.library.records",
        "messina.instrument.timegrid",
        "messina.instrument.descriptors",
        "messina.instrument.trajectories",
    )
    text = f"{FrameCache.key(digest, reference_hz)} {code}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def analyse_sounds(task: Analyse, out: Path, readers: Readers) -> Written:
    """Does the task: one row a sound. What has changed since it was named is left out."""
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

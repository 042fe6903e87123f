"""Recordings of rhythms → what a groove is learnt from: hits by kind, and phrases of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.assembling import assemble, collect_clips
from messina.corpus.corpus import Corpus
from messina.corpus.naming import Named
from messina.corpus.recordings import NamedRecording, Recordings
from messina.corpus.sound import Array, LeftOut
from messina.errors import CorpusError
from messina.events import Phrase, Voice
from messina.progress import Progress
from messina.rhythm.hit_features import Character, KnownVoices, cluster, label_groups, nearest
from messina.rhythm.onsets import Onsets
from messina.rhythm.stated import stated_of
from messina.rhythm.transcribing import (
    TranscribedHit,
    TranscribedRecording,
    phrase_from,
    transcribe,
    velocity_of,
)
from messina.units import SAMPLE_RATE

__all__ = ["GrooveMaterial", "read_grooves"]

LEAST_HITS: Final = 2
MOST_HITS: Final = 3000
"""Sounds that are kept, of all recordings together: some hundred times what a kit has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GrooveMaterial:
    """The hits by kind and the phrases that a groove is learnt from."""

    hits: Corpus
    """Every hit as a sound; its label is that of its voice, its velocity that of its event."""
    phrases: tuple[Phrase, ...]
    """One for each recording, in the order of the recordings."""
    vocabulary: tuple[Voice, ...]
    """What the phrases' events index."""
    hit_of: tuple[tuple[int, ...], ...]
    """For each phrase and each of its events, the place of its hit in `hits.sounds`."""
    onsets_s: tuple[tuple[float, ...], ...]
    """For each phrase and each of its events, when it began in the recording."""
    voices: KnownVoices
    left_out: tuple[LeftOut, ...] = ()
    """Recordings without a rhythm."""
    remarks: tuple[str, ...] = ()
    """Where what is stated of a recording and what it sounds like disagree."""


def read_grooves(
    recordings: Recordings | Sequence[NamedRecording],
    *,
    onsets: Mapping[str, Onsets] | None = None,
    progress: Progress | None = None,
) -> GrooveMaterial:
    """Hits and phrases of recordings; those with no rhythm are left out, each with a reason.

    Args:
        recordings: Of `read_recordings`.
        onsets: Of recordings, by their digests, as far as they are known.
        progress: Called with "listening", recordings done, recordings there are.

    Returns:
        What `learn_groove` takes.

    Raises:
        CorpusError: There is no rhythm in any recording.
    """
    known = onsets or {}
    transcribed: list[TranscribedRecording] = []
    left_out: list[LeftOut] = []
    total_s = sum(recording.length_s for recording in recordings)
    for done, recording in enumerate(recordings, start=1):
        found = transcribe(
            recording.audio,
            name=recording.name,
            stated=stated_of(recording.name, recording.loop, length_s=recording.length_s),
            onsets=known.get(recording.digest),
        )
        if len(found.hits) >= LEAST_HITS:
            share = recording.length_s / total_s
            transcribed.append(found.thinned(max(LEAST_HITS, int(MOST_HITS * share))))
        else:
            count = f"{len(found.hits)} onset" if found.hits else "no onsets"
            left_out.append(LeftOut(name=recording.name, reason=f"no rhythm in it ({count})"))
        if progress:
            progress("listening", done, len(recordings))
    if not transcribed:
        raise CorpusError(_no_rhythm(left_out))
    return _material(transcribed, left_out, recordings)


def _no_rhythm(left_out: Sequence[LeftOut]) -> str:
    first = left_out[0] if left_out else LeftOut(name="", reason="no recordings")
    return (
        f"nothing to learn a groove from ({first.name}: {first.reason}); "
        "give loops, breaks or takes with at least two hits, or learn them as hits or a texture"
    )


def _material(
    transcribed: Sequence[TranscribedRecording],
    left_out: Sequence[LeftOut],
    recordings: Recordings | Sequence[NamedRecording],
) -> GrooveMaterial:
    hits = [hit for each in transcribed for hit in each.hits]
    features = np.stack([hit.features for hit in hits])
    voice_of = _voices(hits, features)
    vocabulary = _vocabulary([hit.character for hit in hits], voice_of)
    loudest = max(hit.clip.loudness_db for hit in hits)
    velocities = [velocity_of(hit, loudest) for hit in hits]
    corpus, place = _corpus(hits, features, voice_of, velocities, vocabulary, left_out)
    if isinstance(recordings, Recordings):
        lost = sorted((*left_out, *recordings.left_out), key=lambda each: each.name)
        corpus = Corpus(sounds=corpus.sounds, left_out=tuple(lost), folder=recordings.folder)
    phrases, hit_of, onsets = [], [], []
    first = 0
    for each in transcribed:
        own = slice(first, first + len(each.hits))
        phrase, order = phrase_from(each, voice_of[own], velocities[own])
        phrases.append(phrase)
        hit_of.append(tuple(int(place[first + index]) for index in order))
        onsets.append(tuple(each.hits[index].hit.start / SAMPLE_RATE for index in order))
        first += len(each.hits)
    centres = [features[voice_of == voice].mean(axis=0) for voice in range(len(vocabulary))]
    return GrooveMaterial(
        hits=corpus,
        phrases=tuple(phrases),
        vocabulary=vocabulary,
        hit_of=tuple(hit_of),
        onsets_s=tuple(onsets),
        voices=KnownVoices(centres=np.stack(centres).astype(np.float32), loudest_db=loudest),
        left_out=tuple(left_out),
        remarks=tuple(
            f"{each.name}: {each.grid.remark}" for each in transcribed if each.grid.remark
        ),
    )


def _voices(hits: Sequence[TranscribedHit], features: Array) -> NDArray[np.int64]:
    """The voice of each hit; those without a sound have the voice of one that has."""
    sounding = np.array([hit.sounds for hit in hits])
    found = cluster(features[sounding])
    centres = np.stack(
        [features[sounding][found == voice].mean(axis=0) for voice in range(int(found.max()) + 1)]
    )
    voices = nearest(features, centres)
    voices[sounding] = found
    return voices


def _vocabulary(characters: Sequence[Character], voice_of: NDArray[np.int64]) -> tuple[Voice, ...]:
    groups = []
    for voice in range(int(voice_of.max()) + 1):
        members = [characters[index] for index in np.flatnonzero(voice_of == voice).tolist()]
        groups.append(Character.of_group(members))
    sizes = np.bincount(voice_of)
    return tuple(Voice(label=label) for label in label_groups(groups, sizes.tolist()))


def _corpus(
    hits: Sequence[TranscribedHit],
    features: Array,
    voice_of: NDArray[np.int64],
    velocities: Sequence[float],
    vocabulary: Sequence[Voice],
    left_out: Sequence[LeftOut],
) -> tuple[Corpus, list[int]]:
    """The hits as sounds, and for each hit the place of its sound.

    The same audio is one sound; a hit whose own was not kept has the nearest of its voice.
    """
    sounding = [index for index, hit in enumerate(hits) if hit.sounds]
    clips, _ = collect_clips(hits[index].clip for index in sounding)
    place = {clip.digest: index for index, clip in enumerate(clips)}
    first = {hit.clip.name: index for index, hit in enumerate(hits)}
    origin = [first[clip.name] for clip in clips]
    named = [
        Named(label=vocabulary[voice_of[index]].label, velocity=velocities[index])
        for index in origin
    ]
    sounds, _ = assemble(clips, named, [None] * len(clips))
    ordered = tuple(sorted(left_out, key=lambda lost: lost.name))
    corpus = Corpus(sounds=tuple(sounds), left_out=ordered)
    stands_for = _stand_ins(features, voice_of, np.array(sounding))
    return corpus, [place[hits[index].clip.digest] for index in stands_for]


def _stand_ins(
    features: Array, voice_of: NDArray[np.int64], sounding: NDArray[np.int64]
) -> list[int]:
    """For each hit the one whose sound is used for it: itself, or the nearest of its voice."""
    stands_for = np.arange(len(features))
    for index in np.setdiff1d(stands_for, sounding):
        same = sounding[voice_of[sounding] == voice_of[index]]
        stands_for[index] = same[nearest(features[index : index + 1], features[same])[0]]
    return [int(index) for index in stands_for]

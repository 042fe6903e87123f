"""An instrument: what a corpus became. Loads, saves, renders, resynthesises; numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.arguments import checked
from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.layout import Frames
from messina.frames.synthesis import synthesise
from messina.instrument.container import Parts, contents_digest
from messina.instrument.decoding import Latent, Moving, decode, to_frames
from messina.instrument.file import encode_file, read_file, write_file
from messina.instrument.fine_spectra import FineSpectra
from messina.instrument.finishing import finished
from messina.instrument.manifest import Manifest
from messina.instrument.network import Network
from messina.instrument.parts import Request, SoundSpec, between
from messina.instrument.playing import TAKE_DEVIATION, FrameRenderer, modes_ratio
from messina.instrument.responses import Response
from messina.instrument.sampling import (
    Drawn,
    Known,
    draw,
    draw_near,
    known_sounds,
    nearest,
    typical,
    typical_blur,
)
from messina.instrument.sound_map import mixture_at, part_of_mixture
from messina.instrument.trajectories import Trajectories
from messina.ranges import check_range
from messina.text import counted, did_you_mean
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    from messina.cards import Dot
    from messina.instrument.encoder import Encoded
    from messina.instrument.encoding import Encoding

__all__ = ["Instrument"]

Audio = NDArray[np.float32]


class Instrument:
    """A learnt instrument: renders new one-shots of the kind it was learnt from.

    Made by `messina.learn` or `Instrument.load`. Immutable, and needs numpy alone: torch is only
    for learning. All audio is float32, nominally ±1, at 44.1 kHz.
    """

    def __init__(
        self, manifest: Manifest, arrays: Mapping[str, NDArray[Any]], others: Parts | None = None
    ) -> None:
        self.manifest = manifest
        self.arrays = dict(arrays)
        self.others: Parts = dict(others or {})
        """Further parts of its file, written back by `save`: a groove's event model, for one."""

    @classmethod
    @checked
    def load(cls, path: str | Path) -> Instrument:
        """Reads an instrument from a .messina file.

        Args:
            path: The file; a groove's file holds the instrument of its hits.

        Returns:
            The instrument.

        Raises:
            InstrumentError: The file is damaged, of another kind, or newer than this program.
        """
        return cls(*read_file(Path(path)))

    @checked
    def save(self, path: str | Path) -> None:
        """Writes a .messina file, whole or not at all.

        Args:
            path: Where; a file that is there is replaced once the new one can be read.

        Raises:
            InstrumentError: What would be written could not be read again.
            OSError: The file cannot be written.
        """
        write_file(Path(path), self.manifest, self.arrays, self.others)

    def __repr__(self) -> str:
        manifest = self.manifest
        return (
            f"<Instrument: {counted(len(manifest.responses), 'label')}, "
            f"{counted(len(manifest.sounds), 'sound')}, {manifest.minutes:g} min>"
        )

    def _repr_html_(self) -> str:
        """A card for notebooks: the map, and a new sound of each of some labels."""
        from messina.cards import MOST_SOUNDS, AudioPlayer, card, evenly, listed

        manifest = self.manifest
        heard = evenly(self.labels, MOST_SOUNDS)
        sounds = counted(len(manifest.sounds), "sound")
        return card(
            f"An instrument of {counted(len(self.labels), 'label')}",
            [f"{sounds} learnt in {manifest.minutes:g} min", listed(self.labels)],
            dots=self.dots(),
            map_says="the map of its sounds, a colour a label",
            players=[
                AudioPlayer(title=label, audio=partial(self.render, label=label)) for label in heard
            ],
        )

    def dots(self) -> list[Dot]:
        """The map of the instrument's sounds, as a notebook's card shows it."""
        from messina.cards import Dot

        kept = [sound for sound in self.manifest.sounds if sound.role != "held out"]
        hues = {label: 360.0 * i / len(self.labels) for i, label in enumerate(self.labels)}
        return [
            Dot(x=x, y=y, hue=hues[sound.label], text=f"{sound.label}: {sound.name}")
            for sound, (x, y) in zip(kept, self.places.tolist(), strict=True)
        ]

    @cached_property
    def digest(self) -> str:
        """The digest of what its file holds, by which recipes of sounds know it."""
        return contents_digest(encode_file(self.manifest, self.arrays, self.others))

    @cached_property
    def network(self) -> Network:
        """The encoder and decoder, in numpy."""
        return Network(self.manifest.network, self.arrays)

    @cached_property
    def known(self) -> Known:
        """The sounds whose latents the instrument keeps."""
        return known_sounds(self.manifest, self.arrays)

    @cached_property
    def fine(self) -> FineSpectra:
        """The fine spectra of the `known` sounds."""
        return FineSpectra(self.arrays["fine"], self.arrays["fine_of"])

    @property
    def places(self) -> NDArray[np.float32]:
        """Where the `known` sounds lie on the map [S, 2]: x, and y downwards, 0 … 1."""
        places: NDArray[np.float32] = self.arrays["places"]
        return places

    @property
    def keys(self) -> NDArray[np.int32]:
        """Which label, by its index, each key of MIDI plays [128]; -1: none."""
        keys: NDArray[np.int32] = self.arrays["keys"]
        return keys

    @cached_property
    def trajectories(self) -> Trajectories:
        """How the `known` sounds move."""
        a = self.arrays
        return Trajectories(
            a["trajectory_basis"],
            a["trajectories"],
            a["trajectory_counts"],
            a["trajectory_louder"],
            a["contours"],
        )

    @cached_property
    def known_velocities(self) -> tuple[float | None, ...]:
        """Velocities of the `known` sounds, where names or recordings told them."""
        sounds = self.manifest.sounds
        return tuple(sound.velocity for sound in sounds if sound.role != "held out")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels `render` takes, in alphabetical order."""
        return tuple(response.label for response in self.manifest.responses)

    @property
    def sustained(self) -> frozenset[str]:
        """The labels whose notes sound for as long as their key is down."""
        return frozenset(self.labels[label] for label in self.known.sustained)

    @checked
    def render(
        self,
        *,
        note: float | None = None,
        velocity: float | None = None,
        label: str | None = None,
        length_s: float | None = None,
        brightness: float | None = None,
        like: Audio | None = None,
        morph: tuple[Audio, Audio, float] | None = None,
        at: tuple[float, float] | None = None,
        vibrato: float = 1.0,
        wildness: float = 1.0,
        seed: int = 0,
    ) -> Audio:
        """Renders a new sound; the same seed and controls give the same sound.

        Controls that are not given are drawn as the corpus has them.

        Args:
            note: Pitch as a MIDI note number; 69 is A4, 440 Hz, fractions are cents.
            velocity: How hard, 1 … 127.
            label: The kind of sound, one of `labels`; drawn like the corpus where None.
            length_s: Length in seconds; a sustained note is held for so long, its release
                included.
            brightness: -1 duller … 1 brighter; 0 leaves it as drawn.
            like: Audio [N] or [N, C] at 44.1 kHz to make a variation of.
            morph: Two such sounds and a place between them: (first, second, 0 … 1).
            at: Where on the instrument's map, x and y (downwards), 0 … 1: the sound there, or a
                mixture of those around; of `label` alone where one is given.
            vibrato: How far its pitch moves, 0 … 2: 0 not at all, 1 as learnt, 2 twice as far.
            wildness: Distance from the label's most typical sound: 0 that sound, 1 spread as in
                the corpus, 2 twice as far.
            seed: Seed of every random draw.

        Returns:
            Audio [N, 2], at most -0.3 dBFS true peak.

        Raises:
            ControlError: A control is out of range, or the label is unknown.
            InstrumentError: What it makes is not finite: its weights are damaged.
        """
        request = Request(
            note=note,
            velocity=velocity,
            label=label,
            length_s=length_s,
            brightness=brightness,
            vibrato=vibrato,
            wildness=wildness,
            like=like,
            morph=morph,
            at=at,
        )
        rng = CounterRng(seed)
        frames = self._frames(request, rng)
        samples = None if length_s is None else round(length_s * SAMPLE_RATE)
        return finished(synthesise(frames, key=rng.stream(Purpose.NOISE).bits(), samples=samples))

    @checked
    def resynth(
        self, audio: Audio, *, sample_rate: float, note: float | None = None, seed: int = 0
    ) -> Audio:
        """Resynthesises a sound: analysed, encoded, decoded and synthesised again.

        Args:
            audio: The sound [N] or [N, C].
            sample_rate: Its sample rate in Hz.
            note: Its pitch as a MIDI note number, where known; measured otherwise.
            seed: Seed of the noise.

        Returns:
            Audio [N, 2] at 44.1 kHz, the onset where the given sound has it.

        Raises:
            ControlError: There is no sound in the audio.
        """
        audio = _at_own_rate(audio, sample_rate)
        encoded = self._encoded(audio, note)
        played_note = encoded.latent.controls.note
        decoded = decode(self.network, encoded.latent, self.manifest.scale)
        model = nearest(self.known, encoded.latent.z, encoded.latent.label)
        own_note = self.known.controls[model].note
        frames = to_frames(
            decoded,
            gain_db=encoded.latent.controls.loudness_db,
            fine=self.fine.of(model),
            fine_ratio=1.0 if played_note is None else modes_ratio(played_note, own_note),
            reference_hz=encoded.reference_hz,
            most_frames=encoded.frames,
            moving=None
            if encoded.trajectory is None
            else Moving(
                trajectory=encoded.trajectory,
                basis=self.trajectories.basis,
                natural=encoded.frames,
            ),
        )
        key = CounterRng(seed, Purpose.NOISE).bits()
        played = synthesise(frames, key=key, samples=len(audio) - encoded.start)
        return np.pad(finished(played), ((encoded.start, 0), (0, 0)))

    @checked
    def encode(self, audio: Audio, *, sample_rate: float, note: float | None = None) -> Encoding:
        """What the instrument understands of a sound: its latent, and what conditions it.

        Args:
            audio: The sound [N] or [N, C].
            sample_rate: Its sample rate in Hz.
            note: Its pitch as a MIDI note number, where known; measured otherwise.

        Returns:
            The encoding, for `decode` and `interpolate`.

        Raises:
            ControlError: There is no sound in the audio, or the sample rate is none.
        """
        from messina.instrument.encoding import encoding_of

        return encoding_of(
            self._encoded(_at_own_rate(audio, sample_rate), note), self._player, self.labels
        )

    @checked
    def decode(
        self,
        encoding: Encoding,
        *,
        note: float | None = None,
        velocity: float | None = None,
        length_s: float | None = None,
        brightness: float | None = None,
        wildness: float = 0.0,
        seed: int = 0,
    ) -> Audio:
        """Plays an encoding; what is not asked for is as it was encoded.

        Args:
            encoding: Of `encode` or `interpolate`, by this instrument.
            note: Pitch as a MIDI note number.
            velocity: How hard, 1 … 127.
            length_s: Length in seconds.
            brightness: -1 duller … 1 brighter.
            wildness: How far a take strays from it: 0 not at all, 1 as hits of one kind do.
            seed: Of the noise, and of what strays.

        Returns:
            Audio [N, 2] at 44.1 kHz, at most -0.3 dBFS true peak.

        Raises:
            ControlError: A control is out of range, or the label is unknown.
        """
        from messina.instrument.encoding import part_of_encoding

        request = Request(
            note=note,
            velocity=velocity,
            length_s=length_s,
            brightness=brightness,
            wildness=wildness,
        )
        rng = CounterRng(seed)
        part = part_of_encoding(encoding, request, self._player, self.labels)
        frames = self._player.frames(part, request, rng)
        samples = None if length_s is None else round(length_s * SAMPLE_RATE)
        return finished(synthesise(frames, key=rng.stream(Purpose.NOISE).bits(), samples=samples))

    @checked
    def interpolate(self, first: Encoding, second: Encoding, share: float) -> Encoding:
        """The encoding at a share of the way from one to another.

        Args:
            first: Of `encode`, by this instrument.
            second: Another one.
            share: 0 the first, 1 the second.

        Returns:
            Latent, note and level in between, brightness, decay and length in between by their
            ratios; label, modes and movement are those of the nearer.

        Raises:
            ControlError: The share is not 0 to 1.
        """
        from messina.instrument.encoding import interpolated

        return interpolated(first, second, share, self.labels)

    def frames(self, *, rng: CounterRng, **controls: Any) -> Frames:
        """What `render` synthesises, as frames.

        Args:
            rng: The generator of every draw.
            controls: Those of `render`.

        Returns:
            The frames of one sound: levels of oscillators and noise, and its static parameters.

        Raises:
            ControlError: A control is out of range, or the label is unknown.
        """
        return self._frames(Request(**controls), rng)

    def _frames(self, request: Request, rng: CounterRng) -> Frames:
        if request.like is not None:
            part = self._like(request.like, request, rng)
        elif request.morph is not None:
            part = self._between(request.morph, request)
        elif request.at is not None:
            part = self._at(request.at, request, rng)
        else:
            part = self._new(request, rng)
        return self._player.frames(part, request, rng)

    def frames_near(self, sound: int, *, wildness: float, rng: CounterRng) -> Frames:
        """Another take of a learnt sound, as frames: as loud, as high and as long as that.

        Args:
            sound: Index into `known`.
            wildness: How far from it, 0 … 2.
            rng: The generator of every draw.

        Returns:
            The frames of one sound.
        """
        index = int(self.known.labels[sound])
        response = self.manifest.responses[index]
        drawn = draw_near(self.known, sound, response, wildness=wildness, rng=rng)
        part = self._part_of(drawn, index, response, drawn.loudness_db)
        return self._player.frames(part, Request(wildness=wildness), rng)

    def frames_of(self, part: SoundSpec, *, rng: CounterRng) -> Frames:
        """A part as it is, no take of it, as frames. Raises ControlError where it is not its own.

        rng: the generator of every draw.
        """
        self._player.check_own(part.latent.z, part.model)
        return self._player.frames(part, Request(wildness=0.0), rng)

    def lacking_tilt(self, label: int, brightness: float) -> float:
        """Spectral tilt, in nepers an octave, that a label's sounds lack of a brightness -1 … 1.

        As the page has it: measured on the label's most typical sound.
        """
        return self._player.lacking_tilt(typical(self.known, label), brightness)

    def typical_points(
        self, label: str, *, note: float | None, velocity: float
    ) -> NDArray[np.float32]:
        """The levels of a label's most typical sound, as the network says them.

        Returns:
            ln amplitude over gain [POINTS, BODY_SIZE] at the frames of the time grid.
        """
        request = Request(label=label, note=note, velocity=velocity, wildness=0.0)
        return self._player.points(self._new(request, CounterRng(0)))

    def _encoded(self, audio: Audio, note: float | None = None) -> Encoded:
        # Analysis is what only a given sound needs, and more than all of playing.
        from messina.instrument.encoder import encode_audio

        check_range("note", note)
        manifest = self.manifest
        basis = self.trajectories.basis
        return encode_audio(
            self.network, manifest.scale, manifest.responses, audio, note=note, basis=basis
        )

    @cached_property
    def _player(self) -> FrameRenderer:
        return FrameRenderer(
            self.network,
            self.manifest.scale,
            self.manifest.responses,
            self.known,
            self.fine,
            self.trajectories.basis,
        )

    def _index_of(self, label: str | None, rng: CounterRng) -> int:
        """A label's index; without one, that of a random known sound."""
        if label is None:
            labels = self.known.labels
            return int(labels[rng.below(len(labels))])
        if label not in self.labels:
            guess = did_you_mean(label, self.labels)
            raise ControlError(
                f"there is no label '{label}'; {guess}there are {', '.join(self.labels)}"
            )
        return self.labels.index(label)

    def _new(self, request: Request, rng: CounterRng) -> SoundSpec:
        index = self._index_of(request.label, rng)
        response = self.manifest.responses[index]
        model_db = played_db = None
        if request.velocity is not None:
            model_db, played_db = response.loudness_at(request.velocity, request.note)
        drawn = draw(
            self.known,
            index,
            response,
            note=request.note if response.pitched else None,
            loudness_db=model_db,
            wildness=request.wildness,
            rng=rng,
        )
        gain_db = (drawn.loudness_db if played_db is None else played_db) + drawn.louder_db
        return self._part_of(drawn, index, response, gain_db)

    def _like(self, audio: Audio, request: Request, rng: CounterRng) -> SoundSpec:
        """A variation of a sound: its latent, blurred as much as its label is spread."""
        part = self._player.part_of(self._encoded(audio), request)
        blur = request.wildness * typical_blur(self.known, part.latent.label)
        z = part.latent.z + blur * rng.stream(Purpose.NEAR).normals(len(blur)).astype(np.float32)
        return replace(part, latent=replace(part.latent, z=z))

    def _at(self, point: tuple[float, float], request: Request, rng: CounterRng) -> SoundSpec:
        """A take of what sounds at a point of the map."""
        among = None
        if request.label is not None:
            among = np.flatnonzero(self.known.labels == self._index_of(request.label, rng))
        mixture = mixture_at(self.places, *point, among=among)
        part = part_of_mixture(self.known, self.manifest.responses, mixture, request)
        stray = rng.stream(Purpose.NEAR).normals(len(part.latent.z))
        blur = TAKE_DEVIATION * request.wildness * typical_blur(self.known, part.latent.label)
        z = part.latent.z + (blur * stray).astype(np.float32)
        moving = self.trajectories.of(part.model)
        return replace(
            part,
            latent=replace(part.latent, z=z),
            trajectory=moving,
            sustained=self.known.steady[part.model] is not None,
        )

    def _between(self, morph: tuple[Audio, Audio, float], request: Request) -> SoundSpec:
        first, second, share = morph
        a, b = (self._player.part_of(self._encoded(audio), request) for audio in (first, second))
        return between(a, b, share)

    def _part_of(self, drawn: Drawn, label: int, response: Response, gain_db: float) -> SoundSpec:
        """What was drawn of a label, about to be played."""
        controls = response.controls_at(
            drawn.loudness_db, drawn.note, brighter=drawn.brighter, longer=drawn.longer
        )
        return SoundSpec(
            latent=Latent(z=drawn.z, label=label, controls=controls),
            gain_db=gain_db,
            note=drawn.note,
            length_s=drawn.length_s,
            model=drawn.model,
            trajectory=self.trajectories.of(drawn.model),
            sustained=self.known.steady[drawn.model] is not None,
            higher=drawn.higher,
            tilt=drawn.tilt,
        )


def _at_own_rate(audio: Audio, sample_rate: float) -> Audio:
    """Audio at 44.1 kHz. Raises ControlError for an impossible rate."""
    if not 1_000 <= sample_rate <= 1_000_000:
        raise ControlError(f"a sample rate of {sample_rate} Hz; it can be 1,000 to 1,000,000")
    audio = np.asarray(audio)
    if sample_rate == SAMPLE_RATE or len(audio) == 0:
        return audio
    return soxr.resample(audio, sample_rate, SAMPLE_RATE, quality="VHQ")

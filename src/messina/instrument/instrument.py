"""An instrument: what a corpus became. Loads, saves, renders, resynthesises; numpy only."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.counter_rng import CounterRng, Purpose
from messina.frames.layout import Frames
from messina.frames.synthesis import synthesise
from messina.instrument.contents import Contents
from messina.instrument.drawing import drawn_part, new_part, part_near
from messina.instrument.file import read_file, write_file
from messina.instrument.finishing import finished
from messina.instrument.parts import Request, SoundSpec
from messina.instrument.sampling import (
    typical,
)
from messina.text import counted
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    from messina.cards import Dot
    from messina.instrument.encoding import Encoding

__all__ = ["Instrument"]

Audio = NDArray[np.float32]


class Instrument(Contents):
    """A learnt instrument: renders new one-shots of the kind it was learnt from.

    Made by `messina.learn` or `Instrument.load`. Immutable, and needs numpy alone: torch is only
    for learning. All audio is float32, nominally ±1, at 44.1 kHz.
    """

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
        frames = self.player.frames(drawn_part(self, request, rng), request, rng)
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
        # Analysis is what only a given sound needs, and more than all of playing.
        from messina.instrument.encoding import at_own_rate, resynthesised

        audio = at_own_rate(audio, sample_rate)
        return resynthesised(self, audio, note=note, seed=seed)

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
        from messina.instrument.encoding import at_own_rate, encoded, encoding_of

        found = encoded(self, at_own_rate(audio, sample_rate), note)
        return encoding_of(found, self.player, self.labels)

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
            wildness: How far the take differs from it: 0 not at all, 1 as much as two hits
                of one kind do.
            seed: Of the noise, and of how the take differs.

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
        part = part_of_encoding(encoding, request, self.player, self.labels)
        frames = self.player.frames(part, request, rng)
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
        request = Request(**controls)
        return self.player.frames(drawn_part(self, request, rng), request, rng)

    def frames_near(self, sound: int, *, wildness: float, rng: CounterRng) -> Frames:
        """Another take of a learnt sound, as frames: as loud, as high and as long as that.

        Args:
            sound: Index into `known`.
            wildness: How far from it, 0 … 2.
            rng: The generator of every draw.

        Returns:
            The frames of one sound.
        """
        part = part_near(self, sound, wildness=wildness, rng=rng)
        return self.player.frames(part, Request(wildness=wildness), rng)

    def frames_of(self, part: SoundSpec, *, rng: CounterRng) -> Frames:
        """Frames of a sound, without the deviation of a take.

        Raises ControlError where the sound is another instrument's.

        rng: the generator of every draw.
        """
        self.player.check_own(part.latent.z, part.model)
        return self.player.frames(part, Request(wildness=0.0), rng)

    def lacking_tilt(self, label: int, brightness: float) -> float:
        """Spectral tilt in nepers an octave: what conditioning alone lacks of a brightness.

        brightness: -1 … 1, as asked for. Measured on the label's most typical sound, as in the
        page.
        """
        return self.player.lacking_tilt(typical(self.known, label), brightness)

    def typical_points(
        self, label: str, *, note: float | None, velocity: float
    ) -> NDArray[np.float32]:
        """The levels of a label's most typical sound, as the network decodes them.

        Returns:
            ln amplitude over gain [POINTS, BODY_SIZE] at the frames of the time grid.
        """
        request = Request(label=label, note=note, velocity=velocity, wildness=0.0)
        return self.player.points(new_part(self, request, CounterRng(0)))

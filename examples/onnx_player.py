"""Plays an instrument exported with `messina export X --to onnx`, with numpy and onnxruntime alone.

    python onnx_player.py kalimba/ --note 62 --velocity 100 --seed 7 -o d4.wav

Read it top to bottom: it is what a program of your own has to do.
"""

from __future__ import annotations

import argparse
import json
import math
import wave
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

Array = np.ndarray[Any, np.dtype[Any]]


class Player:
    """An exported folder."""

    def __init__(self, folder: Path) -> None:
        self.facts = json.loads((folder / "instrument.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.identity, self.row, self.joining, self.synthesiser = (
            onnxruntime.InferenceSession(folder / f"{name}.onnx", options)
            for name in ("identity", "row", "joining", "synthesiser")
        )

    def play(
        self,
        *,
        label: str | None = None,
        note: float | None = None,
        velocity: float = 100.0,
        wildness: float = 1.0,
        seed: int = 0,
    ) -> Array:
        """A new sound [N, 2] at 44.1 kHz."""
        rng = np.random.default_rng(seed)
        labels = [law["label"] for law in self.facts["labels"]]
        index = rng.integers(len(labels)) if label is None else labels.index(label)
        law = self.facts["labels"][index]
        pitched = law["note_low"] is not None
        z, note, length_s = self.draw(int(index), note if pitched else None, wildness, rng)
        higher = 0.0  # than the label's sounds are on the whole, as far as they reach
        if note is not None:
            higher = min(max(note, law["note_low"]), law["note_high"]) - law["note_centre"]
        loudness_db, played_db = (
            float(np.interp(velocity, self.facts["velocities"], law[curve]))
            + law["loudness_per_note"] * higher
            for curve in ("loudness_db", "played_db")
        )
        moved, tilt, longer = self.step(int(index), wildness, rng)
        length_s *= math.exp(longer)
        code, onset, decay_s = self.ask_identity(z, int(index), note, higher, loudness_db, longer)
        points = self.ask_rows(code, onset, decay_s, wildness, rng)
        ratio = 2 ** (moved / 12)
        body = self.between_points(self.transposed(self.tilted(points, tilt), ratio), length_s)
        gain = 10 ** ((played_db - self.loudness_db(body)) / 20)
        reference_hz = self.facts["reference_hz"] * ratio
        if note is not None:
            reference_hz = 440 * 2 ** ((note - 69) / 12)
        return self.synthesise(body, onset, reference_hz, gain, key=int(rng.integers(2**32)))

    def draw(
        self, label: int, note: float | None, wildness: float, rng: np.random.Generator
    ) -> tuple[Array, float | None, float]:
        """An identity near a sound of the label that is not far from the note; note; length."""
        sounds = [sound for sound in self.facts["sounds"] if sound["label"] == label]
        if self.facts["labels"][label]["note_low"] is not None:
            if note is None:
                note = sounds[rng.integers(len(sounds))]["note"]
            away = np.array([abs((s["note"] or note) - note) for s in sounds])
            sounds = [sounds[i] for i in np.argsort(away, kind="stable")[:5]]
        sound = sounds[rng.integers(len(sounds))]
        blur = np.array(sound["blur"]) * rng.standard_normal(self.facts["latent"])
        return np.array(sound["z"]) + wildness * blur, note, sound["length_s"]

    def step(self, label: int, wildness: float, rng: np.random.Generator) -> tuple[float, ...]:
        """How far a sound nearly alone of its label strays: semitones, tilt, ln of its decay."""
        lone = self.facts["lone"]
        direction = rng.standard_normal(3)
        if self.facts["labels"][label]["note_low"] is not None:
            direction[0] = 0  # what has a pitch keeps it
        direction *= math.sqrt(3) / max(np.linalg.norm(direction), 1e-9)
        far = wildness * lone["of_label"][label] * rng.uniform(*lone["step_range"])
        return tuple(far * direction * np.array(list(lone["step"].values())))

    def tilted(self, points: Array, slope: float) -> Array:
        """Brighter or duller, in nepers an octave round 1 kHz; silence stays silence."""
        floor = np.array(self.facts["body_floor"], np.float32)
        most = self.facts["most_tilt"]
        change = np.clip(slope * np.array(self.facts["octaves"], np.float32), -most, most)
        moved = np.where(points > floor + 0.5, points + change, points)
        return np.asarray(np.maximum(moved, floor), np.float32)

    def transposed(self, points: Array, ratio: float) -> Array:
        """The noise moved up by a ratio; oscillators move with reference_hz."""
        bins = np.array(self.facts["noise_bins"])
        noise = points[:, -len(bins) :]
        moved = np.array([np.interp(bins / ratio, bins, row) for row in noise], np.float32)
        moved[:, bins / ratio > bins[-1]] = self.facts["body_floor"][-1]
        return np.concatenate([points[:, : -len(bins)], moved], axis=1)

    def ask_identity(
        self,
        z: Array,
        label: int,
        note: float | None,
        higher: float,
        loudness_db: float,
        longer: float,
    ) -> tuple[Array, Array, float]:
        """Code, onset and decay of a sound of this label, note and loudness."""
        law = self.facts["labels"][label]
        louder = loudness_db - law["loudness_centre"]
        brightness, decay = (
            math.exp(
                law[name]["centre"] + law[name]["per_db"] * louder + law[name]["per_note"] * higher
            )
            for name in ("brightness", "decay")
        )
        decay *= math.exp(longer)
        told = math.nan  # the network is not asked for notes far beyond what it learnt
        if note is not None:
            told = min(max(note, law["note_low"] - 3), law["note_high"] + 3)
        controls = {
            "note": told,
            "loudness_db": loudness_db,
            "brightness_hz": brightness,
            "decay_s": decay,
        }
        inputs = {name: np.array([value], np.float32) for name, value in controls.items()}
        inputs |= {"z": z[None].astype(np.float32), "label": np.array([label])}
        code, onset = self.identity.run(["code", "onset"], inputs)
        return code, onset, decay

    def ask_rows(
        self, code: Array, onset: Array, decay_s: float, wildness: float, rng: np.random.Generator
    ) -> Array:
        """The levels at every point of the time grid [points, D], all in one batch."""
        frames = np.array(self.facts["point_frames"], np.float32)
        slow = np.array(self.facts["stray_over_time"], np.float32)
        knots = rng.standard_normal((slow.shape[1], self.facts["stray_knots"]))
        bands = self.joining.get_outputs()[0].shape[1]
        inputs = {
            "code": np.repeat(code, len(frames), axis=0),
            "frame": frames,
            "decay_s": np.full(len(frames), decay_s, np.float32),
            "stray": (self.facts["take_deviation"] * wildness * slow @ knots).astype(np.float32),
            "join": np.tile(np.eye(bands, dtype=np.float32), (len(frames), 1, 1)),
        }
        count = self.facts["first_points"]
        first = {name: value[:count] for name, value in inputs.items()}
        silence = np.tile(np.array(self.facts["body_floor"], np.float32), (count, 1))
        rows = np.concatenate([self.row.run(["body"], first)[0], silence])[None, :count]
        join = self.joining.run(["join"], {"onset": onset, "rows": rows})[0]
        inputs["join"] = np.repeat(join, len(frames), axis=0)
        return np.asarray(self.row.run(["body"], inputs)[0])

    def between_points(self, points: Array, length_s: float) -> Array:
        """Levels at every frame [T, D], for as long as something is heard and sounds last."""
        floor = np.array(self.facts["body_floor"], np.float32)
        frames = [*self.facts["point_frames"], self.facts["silent_from_frame"]]
        points = np.concatenate([points, floor[None]])
        heard = np.flatnonzero((points > floor + self.facts["audible_nepers"]).any(axis=1))
        last = frames[min(heard[-1] + 1, len(frames) - 1)] if len(heard) else 3
        samples = round(length_s * self.facts["sample_rate"])
        last = min(max(last, 3), -(-samples // self.facts["hop"]))
        place = np.interp(np.arange(last + 1), frames, np.arange(len(frames)))
        low = np.minimum(place.astype(int), len(frames) - 2)
        share = (place - low)[:, None].astype(np.float32)
        return np.asarray(points[low] + share * (points[low + 1] - points[low]))

    def loudness_db(self, body: Array) -> float:
        """Of the loudest 50 ms, for a gain of 1."""
        power = np.exp(2 * body) @ np.array(self.facts["power_share"], np.float32)
        loudest = np.convolve(power, np.ones(9) / 9, "valid" if len(power) >= 9 else "same").max()
        most = self.facts["most_correction_db"]
        return float(np.clip(10 * np.log10(max(loudest, 1e-12)), -most, most))

    def synthesise(
        self, body: Array, onset: Array, reference_hz: float, gain: float, *, key: int
    ) -> Array:
        """Rows to sound [N, 2], one block a call."""
        silence = np.array(self.facts["body_floor"], np.float32)[None]
        lead, repeated = self.facts["lead"], self.facts["repeated"]
        before = np.repeat(body[:1], repeated - 1, axis=0)
        rows = np.concatenate([before, body, np.repeat(silence, lead, axis=0)])
        fixed = {
            "onset": onset,
            "reference_hz": np.array([reference_hz], np.float64),
            "gain": np.array([gain], np.float32),
            "key": np.array([key], np.int64),
        }
        kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64}
        state = {
            entry.name: np.zeros([1, *entry.shape[1:]], kinds.get(entry.type, np.int64))
            for entry in self.synthesiser.get_inputs()
            if entry.name.startswith("state_")
        }
        names = [entry.name for entry in self.synthesiser.get_outputs()]
        blocks = []
        for row in rows:
            answers = self.synthesiser.run(names, {"body": row[None], **fixed, **state})
            given = dict(zip(names, answers, strict=True))
            blocks.append(given.pop("audio")[0])
            state = {name.replace("next_", "state_"): value for name, value in given.items()}
        sound = np.concatenate(blocks[lead:])
        sound = sound[: (len(body) - 1) * self.facts["hop"]]
        fade = min(len(sound), 512)  # the last 12 ms
        turn = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
        sound[len(sound) - fade :] *= turn[:, None].astype(np.float32)
        return np.asarray(sound)


def write_wav(path: Path, audio: Array, sample_rate: int) -> None:
    """16-bit WAV of audio [N, 2], turned down where it would clip."""
    audio = audio / max(1.0, float(np.abs(audio).max(initial=0.0)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(audio * 32_767).astype("<i2").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description="Play an exported instrument.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--label")
    parser.add_argument("--note", type=float)
    parser.add_argument("--velocity", type=float, default=100)
    parser.add_argument("--wildness", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    player = Player(wanted.folder)
    audio = player.play(
        label=wanted.label,
        note=wanted.note,
        velocity=wanted.velocity,
        wildness=wanted.wildness,
        seed=wanted.seed,
    )
    write_wav(wanted.output, audio, player.facts["sample_rate"])


if __name__ == "__main__":
    main()

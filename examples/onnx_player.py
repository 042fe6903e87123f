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
        self.labels = [label["label"] for label in self.facts["labels"]]
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = 1
        self.models = {
            name: onnxruntime.InferenceSession(folder / f"{name}.onnx", self.options)
            for name in ("draw", "point", "sound", "block")
        }

    def play(
        self,
        *,
        label: str | None = None,
        note: float | None = None,
        velocity: float | None = None,
        wildness: float = 1.0,
        seed: int = 0,
        at: tuple[float, float] | None = None,
    ) -> Array:
        """A new sound [N, 2] at 44.1 kHz, that of `messina render` with the same seed.

        at: the point of the map that is to sound.
        """
        told = {"note": note, "velocity": velocity, "wildness": wildness}
        asked = {
            name: np.array([math.nan if value is None else value], np.float64)
            for name, value in told.items()
        }
        asked["label"] = np.array([-1 if label is None else self.labels.index(label)], np.int64)
        asked["seed"] = np.array([seed], np.int64)
        if at is None:
            drawn = self.ask("draw", asked)
        else:
            drawn = self.ask("point", asked | {"x": np.array(at[:1]), "y": np.array(at[1:])})
        sound = self.ask("sound", drawn)
        return self.faded(self.blocks(sound))

    def ask(self, name: str, given: dict[str, Array]) -> dict[str, Array]:
        """What one of the models answers, by name; it takes of `given` what it has inputs for."""
        model = self.models[name]
        inputs = {entry.name: given[entry.name] for entry in model.get_inputs()}
        names = [entry.name for entry in model.get_outputs()]
        return dict(zip(names, model.run(names, inputs), strict=True))

    def blocks(self, sound: dict[str, Array]) -> Array:
        """A sound [N, 2], a block a call."""
        frames, lead = int(sound["frames"][0]), self.facts["lead"]
        given, blocks = dict(sound), []
        for call in range(lead + frames - 1):
            row = max(call - (self.facts["repeated"] - 1), 0)
            given["body"] = sound["body"][:, row]
            answers = self.ask("block", given)
            blocks.append(answers.pop("audio")[0])
            given |= {name.replace("next_", "state_"): value for name, value in answers.items()}
        return np.concatenate(blocks[lead:])

    def faded(self, audio: Array) -> Array:
        """Audio [N, 2] with an end in silence."""
        fade = min(len(audio), self.facts["fade_samples"])
        turn = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
        audio[len(audio) - fade :] *= turn[:, None].astype(np.float32)
        return audio


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
    parser.add_argument("--velocity", type=float)
    parser.add_argument("--wildness", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at", type=float, nargs=2, metavar=("X", "Y"), help="of the map")
    wanted = parser.parse_args()
    player = Player(wanted.folder)
    audio = player.play(
        label=wanted.label,
        note=wanted.note,
        velocity=wanted.velocity,
        wildness=wanted.wildness,
        seed=wanted.seed,
        at=wanted.at,
    )
    write_wav(wanted.output, audio, player.facts["sample_rate"])


if __name__ == "__main__":
    main()

"""Sounds by RAVE, trained on the same sounds for the same wall-clock; opt-in.

    python benchmarks/rave.py corpora/drums --minutes 1 -o rave-drums/
    python benchmarks/opponents.py corpora/drums --minutes 1 --made rave=rave-drums/sounds

RAVE (acids-rave, CC BY-NC) is not made for one-shots and minutes: it is given what it needs. It
drops short files, so it gets all training sounds one after the other; its validation fails on small
sets, so they are repeated up to ten minutes; an early stop leaves no checkpoint, so one is saved
every few steps. Its smallest configuration, v2_small, is trained on the CPU. Without a prior of its
own it makes nothing new: what is measured are training sounds that it was given to play back.

It gets an environment of its own in the output folder, made by this script. Its pins: Python 3.9
to 3.11 (scipy 1.10.0), numpy < 2, setuptools < 70 (pytorch-lightning 1.9.0 imports pkg_resources),
torch < 2.6 (whose loading of checkpoints lightning 1.9.0 does not survive). On Linux the default
build of torch brings CUDA with it, some gigabytes; --torch names another. It also needs ffmpeg and
ffprobe, without which `rave preprocess` waits for ever instead of saying so.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina import Corpus
from messina.audio_files import write_wav
from messina.baselines.unlearnt import in_turn
from messina.errors import MessinaError
from messina.evaluation.signal_levels import mid
from messina.units import SAMPLE_RATE

Array = NDArray[np.float32]

HELD_OUT: Final = 0.1
PINS: Final = ("setuptools<70", "numpy==1.26.4", "acids-rave==2.3.1")
TORCH: Final = ("torch==2.5.1", "torchaudio==2.5.1")

LEAST_S: Final = 600.0
"""RAVE cuts 3 s pieces and keeps 2 in 100 to validate with: enough for a few of them."""
SAVED_EVERY: Final = 2
"""Steps; one takes some 20 s on one core that others use, too."""
ENDS_S: Final = 30.0
"""How long RAVE may take to end when it is told to."""
PREPARED_S: Final = 120.0
"""How long `rave preprocess` may take; ten minutes of audio take it some 10 s."""

_PLAY: Final = """
import sys
import gin, rave, soundfile, torch
run, source, target, count = sys.argv[1:]
gin.parse_config_file(rave.core.search_for_config(run))
model = rave.RAVE(n_channels=1)
checkpoint = rave.core.search_for_run(run)
state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
model.load_state_dict(state, strict=False)
model.eval()
torch.manual_seed(0)
for index in range(int(count)):
    audio, rate = soundfile.read(f"{source}/{index:03d}.wav", dtype="float32")
    padded = torch.nn.functional.pad(torch.from_numpy(audio), (0, -len(audio) % 16384 + 16384))
    with torch.no_grad():
        identity = model.encoder.reparametrize(model.encode(padded[None, None]))[0]
        played = model.decode(identity)
    soundfile.write(f"{target}/{index:03d}.wav", played[0, 0, : len(audio)].numpy(), rate)
"""


def whole(sounds: Sequence[Array], *, least_s: float = LEAST_S) -> Array:
    """The sounds [N] one after the other, again and again until there are so many seconds."""
    once = np.concatenate(sounds)
    return np.tile(once, max(1, int(np.ceil(least_s * SAMPLE_RATE / len(once)))))


def environment(folder: Path, torch: Sequence[str]) -> Path:
    """The programs of an environment with RAVE in it, made if it is not there."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not (programs / "rave").exists():
        if not (3, 9) <= sys.version_info[:2] <= (3, 11):
            raise MessinaError("RAVE needs Python 3.9 to 3.11: start this script with one of them")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *torch, *PINS], check=True)
    return programs


def preprocess(programs: Path, audio: Path, data: Path) -> None:
    """Make RAVE's database of the folder `audio`."""
    command = [
        str(programs / "rave"), "preprocess", "--channels", "1",
        "--input_path", str(audio), "--output_path", str(data),
    ]  # fmt: skip
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=PREPARED_S)
    except subprocess.TimeoutExpired as error:
        raise MessinaError(f"rave preprocess had not ended after {PREPARED_S:.0f} s") from error


def train(programs: Path, data: Path, runs: Path, *, minutes: float) -> None:
    """Train for so many minutes, then end it; the last checkpoint stays."""
    command = [
        str(programs / "rave"), "train", "--config", "v2_small", "--db_path", str(data),
        "--out_path", str(runs), "--name", "sounds", "--channels", "1", "--batch", "8",
        "--workers", "0", "--gpu", "-1", "--val_every", str(SAVED_EVERY),
        "--save_every", str(SAVED_EVERY), "--noprogress",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            process.wait(timeout=60.0 * minutes)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                process.wait(timeout=ENDS_S)
            except subprocess.TimeoutExpired:
                process.kill()
    if not list(runs.rglob("*.ckpt")):
        raise MessinaError(f"RAVE saved nothing in {minutes:g} min; give it more --minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--minutes", type=float, default=1.0, help="of training")
    parser.add_argument("--count", type=int, default=64, help="sounds to play back")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--torch", nargs="+", default=list(TORCH), help="what pip is to install")
    arguments = parser.parse_args()
    if missing := [name for name in ("ffmpeg", "ffprobe") if not shutil.which(name)]:
        raise MessinaError(f"RAVE needs {' and '.join(missing)}, from the package ffmpeg")
    output: Path = arguments.output.resolve()
    corpus = Corpus.from_folder(arguments.folder).holding_out(HELD_OUT)
    learnt = [mid(sound.audio).astype(np.float32) for sound in corpus.training]
    write_wav(output / "whole" / "whole.wav", whole(learnt), sample_format="16")
    chosen = in_turn(learnt, arguments.count, np.random.default_rng(arguments.seed))
    for index, sound in enumerate(chosen):
        write_wav(output / "given" / f"{index:03d}.wav", sound, sample_format="float")
    programs = environment(output / "environment", arguments.torch)
    preprocess(programs, output / "whole", output / "data")
    began_s = time.perf_counter()
    train(programs, output / "data", output / "runs", minutes=arguments.minutes)
    print(f"trained for {time.perf_counter() - began_s:.0f} s")
    (output / "sounds").mkdir(exist_ok=True)
    run = max((output / "runs").glob("sounds_*"), key=lambda path: path.stat().st_mtime)
    play = [str(programs / "python"), "-c", _PLAY, str(run)]
    given = [str(output / "given"), str(output / "sounds"), str(len(chosen))]
    subprocess.run([*play, *given], check=True)
    print(output / "sounds")


if __name__ == "__main__":
    main()

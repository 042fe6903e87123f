"""A trained GRUV as one file, and new one-shots by it.

The file is safetensors, with the settings as JSON in its header. For one-shots it is trained on the
sounds and plays on from the first block of each.

Sounds are mono [N] at 44.1 kHz. Its accidents are mended (`gruv_config.MENDED`), and its blocks are
much shorter than the original's 0.25 s, of which most would be all attack.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from messina.atomic import replacing
from messina.baselines.gruv import GruvModel, GruvNetwork, train_gruv
from messina.baselines.gruv_blocks import Statistics
from messina.baselines.gruv_config import MENDED, GruvConfig
from messina.baselines.unlearnt import Array, Sounds, in_turn
from messina.errors import MessinaError
from messina.units import SAMPLE_RATE

__all__ = ["BLOCK_S", "FORMAT_VERSION", "gruv_sounds", "load_gruv", "save_gruv"]

FORMAT_VERSION: Final = 1
_HEADER: Final = "gruv"


def save_gruv(model: GruvModel, path: Path) -> None:
    """Write the model to `path`, whole or not at all."""
    tensors = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in model.network.state_dict().items()
    }
    tensors["mean"] = torch.from_numpy(model.statistics.mean)
    tensors["std"] = torch.from_numpy(model.statistics.std)
    header = {
        "format_version": FORMAT_VERSION,
        "config": asdict(model.config),
        "sample_rate": model.sample_rate,
        "seed": model.seed,
        "steps": model.steps,
        "error": model.error,
    }
    with replacing(path) as aside:
        save_file(tensors, aside, metadata={_HEADER: json.dumps(header)})


def load_gruv(path: Path) -> GruvModel:
    """Read a model. Raises MessinaError when the file is missing, damaged, foreign or newer."""
    if not path.is_file():
        raise MessinaError(f"{path}: no such file; train one with `messina baseline gruv`")
    header, tensors = _contents(path)
    if header["format_version"] > FORMAT_VERSION:
        raise MessinaError(f"{path}: made by a newer Messina; update this one to read it")
    try:
        return _model(header, tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise MessinaError(f"{path}: damaged GRUV file; train it again") from error


def _contents(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as error:
        raise MessinaError(f"{path}: damaged or not a GRUV file; train it again") from error
    if not isinstance(header, dict) or not isinstance(header.get("format_version"), int):
        raise MessinaError(f"{path}: not a GRUV file; give one that `messina baseline gruv` wrote")
    return header, tensors


def _model(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> GruvModel:
    config = GruvConfig.from_dict(header["config"])
    mean, std = (np.asarray(tensors.pop(name), np.float32) for name in ("mean", "std"))
    with torch.device("meta"):
        network = GruvNetwork(len(mean), hidden=config.hidden, layers=config.layers)
    network.load_state_dict(tensors, assign=True)
    return GruvModel(
        config=config,
        sample_rate=header["sample_rate"],
        network=network,
        statistics=Statistics(mean, std),
        seed=header["seed"],
        steps=header["steps"],
        error=header["error"],
    )


BLOCK_S: Final = 2048 / SAMPLE_RATE

_FEWEST_BLOCKS: Final = 4
_MOST_BLOCKS: Final = 40
"""Bounds of the length of its examples; within them it is that of the median sound."""


def gruv_sounds(
    sounds: Sounds,
    *,
    count: int,
    minutes: float,
    seed: int,
    rng: np.random.Generator,
    progress: Callable[[float, int, float], None] | None = None,
) -> list[Array]:
    """`count` sounds after so many minutes of training, each as long as the one it began as.

    progress: Called after each step with seconds gone, steps done and error.
    """
    model = train_gruv(
        sounds,
        sample_rate=SAMPLE_RATE,
        minutes=minutes,
        seed=seed,
        config=_config(sounds),
        progress=progress,
    )
    size = model.block_samples
    played = []
    for start in in_turn(sounds, count, rng):
        blocks = max(1, -(-len(start) // size) - 1)
        played.append(model.generate(start[:size], blocks=blocks, rng=rng)[: len(start)])
    return played


def _config(sounds: Sounds) -> GruvConfig:
    blocks = np.median([len(sound) for sound in sounds]) / (BLOCK_S * SAMPLE_RATE)
    example_blocks = int(np.clip(blocks, _FEWEST_BLOCKS, _MOST_BLOCKS))
    return replace(MENDED, block_s=BLOCK_S, example_blocks=example_blocks)

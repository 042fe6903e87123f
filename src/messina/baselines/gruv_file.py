"""A trained GRUV as one file: safetensors, with the settings as JSON in its header."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from messina.atomic import replacing
from messina.baselines.gruv import GruvModel, GruvNetwork
from messina.baselines.gruv_blocks import Statistics
from messina.baselines.gruv_config import GruvConfig
from messina.errors import MessinaError

__all__ = ["FORMAT_VERSION", "load_gruv", "save_gruv"]

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

"""What sounds at B points of the map, in torch: as messina.instrument.sound_map.

A function sees no globals: the rule's numbers are what it is given.
"""

import torch
from torch import Tensor

from messina.instrument.sound_map import NEIGHBOURS, ON_DOT

__all__ = ["mixture"]


def mixture(
    places: Tensor,
    label_of: Tensor,
    point: Tensor,
    label: Tensor,
    neighbours: int = NEIGHBOURS,
    on_dot: float = ON_DOT,
) -> tuple[Tensor, Tensor]:
    """The sounds at points [B, 2] and how much each counts [B, K], the nearest first.

    places [S, 2] and label_of [S]: of the known sounds; label: of which they are [B], -1 for any.
    Where there are fewer, the last count nothing.
    """
    away = places[None] - point[:, None]
    far = torch.sqrt(away[:, :, 0] * away[:, :, 0] + away[:, :, 1] * away[:, :, 1])
    wanted = (label[:, None] < 0) | (label_of[None] == label[:, None])
    far = torch.where(wanted, far, torch.full_like(far, torch.inf))
    # One after the other: of those as near, the first, as in numpy.
    order, distances = [], []
    for _ in range(neighbours + 1):
        nearest = torch.argmin(far, dim=1, keepdim=True)
        order.append(nearest)
        distances.append(torch.gather(far, 1, nearest))
        far = far.scatter(1, nearest, torch.inf)
    first, beyond = distances[0], distances[-1]
    within = torch.cat(distances[:-1], dim=1)
    weights = 1.0 / within - torch.where(beyond > first, 1.0 / beyond, torch.zeros_like(first))
    weights = weights * weights * weights
    weights = weights / weights.sum(dim=1, keepdim=True)
    alone = torch.cat([torch.ones_like(first), torch.zeros_like(within[:, 1:])], dim=1)
    weights = torch.where(first < on_dot, alone, weights)
    return torch.cat(order[:-1], dim=1), weights

"""What moves weights is AdamW, as torch's own class has it."""

from __future__ import annotations

import pytest
import torch

from messina.learning.optimizer import Optimizer, OptimizerConfig


@pytest.mark.parametrize("fused", [False, True])
def test_weights_are_moved_as_by_torchs_own_class(fused: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    data = torch.randn(12, 5, generator=generator)
    own, other = (torch.ones(5, requires_grad=True) for _ in range(2))
    config = OptimizerConfig(
        learning_rate=0.01, last_rate=0.001, weight_decay=0.1, warm_steps=4, fused=fused, clip=1e9
    )
    moving = Optimizer({"own": own}, config)
    library = torch.optim.AdamW([other], betas=config.betas, weight_decay=0.1, fused=fused)
    for step, row in enumerate(data):
        share = step / len(data)
        moving.advance((row @ own - 1.0).square(), share, len(data))
        library.param_groups[0]["lr"] = config.rate(step, share)
        library.zero_grad()
        (row @ other - 1.0).square().backward()
        library.step()
        assert torch.equal(own, other)

"""The optimiser and the schedule of all training: the learning rate rises fast and falls slowly."""

import math

import torch
from lightning import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRScheduler

WARM_UP = 0.05  # of the run


def adamw(
    system: LightningModule, learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)
) -> OptimizerLRScheduler:
    """AdamW on what is trained of a system, with the schedule of `rise_and_fall`.

    Args:
        learning_rate: the schedule's peak.
    """
    trained = [parameter for parameter in system.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, learning_rate, betas=betas, weight_decay=0.01)
    schedule = rise_and_fall(optimizer, int(system.trainer.estimated_stepping_batches))
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def rise_and_fall(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """The learning rate rises over the first twentieth of the run and falls along a cosine.

    It is a function of the step and the length of the run alone, so that a run may be resumed for longer.
    """

    def share(step: int) -> float:
        done = step / max(steps, 1)
        return min(1.0, done / WARM_UP) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)

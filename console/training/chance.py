"""Chance in training: a function of the seed, the step and the process, so that a run that goes on draws the same."""

import os
import random

import numpy as np
import torch
from lightning import LightningModule

SEED = "PL_GLOBAL_SEED"  # where Lightning's `seed_everything` keeps it


class SteadyChance(LightningModule):
    """Draws in a step (dropout and the like) depend on nothing that was drawn before, where a seed is set."""

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:
        """Called by Lightning before each step."""
        seed = os.environ.get(SEED)
        if seed is not None:
            draw_anew(int(seed), self.current_epoch, batch_idx, self.global_rank)


def draw_anew(*names: int) -> None:
    """Sets the shared random states of torch, numpy and Python to those that go with these numbers."""
    words = np.random.SeedSequence(names).generate_state(3)
    torch.manual_seed(int(words[0]))
    np.random.seed(words[1])  # noqa: NPY002  # what others draw from, not we
    random.seed(int(words[2]))

"""Training with every weight cut into shards, one a process (FSDP2), for encoders that one GPU does not hold."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.collectives.torch_collective import default_pg_timeout
from lightning.fabric.plugins.environments import SLURMEnvironment
from lightning.pytorch.core.optimizer import LightningOptimizer
from lightning.pytorch.strategies import (
    DeepSpeedStrategy,
    FSDPStrategy,
    ModelParallelStrategy,
    ParallelStrategy,
    Strategy,
    StrategyRegistry,
)
from torch.optim import Optimizer
from torch.utils._pytree import tree_map

from console.errors import InputError
from console.training.shards import shard_of, whole_of, whole_state

SHARDED = "sharded"  # what the strategy is called in a configuration


class Sharded(ModelParallelStrategy):
    """Fully sharded data parallelism over all processes.

    Checkpoints are whole, in one file: those of one process and of DDP can be gone on from, and the other way round.
    What a module calls `elsewhere` is not in them, and is never brought together for them.

    Args:
        timeout: how long processes wait for each other.
    """

    def __init__(self, timeout: timedelta | None = default_pg_timeout):
        super().__init__(tensor_parallel_size=1, save_distributed_checkpoint=False, timeout=timeout)

    def setup_environment(self) -> None:
        """Called by Lightning.

        Raises: InputError where gradients would be scaled, each process by a factor of its own.
        """
        if getattr(self.precision_plugin, "scaler", None) is not None:
            raise InputError(
                "Nothing is trained in shards at 16-mixed: set trainer.precision to bf16-mixed or 32-true."
            )
        self._data_parallel_size = self.num_nodes * self.num_processes
        if isinstance(self.cluster_environment, SLURMEnvironment):
            # At a signal Lightning writes a checkpoint, for which processes that are not at the same place never meet.
            self.cluster_environment.auto_requeue = False
        super().setup_environment()

    @property
    def lightning_restore_optimizer(self) -> bool:
        """Asked by Lightning."""
        return True

    def lightning_module_state_dict(self) -> dict[str, Any]:
        """Called by Lightning in all processes: the weights, in the first one."""
        module: Any = self.lightning_module
        return whole_state(module, getattr(module, "elsewhere", frozenset()))

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """Called by Lightning in all processes: what the optimiser would tell if nothing were in shards."""
        plain = optimizer._optimizer if isinstance(optimizer, LightningOptimizer) else optimizer
        told: dict[str, Any] = tree_map(whole_of, plain.state_dict())
        return told

    def load_checkpoint(self, checkpoint_path: str | Path, weights_only: bool | None = None) -> dict[str, Any]:
        """Called by Lightning in all processes, each of which reads the file.

        Raises: InputError for a folder, as other strategies for shards write, and as `checkpoint_io` does.
        """
        if Path(checkpoint_path).is_dir():
            raise InputError(f'"{checkpoint_path}" is a folder of shards: a run goes on from a checkpoint in one file.')
        return ParallelStrategy.load_checkpoint(self, checkpoint_path, weights_only)

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:
        """Called by Lightning: of the whole, each process takes its part."""
        module: Any = self.lightning_module
        here = module.state_dict()
        cut = {
            name: shard_of(value, here[name]) if name in here else value
            for name, value in checkpoint["state_dict"].items()
        }
        module.load_state_dict(cut, strict=strict)

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Called by Lightning: of the whole, each process takes its part."""
        for optimizer, whole in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            order = [at for group in whole["param_groups"] for at in group["params"]]
            of = dict(zip(order, weights, strict=True))
            state = {
                at: {name: shard_of(value, of[at]) for name, value in told.items()}
                for at, told in whole["state"].items()
            }
            optimizer.load_state_dict({**whole, "state": state})


StrategyRegistry.register(SHARDED, Sharded, "Weights cut into shards, one a process (FSDP2)")


def check_strategy(strategy: Strategy, stage: str) -> None:
    """Raises: InputError for strategies that cut models into shards and are not `Sharded`, or not for this."""
    if not isinstance(strategy, FSDPStrategy | ModelParallelStrategy | DeepSpeedStrategy):
        return
    if not isinstance(strategy, Sharded):
        raise InputError(
            f"A console is cut into shards by the strategy {SHARDED}, which is Lightning's ModelParallelStrategy "
            "(FSDP2) over all processes; where every GPU can hold all of it, by none: ddp."
        )
    if stage != "fit":
        raise InputError("A console is in shards while it is trained: to test it, or predict, leave out the strategy.")

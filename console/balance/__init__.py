"""What is usual: how loud the stems of finished mixes are, how that varies, and what one kind of music adds to it."""

from console.balance.prior import CHUNK_S, LOUDEST_S, ROLES, BalancePrior
from console.balance.song import FAINT_DB, PAUSE_DB, song_level_db

__all__ = ["CHUNK_S", "FAINT_DB", "LOUDEST_S", "PAUSE_DB", "ROLES", "BalancePrior", "song_level_db"]

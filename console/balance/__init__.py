"""What is usual: how loud the stems of finished mixes are, how that varies, and what one kind of music adds to it."""

from console.balance.prior import CHUNK_S, LOUDEST_S, ROLES, BalancePrior
from console.balance.song import AUDIBLE_DB, PAUSE_DB, song_level_db

__all__ = ["AUDIBLE_DB", "CHUNK_S", "LOUDEST_S", "PAUSE_DB", "ROLES", "BalancePrior", "song_level_db"]

"""Runs of several processes of which one is killed, or its machine goes away: the others end soon, and say so."""

import logging
import os
import sys
import threading
import time

from console.errors import GONE

OBSERVER = "lightning.fabric.strategies.launchers.subprocess_script"  # Lightning's, which looks after what it started
EVERY_S = 1.0
LEFT = 2  # exit status


class _Plainly(logging.Filter):
    """What the observer says before it ends its own process becomes our sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Called by logging."""
        if "terminated with code" in record.getMessage():
            record.msg, record.args = f"train.py: {GONE}", ()
        return True


def end_together() -> None:
    """To be called before a run begins: a process that the first one started ends with it, in whatever it is doing."""
    logging.getLogger(OBSERVER).addFilter(_Plainly())
    if os.environ.get("LOCAL_RANK", "0") == "0" or "TORCHELASTIC_RUN_ID" in os.environ or "SLURM_PROCID" in os.environ:
        return
    first = os.getppid()

    def watch() -> None:
        while os.getppid() == first:
            time.sleep(EVERY_S)
        print(f"train.py: {GONE}", file=sys.stderr, flush=True)
        os._exit(LEFT)

    threading.Thread(target=watch, daemon=True).start()

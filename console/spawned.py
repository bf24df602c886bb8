"""Processes that work beside this one: each on one thread, and none outlives it."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}  # of glibc's, which each keep what threads freed in them


@contextmanager
def one_thread_each(flat_memory: bool = False) -> Iterator[None]:
    """Processes that begin meanwhile compute on one thread each: they inherit it before they load a library.

    Args:
        flat_memory: whether they keep what is free in one place, for `give_memory_back`.
    """
    told = ONE_THREAD | (ONE_ARENA if flat_memory else {})
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def give_memory_back() -> None:
    """What a process has freed is the system's again, where that can be asked for: glibc keeps most of it."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def end_with_parent() -> None:
    """Begins a process: one whose parent was killed must not go on writing, and the parent hears Ctrl-C for both."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

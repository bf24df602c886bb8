"""Processes that work beside this one: each on one thread, and none outlives it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Left to itself, glibc keeps more and more of what was freed, in blocks of up to 32 MB: 950 MB after 19 songs of 40 s,
# where 490 are in use. From this size on, blocks go back at once.
FLAT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "1000000"}


@contextmanager
def one_thread_each(flat_memory: bool = False) -> Iterator[None]:
    """Processes that begin meanwhile compute on one thread each: they inherit it before they load a library.

    Args:
        flat_memory: whether they give memory back as soon as it is free, which takes some of their time.
    """
    told = ONE_THREAD | (FLAT_MEMORY if flat_memory else {})
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def end_with_parent() -> None:
    """Begins a process: one whose parent was killed must not go on writing, and the parent hears Ctrl-C for both."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

"""Processes that work beside this one: each on one thread, and none outlives it."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import MappingProxyType, ModuleType
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Left to itself, glibc keeps more and more of what was freed. Blocks from this size on go back at once, at some cost:
LEAN = {"MALLOC_MMAP_THRESHOLD_": "1000000"}
# and with one arena, all that was freed can be given back now and then (`give_memory_back`).
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}


@contextmanager
def one_thread_each(memory: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Processes that begin meanwhile compute on one thread each: they inherit it before they load a library.

    Args:
        memory: what else they inherit, for what they keep of what they freed: `LEAN` or `ONE_ARENA`.
    """
    told = ONE_THREAD | dict(memory)
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


class _ApartProcess(SpawnProcess):
    """A process that does not run the caller's script: that need not be written for it, and may be anything."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # the name that multiprocessing looks for
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _Apart(SpawnContext):
    """Begins such processes."""

    Process = _ApartProcess


@contextmanager
def lean_pool(jobs: int, begin: Callable[..., None], *told: Any) -> Iterator[ProcessPoolExecutor]:
    """Lean processes of one thread each, ended where the work in them is broken off.

    Args:
        begin: what each does first, with what it is told.
    """
    pool = ProcessPoolExecutor(jobs, _Apart(), _begin, (begin, told))
    others = set(multiprocessing.active_children())
    try:
        with one_thread_each(LEAN):
            yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
            process.join()
        raise


def _begin(begin: Callable[..., None], told: tuple[Any, ...]) -> None:
    end_with_parent()
    begin(*told)


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

"""The one error that people see, and what it says."""

import errno
import os
import re


class InputError(ValueError):
    """What was asked for cannot be done with what was given.

    The message is one plain sentence that names the file or value and says what to do; a command line prints it
    and exits with status 2. Anything else that escapes is a fault of ours.
    """


# How torch's DataLoader tells an error of another process: with its traceback, at whose end it stands.
_IN_WORKER, _TEXT = "Caught InputError in ", re.compile(r"^(?:\w+\.)*InputError: ", re.MULTILINE)


def plain_words(error: BaseException | None) -> str | None:
    """The sentence for people, if an `InputError` is the error or what it was raised from; None for a fault of ours.

    An error that came up while an `InputError` was handled is none of them, and is not told by that one's sentence.
    """
    while error is not None and not isinstance(error, InputError):
        error = error.__cause__
    if error is None:
        return None
    said = str(error)
    return _TEXT.split(said)[-1].strip() if said.startswith(_IN_WORKER) else said


NO_ROOM_IN_MEMORY = "There is not enough memory for this: close other programs, or give shorter or fewer files."
NO_MEMORY = "DefaultCPUAllocator: can't allocate memory"  # what torch says instead of raising MemoryError
GONE = (
    "Another process of this run is gone, killed (as for want of memory) or with its machine: give the same command "
    "again, and it goes on from what is finished."
)
KILLED = (
    "A process that did part of the work was killed, most likely for want of memory: close other programs, ask for "
    "fewer processes, or give shorter or fewer files."
)
# What libraries say that have no error of their own for it.
_SAID = (
    (re.compile(re.escape(NO_MEMORY) + r"|CUDA out of memory|std::bad_alloc"), NO_ROOM_IN_MEMORY),
    (re.compile(r"DataLoader worker \(pid.*(killed by signal|exited unexpectedly)"), KILLED),
    (re.compile(r"[Cc]onnection (reset|closed|refused) by|gloo/transport|ProcessGroup\w+.*(timeout|abort)"), GONE),
)
_TYPES = {"BrokenProcessPool": KILLED, "TerminatedWorkerError": KILLED} | dict.fromkeys(
    ("DistBackendError", "DistNetworkError", "DistStoreError"), GONE
)


def sentence(error: BaseException) -> str | None:
    """What is wrong with the input, or what the system refused, in one sentence; None for a fault of ours."""
    said = plain_words(error)
    if said is not None:
        return said
    if isinstance(error, MemoryError):
        return NO_ROOM_IN_MEMORY
    if not isinstance(error, OSError):
        return _of_a_library(error)
    if error.errno == errno.EPIPE:  # which is click's
        return None
    what = error.strerror or str(error)
    return f"{what}." if error.filename is None else f'"{os.fsdecode(error.filename)}" cannot be used: {what}.'


def _of_a_library(error: BaseException) -> str | None:
    told = next((_TYPES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _TYPES), None)
    if told is not None or not isinstance(error, RuntimeError):
        return told
    return next((told for said, told in _SAID if said.search(str(error))), None)

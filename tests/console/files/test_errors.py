"""Which error is told in its own words, and which is a fault of ours."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from console.errors import GONE, KILLED, InputError, plain_words, sentence


def raised(raiser) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        raiser()
    return caught.value


def refuse():
    raise InputError('"x" is no song.')


def wrap():
    try:
        refuse()
    except InputError as error:
        raise RuntimeError("while building") from error


def wrap_twice():
    try:
        wrap()
    except RuntimeError as error:
        raise TypeError("while reading the configuration") from error


def stumble():
    """A bug of ours in what handles the error."""
    try:
        refuse()
    except InputError:
        {}["mended"]


def stumble_and_hide():
    try:
        refuse()
    except InputError:
        raise KeyError from None


@pytest.mark.parametrize("raiser", [refuse, wrap, wrap_twice])
def test_the_sentence_is_that_of_the_error_or_of_what_it_was_raised_from(raiser):
    assert plain_words(raised(raiser)) == '"x" is no song.'


@pytest.mark.parametrize("raiser", [stumble, stumble_and_hide, lambda: 1 / 0])
def test_a_bug_while_handling_an_error_has_no_sentence(raiser):
    assert plain_words(raised(raiser)) is None
    assert plain_words(None) is None


class Refusing(Dataset):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> torch.Tensor:
        raise InputError('"InputError: x" is no song.')


def test_the_sentence_of_a_worker_is_that_of_its_error():
    error = raised(lambda: list(DataLoader(Refusing(), num_workers=1)))
    assert str(error).startswith("Caught")
    assert plain_words(error) == '"InputError: x" is no song.'


class Dying(Refusing):
    """Ends the process that asks for an item, as the system does where memory is short."""

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def in_pool():
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        pool.submit(die).result()


def test_processes_that_are_killed_are_one_sentence():
    assert sentence(raised(lambda: list(DataLoader(Dying(), num_workers=1)))) == KILLED
    assert sentence(raised(in_pool)) == KILLED


def test_what_libraries_say_of_processes_and_memory_is_one_sentence():
    gloo = "[../third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:24130"
    assert sentence(RuntimeError(gloo)) == GONE
    assert sentence(torch.distributed.DistNetworkError("Broken pipe")) == GONE
    assert "not enough memory" in sentence(MemoryError())
    assert "not enough memory" in sentence(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert sentence(RuntimeError("a fault of ours")) is None
    assert sentence(ZeroDivisionError()) is None

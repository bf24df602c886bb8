"""Which error is told in its own words, and which is a fault of ours."""

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from console.errors import InputError, plain_words


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

"""Pages, and the songs that are dropped on them."""

import pytest
from pages import served


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the module's page keeps everything."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def studio(place):
    """A page for all tests of a module."""
    with served(place) as page:
        yield page

"""While the models are loaded: songs that come wait for them, and then for nothing else."""

import threading

import pytest
from pages import MODELS, noises, served

from studio.page.models import Models


class Slow(Models):
    """Models that are there when they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.warmed = threading.Event(), threading.Event()

    def load(self) -> None:
        assert self.go.wait(60)
        MODELS.load()
        self.console, self.explainer = MODELS.console, MODELS.explainer

    def warm(self) -> None:
        self.warmed.set()


@pytest.mark.parametrize("waits", [True, False])
def test_they_are_warmed_only_where_nobody_waits(waits, tmp_path):
    slow = Slow()
    with served(tmp_path, models=slow) as page:
        try:
            said = page.sent(noises()).json() if waits else None
            if said:
                assert page.session(said["id"])["job"]["place"] == 1
        finally:
            slow.go.set()
        if said:
            assert page.rested(said["id"])["table"]["advice"] is not None
            assert not slow.warmed.is_set()
        else:
            assert slow.warmed.wait(60)

"""The models that all sessions share, loaded once, while the page is already there."""

import threading
from typing import Any

WARM_S, WARM_HZ = 10, 44_100


class Models:
    """Console and explainer, and the language model that plans, if one was named.

    Args:
        console: a folder or Hub id; None: the embedded one.
        llm: the endpoint of a language model, as `explainer.language.endpoint.address.endpoint_at` gives it; None: a
            grammar of commands understands what is said.
    """

    def __init__(self, console: str | None = None, llm: Any = None) -> None:
        self.source, self.llm = console, llm
        self.console: Any = None
        self.explainer: Any = None
        self.planner: Any = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Loads them, where they are not yet. Raises: InputError where one cannot be had."""
        with self._lock:
            if self.explainer is None:
                import torch

                # One core a job: threads of torch that wait for each other take several times as long beside a browser.
                torch.set_num_threads(1)
                import studio.session  # noqa: F401  # which imports most of what is needed
                from console.model import Console
                from explainer.language.writer import writer

                self.console = Console.from_pretrained(self.source)
                if self.llm is not None:
                    from studio.chat.llm.model import Model

                    self.planner = Model(self.llm)
                self.explainer = writer(None)

    def warm(self) -> None:
        """Listens to noise: the first listening takes twice as long as those after it."""
        import torch

        from console.read.song import Song
        from studio.session.session import Session

        noise = 0.1 * torch.randn(2, 2, WARM_S * WARM_HZ, generator=torch.Generator().manual_seed(0))
        session = Session(Song(noise, ("vocals", "drums"), WARM_HZ), self.console, self.explainer)
        session.analyse()
        session.explain()

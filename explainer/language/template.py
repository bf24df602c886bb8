"""Chat templates come with a base model, and are little programs: they run within bounds of time and memory."""

import sys
import time
from collections.abc import Callable
from functools import cache, lru_cache
from types import FrameType
from typing import Any

from console.errors import InputError

try:
    import resource
except ImportError:  # where there is none, time alone is bounded
    resource = None  # type: ignore[assignment]

MOST_S = 5.0  # of computing; a template takes milliseconds
MOST_KB = 500_000  # that the process may grow by
Messages = list[dict[str, str]]
Render = Callable[[Messages, bool], str]


def within_bounds(render: Render, base: str) -> Render:
    """The same, stopped when it takes too long or too much.

    Raises, when called: InputError, naming the base model, for a template that fails or is stopped.
    """

    def bounded(messages: Messages, answer: bool) -> str:
        start_s, start_kb = time.thread_time(), _peak_kb()
        before = sys.gettrace()

        def watch(frame: FrameType, event: str, told: Any) -> Any:
            if time.thread_time() - start_s > MOST_S or _peak_kb() - start_kb > MOST_KB:
                raise TimeoutError("it takes too long, or too much memory")
            return watch

        sys.settrace(watch)  # of this thread alone
        try:
            return render(messages, answer)
        except Exception as error:  # whatever a program raises
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise InputError(f'The chat template of the base model "{base}" fails ({reason}).') from error
        finally:
            sys.settrace(before)

    return bounded


def template(source: str, words: dict[str, str]) -> Render:
    """How a template is rendered that is read without transformers.

    Args:
        words: what it may name, such as `eos_token`.
    """
    # Its patterns are compiled once, and are jinja's own: to watch that takes longer than it does.
    _ = _sandbox().lexer

    def render(messages: Messages, answer: bool) -> str:
        # Compiled here, so that this is within the bounds too.
        return _compiled(source).render(messages=messages, add_generation_prompt=answer, **words)

    return render


@lru_cache(maxsize=16)
def _compiled(source: str) -> Any:
    return _sandbox().from_string(source)


@cache
def _sandbox() -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("*", "**", "%"))  # that one step can fill the memory with

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not all(isinstance(value, int | float) and abs(value) < 1e6 for value in (left, right)):
                raise ValueError(f"it works out {operator} of more than small numbers")
            return super().call_binop(context, operator, left, right)

    sandbox = Sandbox(trim_blocks=True, lstrip_blocks=True)
    for widening in ("center", "format"):
        del sandbox.filters[widening]
    return sandbox


def _peak_kb() -> int:
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1000 if sys.platform == "darwin" else peak  # there in bytes

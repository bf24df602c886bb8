"""Where a lesson comes from: which sound was heard at which gains, what is wrong with it, what the console believed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StemOrigin:
    """One stem of an excerpt.

    Args:
        parts: which of its song's own stems it sums, by index.
        heard: False where only its role was known to the console.
        gains_db: that were put on it, flaw included: of each window one, or where it changes one for every 0.2 s.
        flaw_db: what is wrong with its level.
        median_db, low_db, high_db: of the console's posterior over its correction; low and high are the 10 % and 90 %
            quantiles.
        flaw_probability: chance (0..1), as the console believes, that it has any flaw.
    """

    parts: tuple[int, ...]
    heard: bool
    gains_db: tuple[tuple[float, ...], ...]
    flaw_db: float
    median_db: float
    low_db: float
    high_db: float
    flaw_probability: float


@dataclass(frozen=True)
class Origin:
    """The excerpt of a song that a lesson is about.

    Args:
        song: its title.
        identity: as the source tells it (`console.data.sources.source.Source.identity`).
        start_s: where each of its windows begins; a song that is shorter than a window is repeated.
        window_s: length of a window.
        stems: in the order of the lesson's advice.
    """

    song: str
    identity: str
    start_s: tuple[float, ...]
    window_s: float
    stems: tuple[StemOrigin, ...]

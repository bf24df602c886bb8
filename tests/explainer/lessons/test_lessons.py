"""Lessons of several kinds, one after the other."""

from dataclasses import dataclass
from itertools import islice

from explainer.lessons.lessons import ImaginedLessons, MixedLessons


@dataclass(frozen=True)
class Few:
    """The first lessons of an endless source."""

    count: int

    def asks(self, seed):
        return islice(ImaginedLessons(compared=0.0).asks(seed), self.count)


def test_kinds_come_in_turn():
    plain, compared = ImaginedLessons(compared=0.0), ImaginedLessons(compared=1.0)
    asks = list(islice(MixedLessons([plain, compared]).asks(4), 10))
    assert [ask.compare for ask in asks] == [False, True] * 5
    assert [ask.response for ask in asks[::2]] == [ask.response for ask in islice(plain.asks(4), 5)]


def test_the_end_of_one_kind_is_the_end():
    assert len(list(MixedLessons([Few(3), Few(2)]).asks(0))) == 4

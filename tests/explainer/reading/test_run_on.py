"""Sentences that run into another are found, and those that only look so are not."""

import pytest

from explainer.reading.run_on import fused
from explainer.reading.slips import slips

WHOLE = [
    "A and B are the same, fader by fader.",
    "A and B have the same balance: every stem has the same level in both.",
    "That is no more than engineers differ by, so your taste decides.",
    "Once the vocal is up by 3.4 dB the lyric will come through.",
    "The gain I would give it is small.",
    "The level they need in the verse is another one.",
    "If anything, the drums could come down.",
    "The bass is low, and if you agree, I would raise it.",
    "The guitars give it more weight than it needs.",
    "As loud as they are here, the drums hide the rest.",
    "I like that this mix is different.",
    "For 63 % of the time the bass covers it.",
    "Track B is, I think, held too low: turn it up by 4.5 dB.",
    "Turn the bass down where it covers the kick.",
    "The differences that remain are too small to hear.",
    "It seems like a part of the fill is missing.",
    "The piano is too loud, as you hear hardly anything but it.",
]
FUSED = [
    "The vocals need 3.4 dB more they are hard to hear.",
    "The bass is the loudest thing here it sits above the rest.",
    "Three stems are off, the bass most of all the bass is much too loud.",
    "It sits below the rest of the mix if anything, I would push it up.",
    "Turn them up by 11.8 dB take your time.",
    "The drums are too quiet in the mix what they need is 3 dB more.",
    "You can hardly hear it nothing else needs to move.",
    "They are far too high the figures: 7 LU above the rest.",
    "Begin with the I think you should raise the bass.",
    "The range is wide that is why I would not rely on it.",
    "They take up little room leave everything else as it is.",
    "It is masked, where 250 Hz the bass covers it 61 % of the time.",
    "The bass and are too loud.",
    "Of the energy it has 3 dB 2 LU.",
    "The piano from 500 Hz the guitar 33 % of the time it is covered.",
]


@pytest.mark.parametrize("sentence", WHOLE)
def test_a_sentence_that_is_whole_is_left_alone(sentence: str) -> None:
    assert fused(sentence) is None
    assert slips(sentence) == ()


@pytest.mark.parametrize("sentence", FUSED)
def test_a_sentence_that_runs_into_another_is_found(sentence: str) -> None:
    assert fused(sentence) is not None


@pytest.mark.parametrize(
    "sentence",
    ["They sit in for only.", "The drums are loud, and because of that I would.", "It covers the piano and it."],
)
def test_a_sentence_that_breaks_off_is_found(sentence: str) -> None:
    assert any("breaks off" in slip for slip in slips(sentence))


@pytest.mark.parametrize(
    "words", [[], ["."], ["the"], ["A"], ["A", "and"], [","], ["5", "dB"], ["I"], ["%", "of", "the", "time"]]
)
def test_no_end_of_a_sentence_is_too_short_to_be_read(words: list[str]) -> None:
    rests = ["they are too loud, I would lower it", "of the time it is", "if so, turn it", "too the"]
    for rest in rests:
        whole = [*words, *rest.split()]
        for end in range(len(whole) + 1):
            fused(" ".join(whole[:end]))

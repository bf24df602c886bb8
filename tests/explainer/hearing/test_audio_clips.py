"""Lessons with sound: what is heard is at the level that the words speak of."""

from itertools import islice

import numpy as np
import pytest
import torch

from console.data.sources.synthetic import SyntheticSource
from console.desk.mixer import db_to_amplitude
from console.errors import InputError
from explainer.language.told.ask import Ask
from explainer.language.told.clip import Clip, Part, listing, resampled
from explainer.lessons.with_sound import ClipLessons
from explainer.reading import parse_comparison

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("tables"))


def lessons(tables: str, **options: object) -> ClipLessons:
    return ClipLessons(SyntheticSource(songs=2, seed=1, seconds=14.0), cache=tables, **options)


def level_db(audio: torch.Tensor) -> torch.Tensor:
    return 10 * audio.square().mean(-1).log10()


def pairs(tables: str) -> list[Ask]:
    return [ask for ask in islice(lessons(tables, versions=1.0).asks(0), 48) if ask.compare]


def test_the_anchor_is_heard_first_and_then_each_other_stem(tables):
    for ask in islice(lessons(tables, versions=0.0, no_anchor=0.2).asks(0), 24):
        names = [clip.stem for clip in ask.clips]
        sounding = [stem.name for stem in ask.advice.stems if stem.move.action != "silent"]
        assert sorted(names) == sorted(sounding)
        assert ask.advice.anchor is None or names[0] == ask.advice.anchor
        for clip in ask.clips:
            assert (clip.audio.shape, clip.rate_hz, clip.part) == ((10 * RATE_HZ,), RATE_HZ, Part.STEM)


def test_the_stems_sum_up_to_the_mix_of_the_same_draw(tables):
    stems = islice(lessons(tables, versions=0.0).asks(3), 8)  # the draws of one excerpt
    heard = lessons(tables).lessons
    rng = np.random.default_rng(3)
    song = int(rng.permutation(2)[0])
    for ask, draw in zip(stems, heard.heard(song, rng), strict=True):
        levels = {stem.name: gain for stem, gain in zip(draw.advice.stems, draw.gain.tolist(), strict=True)}
        whole = heard.tables.source.song(song)
        start = round(draw.start_s * whole.sample_rate)
        mono = (draw.groups @ whole.audio[..., start : start + 10 * whole.sample_rate].mean(1)) * draw.gain[:, None]
        mix = resampled(mono.sum(0), whole.sample_rate, RATE_HZ)
        torch.testing.assert_close(sum(clip.audio for clip in ask.clips), mix, atol=1e-4, rtol=1e-3)
        assert set(levels) >= {clip.stem for clip in ask.clips}


def test_two_versions_differ_by_the_change_that_the_answer_tells(tables):
    compared = pairs(tables)
    changed = 0
    for ask in compared:
        before, rest, after, rest_after = ask.clips
        assert [(c.part, c.version) for c in ask.clips] == [(p, v) for v in "AB" for p in (Part.STEM, Part.REST)]
        assert {clip.stem for clip in ask.clips} == {before.stem}
        told = parse_comparison(ask.response, list(ask.advice.alias_by_name.values())).get(
            ask.advice.alias_by_name[before.stem], 0.0
        )
        measured = float(level_db(after.audio) - level_db(before.audio))
        assert measured == pytest.approx(told, abs=0.06)
        torch.testing.assert_close(after.audio, before.audio * db_to_amplitude(torch.tensor(measured)))
        torch.testing.assert_close(rest_after.audio, rest.audio, atol=1e-5, rtol=1e-4)
        changed += told != 0
    assert 0 < changed < len(compared)


def test_of_the_mix_alone_no_reason_is_told(tables):
    for ask in islice(lessons(tables, mix_only=True).asks(0), 12):
        assert [clip.part for clip in ask.clips] == [Part.MIX]
        assert ask.embedding is None
        assert not ask.compare
        assert not any(stem.reasons for stem in ask.advice.stems)


def test_a_seed_gives_the_same_clips(tables):
    first, again = (list(islice(lessons(tables).asks(5), 10)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert (one.response, one.instruction, len(one.clips)) == (other.response, other.instruction, len(other.clips))
        assert all(torch.equal(a.audio, b.audio) for a, b in zip(one.clips, other.clips, strict=True))


@pytest.mark.parametrize("to_hz", [16_000, 48_000])
def test_another_rate_keeps_level_and_length(to_hz):
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(44_100) / 44_100)
    heard = Clip(tone, 44_100, Part.MIX).at(to_hz)
    assert heard.shape == (to_hz,)
    assert float(level_db(torch.from_numpy(heard)) - level_db(tone)) == pytest.approx(0, abs=0.05)


def test_a_rate_that_nothing_divides_is_refused():
    with pytest.raises(InputError, match="44099 Hz cannot be brought"):
        resampled(torch.zeros(100), 44_099, 44_100)


def test_clips_go_by_their_stems_aliases():
    sound = torch.zeros(10)
    clips = [Clip(sound, RATE_HZ, Part.STEM, "{x}\n", "A"), Clip(sound, RATE_HZ, Part.REST, "{x}\n", "A")]
    told = listing([*clips, Clip(sound, RATE_HZ, Part.MIX)], {"{x}\n": "track A"})
    assert told == "Audio 1: track A in A. Audio 2: the rest in A. Audio 3: the mix."

"""What must hold exactly of what the console says of a song, whatever its weights."""

import itertools
import json
import resource

import pytest
import torch
from consoles import ROLES, make_song, random_console, with_stems
from hypothesis import given
from hypothesis import strategies as st

from console import Console, InputError, Song
from console.network.features import measure
from console.network.posterior import ZERO_BIN
from console.network.windows import windows as windows_of
from console.read.roles import Role


@pytest.fixture(scope="module")
def console() -> Console:
    return random_console()


def assert_same(probability: torch.Tensor, other: torch.Tensor, atol: float = 1e-4) -> None:
    torch.testing.assert_close(probability, other, atol=atol, rtol=0)


@given(st.integers(2, 6), st.floats(-40, 30), st.booleans(), st.booleans(), st.integers(0, 50))
def test_one_gain_on_all_stems_changes_no_correction(console, stems, gain_db, anchored, mix_only, seed):
    song = make_song(stems, seed)
    options = {"anchor": "stem 1" if anchored else None, "mix_only": mix_only}
    louder = with_stems(song, song.audio * 10 ** (gain_db / 20))
    said, again = (console.listen(s, **options).probability for s in (song, louder))
    assert_same(said, again, atol=2e-4)


@pytest.mark.parametrize("factor", [1e-25, 1e-12, 1e20])
def test_extreme_levels_are_heard_like_any_other(console, factor):
    song = make_song(4)
    extreme = with_stems(song, song.audio * factor)
    said, again = (console.listen(s, "stem 1").probability for s in (song, extreme))
    assert_same(said, again, atol=2e-4)


@given(st.permutations(list(range(5))), st.booleans())
def test_reordering_stems_reorders_the_corrections(console, order, mix_only):
    song = make_song(5)
    before = console.listen(song, "stem 2", mix_only=mix_only)
    after = console.listen(with_stems(song, song.audio[order], order), "stem 2", mix_only=mix_only)
    assert after.names == tuple(before.names[i] for i in order)
    assert_same(after.probability, before.probability[order])


@given(st.integers(0, 4), st.booleans())
def test_the_anchor_is_left_alone(console, index, mix_only):
    posterior = console.listen(make_song(5), f"stem {index}", mix_only=mix_only)
    assert posterior.anchor == f"stem {index}"
    assert posterior.probability[index, ZERO_BIN] == 1
    assert posterior.median_db[index] == posterior.mean_db[index] == posterior.flaw_probability[index] == 0
    assert [float(end[index]) for end in posterior.interval_db(0.8)] == [0, 0]
    assert (posterior.flaw_probability[[i for i in range(5) if i != index]] > 0).all()


def test_the_anchor_matters(console):
    song = make_song(4)
    said = [console.listen(song, anchor).probability[3] for anchor in (None, "stem 0", "stem 1")]
    for one, other in itertools.combinations(said, 2):
        assert (one - other).abs().max() > 1e-3


@given(st.integers(0, 5), st.sampled_from(Role))
def test_a_silent_stem_gets_no_advice_and_equals_leaving_it_out(console, at, role):
    song = make_song(5)
    audio = torch.cat([song.audio[:at], torch.zeros_like(song.audio[:1]), song.audio[at:]])
    names = (*song.names[:at], "quiet", *song.names[at:])
    roles = (*song.roles[:at], role, *song.roles[at:])
    posterior = console.listen(Song(audio, names, song.sample_rate, roles), "stem 0")
    others = [i for i in range(6) if i != at]
    assert posterior.silent.tolist() == [i == at for i in range(6)]
    assert posterior.median_db[at] == posterior.flaw_probability[at] == 0
    assert_same(posterior.probability[others], console.listen(song, "stem 0").probability)


@given(st.permutations(list(range(4))))
def test_the_order_of_windows_does_not_matter(console, order):
    song = make_song(3, seconds=40.0)
    windows = song.audio.split(10 * song.sample_rate, -1)
    shuffled = with_stems(song, torch.cat([windows[i] for i in order], -1))
    assert_same(console.listen(song).probability, console.listen(shuffled).probability)


def test_a_window_without_sound_equals_leaving_it_out(console):
    song = make_song(3, seconds=20.0)
    longer = with_stems(song, torch.nn.functional.pad(song.audio, (0, 10 * song.sample_rate)))
    assert_same(console.listen(song).probability, console.listen(longer).probability)


def test_more_windows_of_the_same_sound_are_more_evidence(console):
    song = make_song(3, seconds=10.0)
    twice, often, more = (with_stems(song, song.audio.repeat(1, 1, n)) for n in (2, 8, 9))
    assert (console.listen(song).probability - console.listen(twice).probability).abs().max() > 1e-3
    assert_same(console.listen(often).probability, console.listen(more).probability)  # as many as count


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_windows_are_heard_than_asked_for(console, most):
    song = make_song(3, seconds=40.0)
    starts = {1: [15], 2: [0, 30], 3: [0, 15, 30]}[most]
    parts = [song.audio[..., s * song.sample_rate : (s + 10) * song.sample_rate] for s in starts]
    few = with_stems(song, torch.cat(parts, -1))
    assert_same(console.listen(song, most_windows=most).probability, console.listen(few).probability)
    assert_same(console.listen(song, most_windows=9).probability, console.listen(song).probability)


def test_the_mix_alone_is_heard_and_matters(console):
    song = make_song(4)
    said = console.listen(song, "stem 1", mix_only=True)
    assert not said.silent.any()
    assert (said.flaw_probability > 0).tolist() == [True, False, True, True]
    # Other stems that make the same mix say the same; another mix does not.
    same = song.audio.clone()
    same[0] += 0.5 * same[2]
    same[2] *= 0.5
    assert_same(said.probability, console.listen(with_stems(song, same), "stem 1", mix_only=True).probability)
    dull = with_stems(song, song.audio + song.audio.roll(1, -1))
    moved = console.listen(dull, "stem 1", mix_only=True).probability
    assert (said.probability - moved).abs().max() > 1e-3
    assert (said.probability - console.listen(song, "stem 1").probability).abs().max() > 1e-3


def test_stems_that_sound_alike_are_told_apart_by_their_role_in_the_mix_alone(console):
    said = console.listen(make_song(8), mix_only=True).probability
    assert_same(said[:4], said[4:])  # two of each role, of which only the role is known
    for one, other in itertools.combinations(said[:4], 2):
        assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize("roles", [(Role.OTHER,) * 3, (Role.VOCALS, Role.VOCALS), ROLES * 3])
def test_any_number_of_stems_of_any_roles_is_heard(console, roles):
    song = make_song(len(roles))
    posterior = console.listen(Song(song.audio, song.names, song.sample_rate, roles), "stem 0")
    assert posterior.probability.shape[0] == len(roles)
    assert_same(posterior.probability.sum(-1), torch.ones(len(roles)))
    assert (posterior.flaw_probability[1:] > 0).all()


def test_before_training_the_desk_passes_sound_through():
    song = make_song(4)
    untrained = Console(width=32, depth=1, song_depth=1)
    for posterior in (untrained.listen(song), untrained.listen(song, "stem 0", mix_only=True)):
        assert posterior.median_db.tolist() == [0] * 4
        assert torch.equal(song.with_gains_db(posterior.median_db).mix(), song.mix())


def test_listening_changes_neither_song_nor_console():
    console, song = random_console(dropout=0.5), make_song(4)
    audio, weights = song.audio.clone(), {name: value.clone() for name, value in console.state_dict().items()}
    console.train()
    first = console.listen(song)
    assert console.training
    console.eval()
    assert torch.equal(first.probability, console.listen(song).probability)
    assert torch.equal(first.probability, console.listen(song).probability)
    assert torch.equal(song.audio, audio)
    assert all(torch.equal(value, weights[name]) for name, value in console.state_dict().items())


def test_listening_first_leaves_measuring_differentiable():
    rate = 11_025  # a rate of its own, so that listening is the first to ask for its filters
    song = make_song(2, seconds=1.0, rate=rate)
    Console(width=32, depth=1).listen(song)
    gained = song.audio.clone().requires_grad_()
    measure(gained, rate).levels.sum().backward()
    assert gained.grad.isfinite().all()
    assert gained.grad.abs().max() > 0


@pytest.mark.parametrize("most", [None, 1, 3, 50])
@pytest.mark.parametrize("seconds", [0.3, 6.0, 10.0, 10.1, 25.0, 60.0])
def test_windows_are_of_one_length_and_cover_what_they_may(seconds, most):
    samples, steps = round(seconds * 8_000), round(seconds * 5)
    windows = windows_of(samples, 8_000, most)
    needed = max(1, -(-steps // 50))
    assert len(windows) == min(needed, most or needed)
    assert {stop - start for start, stop in windows} == {min(steps, 50)}
    assert abs(windows[0][0] - (steps - windows[-1][1])) < 2  # evenly spread
    if most is None or most >= needed:
        assert windows[0][0] == 0
        assert all(after[0] <= before[1] for before, after in itertools.pairwise(windows))


def test_unknown_and_silent_anchors_are_refused(console):
    song = make_song(3)
    with pytest.raises(InputError, match="stem 0"):
        console.listen(song, "guitar")
    audio = song.audio.clone()
    audio[1] = 0
    with pytest.raises(InputError, match="silent"):
        console.listen(with_stems(song, audio), "stem 1")
    for mix_only in (False, True):
        with pytest.raises(InputError, match="All stems of"):
            console.listen(with_stems(song, 0 * audio), mix_only=mix_only)


def test_a_width_that_does_not_divide_is_refused():
    for width in (30, 0):
        with pytest.raises(InputError, match="multiple of the number of heads"):
            Console(width=width, heads=4)


def test_mono_and_other_rates_are_heard(console):
    audio = make_song(3).audio[:, :1]
    for rate in (8_000, 22_050, 192_000):
        posterior = console.listen(Song(audio, ("a", "b", "c"), rate))
        assert posterior.probability.isfinite().all()


@pytest.mark.parametrize("options", [{}, {"content": False, "dropout": 0.3}, {"levels": False}])
def test_saved_and_loaded_consoles_agree(options, tmp_path):
    console, song = random_console(**options), make_song(4)
    console.save_pretrained(tmp_path / "one", "test", "3")
    again = Console.from_pretrained(tmp_path / "one")
    assert torch.equal(again.listen(song).probability, console.listen(song).probability)
    assert (again.name, again.version, len(again.checksum)) == ("test", "3", 64)
    assert again.config == console.config
    assert not again.training


def test_what_is_not_a_console_is_refused(console, tmp_path):
    with pytest.raises(InputError, match="is not a console: it needs"):
        Console.from_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"no/such/folder\" is not a console"):
        Console.from_pretrained("no/such/folder")
    console.save_pretrained(tmp_path / "torn", "test", "1")
    weights = (tmp_path / "torn" / "model.safetensors").read_bytes()
    (tmp_path / "torn" / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match="not a console of this version"):
        Console.from_pretrained(tmp_path / "torn")
    console.save_pretrained(tmp_path / "other", "test", "1")
    config = json.loads((tmp_path / "other" / "config.json").read_text())
    (tmp_path / "other" / "config.json").write_text(json.dumps({**config, "width": 64}))
    with pytest.raises(InputError, match="not a console of this version"):
        Console.from_pretrained(tmp_path / "other")


def test_a_hub_id_that_cannot_be_had_is_one_sentence():
    with pytest.raises(InputError, match="is not to be had from the Hub"):
        Console.from_pretrained("nobody/no-such-console")


def changed(folder, config=None, weights=None):
    """A console whose files say something else."""
    from safetensors.torch import load_file, save_file

    random_console().save_pretrained(folder, "test", "1")
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(told | (config or {})))
    save_file(load_file(folder / "model.safetensors") | (weights or {}), folder / "model.safetensors")
    return folder


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"width": 10**9, "heads": 1}, "width is from 1 to 4,096"),
        ({"width": 4096, "depth": 64, "song_depth": 64}, "is missing in"),
        ({"depth": 10**9}, "depth is from 0 to 64"),
        ({"windows": 10**12}, "windows is from 1 to 10,000"),
        ({"windows": "3"}, "windows is from 1"),
        ({"heads": 0}, "heads is from 1"),
        ({"width": 1e9}, "width is from 1"),
        ({"width": 10**200}, "width is from 1"),
        ({"dropout": 7.0}, "dropout"),
        ({"unheard_of": 1}, "unheard_of"),
        ("[" * 5000, "nested more than 64 deep"),
        ("[]", "not a console of this version"),
        ("{" + " " * 2_000_000 + "}", "over 1 MB"),
    ],
)
def test_a_console_of_an_absurd_configuration_is_refused_without_the_memory(tmp_path, config, why):
    folder = changed(tmp_path / "odd", config)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="is not a console of this version") as caught:
        Console.from_pretrained(folder)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_console_whose_weights_are_no_numbers_is_refused(tmp_path, value):
    bias = random_console().head.bias.detach().clone()
    bias[3] = value
    with pytest.raises(InputError, match=r'not a console of this version .*"head.bias" holds what is no finite number'):
        Console.from_pretrained(changed(tmp_path / "nan", weights={"head.bias": bias}))


def test_a_console_whose_weights_are_far_out_of_range_has_no_answer(tmp_path):
    weight = torch.full_like(random_console().head.weight, 3e38)
    console = Console.from_pretrained(changed(tmp_path / "far", weights={"head.weight": weight}))
    with pytest.raises(InputError, match="has no answer"):
        console.listen(make_song(3))


def test_a_console_with_a_part_too_many_is_refused(tmp_path):
    with pytest.raises(InputError, match='"more" is one part too many'):
        Console.from_pretrained(changed(tmp_path / "more", weights={"more": torch.zeros(1)}))


def test_an_offset_is_no_level():
    """A stem that is off zero by more than its own level is heard as it is without that."""
    song, console = make_song(4, seconds=4.0), random_console()
    off = Song(
        song.audio + torch.tensor([0.5, -0.3, 0.0, 0.01]).view(4, 1, 1), song.names, song.sample_rate, song.roles
    )
    plain, heard = console.listen(song), console.listen(off)
    torch.testing.assert_close(heard.probability, plain.probability, atol=2e-3, rtol=0)

"""The exported test: blind, equally loud, in webMUSHRA's format, and about what the key says."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pyloudnorm
import pytest
import soundfile
import torch
import yaml
from songs import noise_song

from console.audio.io import read_audio
from console.errors import InputError
from console.evaluation.items import Protocol
from console.read.song import Song
from console.stream.peak import true_peak_dbtp
from studio.study.export import Plan, export, key_beside
from studio.study.items import draw_items, song_paths
from studio.study.key import Key
from studio.study.stimuli import low_passed, matched
from studio.study.webmushra import SCALES, as_yaml, texts_config


def config(out, test):
    return yaml.safe_load((out / "configs" / f"{test}.yaml").read_text())


def trials(out, test):
    """The pages that are rated, which every rater gets in another order."""
    order, *pages = next(page for page in config(out, test)["pages"] if isinstance(page, list))
    assert order == "random"
    return {page["id"]: page for page in pages}


def test_every_page_has_its_mixes(exported):
    out, key = exported
    pages = trials(out, key.mixes_test)
    assert set(pages) == {page.page for page in key.mixes}
    for known in key.mixes:
        page = pages[known.page]
        assert page["type"] == "mushra"
        assert set(page["stimuli"]) == set(known.stimuli)
        assert [s.system for s in known.stimuli.values()] == ["low anchor", "flawed", "console", "equal loudness"]
        assert all((out / file).is_file() for file in (page["reference"], *page["stimuli"].values()))
    told = {tuple(known.stimuli[code].system for code in pages[known.page]["stimuli"]) for known in key.mixes}
    assert len(told) > 1  # so that the place of a mix says nothing of what it is


def test_mixes_of_a_page_are_equally_loud(exported):
    out, key = exported
    for known in key.mixes:
        page = trials(out, key.mixes_test)[known.page]
        lufs, peaks_dbtp = [], []
        for file in (page["reference"], *page["stimuli"].values()):
            audio, rate = soundfile.read(out / file)
            assert audio.shape == (10 * rate, 2)
            lufs.append(pyloudnorm.Meter(rate).integrated_loudness(audio))
            peaks_dbtp.append(true_peak_dbtp(torch.from_numpy(audio.T), rate))
        assert max(lufs) - min(lufs) < 0.1
        assert lufs == pytest.approx([known.lufs] * len(lufs), abs=0.1)
        assert max(peaks_dbtp) <= -1 + 0.01


def test_nothing_tells_which_is_which(exported):
    out, key = exported
    systems = {stimulus.system for page in key.mixes for stimulus in page.stimuli.values()}
    giveaways = {*systems, *(page.song for page in key.mixes), "anchor", "ünder"}
    for path in out.rglob("*"):
        assert not any(word.lower() in path.name.lower() for word in giveaways)
    for test in (key.mixes_test, key.texts_test):
        text = (out / "configs" / f"{test}.yaml").read_text()
        structure = re.sub(r"createAnchor\d\d|content: .*", "", text)
        assert not any(word.lower() in structure.lower() for word in giveaways)
    files = sorted(out.rglob("*.wav"))
    assert len({path.stat().st_size for path in files}) == 1
    assert all(re.fullmatch(r"[a-z]{8}\.wav", path.name) for path in files)
    heads = {path.read_bytes()[:44] for path in files}
    assert len(heads) == 1
    assert not any(b"LIST" in path.read_bytes()[:200] for path in files)


def test_only_the_key_is_apart(exported):
    out, _ = exported
    assert key_beside(out).is_file()
    assert {path.suffix for path in out.rglob("*") if path.is_file()} == {".yaml", ".wav"}


def test_the_text_pages_do_not_give_the_flawed_mix_away(exported):
    """What is heard with a text is the flawed mix: by its bytes it is not to be found in the test of mixes."""
    out, key = exported
    digests = Counter(hashlib.sha256(path.read_bytes()).digest() for path in out.rglob("*.wav"))
    about = {page.stimulus for page in key.texts}
    told = [path for path in out.rglob("*.wav") if path.stem in about]
    assert len(told) == len(key.texts) > 0
    for path in told:
        assert digests[hashlib.sha256(path.read_bytes()).digest()] == 1


def test_the_key_tells_the_truth(exported, songs):
    """The flawed mix is the stems at the flaw's gains, and its correction likewise, but for loudness and fades."""
    out, key = exported
    for known in key.mixes:
        song = Song.load(songs / known.song)
        start = round(known.start_s * song.sample_rate)
        by_role = {
            str(role): song.audio[i, :, start : start + 10 * song.sample_rate] for i, role in enumerate(song.roles)
        }
        for code, stimulus in known.stimuli.items():
            if stimulus.system == "low anchor":
                continue
            gains_db = {name: known.flaw_db[name] + gain for name, gain in stimulus.gains_db.items()}
            mix = sum(by_role[name] * 10 ** (gain / 20) for name, gain in gains_db.items())
            file = trials(out, key.mixes_test)[known.page]["stimuli"][code]
            heard = torch.from_numpy(read_audio(out / file)[0].T)
            inner = slice(1000, -1000)
            likeness = torch.cosine_similarity(heard[:, inner].flatten(), mix[:, inner].flatten(), dim=0)
            assert float(likeness) > 1 - 1e-4


def test_texts_are_rated_on_six_scales_of_five(exported):
    out, key = exported
    pages = trials(out, key.texts_test)
    assert len(pages) == len(key.texts) == len(key.mixes)
    for known in key.texts:
        page = pages[known.page]
        assert page["type"] == "likert_single_stimulus"
        assert list(page["stimuli"]) == [known.stimulus]
        assert [[point["value"] for point in scale] for scale in page["response"]] == [[1, 2, 3, 4, 5]] * len(SCALES)
        assert known.text.split()[0] in page["content"]


def test_items_come_evenly_from_both_songs_and_from_all_chunks(exported):
    _, key = exported
    assert Counter(page.song for page in key.mixes) == {"One – ünder": 2, "Two": 2}
    assert Counter((page.song, page.start_s) for page in key.mixes).most_common(1)[0][1] == 1
    assert all(max(map(abs, page.flaw_db.values())) >= 3 for page in key.mixes)


def test_the_export_says_how_many_raters_are_needed(exported):
    out, key = exported
    for test in (key.mixes_test, key.texts_test):
        text = (out / "configs" / f"{test}.yaml").read_text()
        head = " ".join(line[2:] for line in text.splitlines() if line.startswith("#"))
        assert "About 15 raters per mix are needed for a reliability of 0.8" in head


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_test(one_song, tmp_path):
    plan = Plan(one_song, items=2, texts=False, listeners=("console",))
    keys = [export(plan, tmp_path / name) for name in ("a", "b")]
    assert keys[0] == keys[1]
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")


def test_another_seed_gives_other_codes_and_items(one_song, tmp_path):
    keys = [export(Plan(one_song, items=4, texts=False, seed=seed), tmp_path / str(seed)) for seed in (0, 1)]
    pages, items = ([{getattr(page, what) for page in key.mixes} for key in keys] for what in ("page", "item"))
    assert not pages[0] & pages[1]
    assert items[0] != items[1]


def test_a_saved_key_is_read_back(exported):
    out, key = exported
    assert Key.load(key_beside(out)) == key


@pytest.mark.parametrize("protocol", [Protocol.MANY, Protocol.RAW, Protocol.NONE])
def test_items_of_other_protocols(songs, protocol):
    items = list(draw_items(song_paths(songs), protocol, 3, seed=1))
    assert len(items) == 3
    assert all(item.id.split("|")[2] == protocol for item in items)
    assert all(any(item.flaw_db) == (protocol is not Protocol.NONE) for item in items)
    assert all(item.anchor is None or item.flaw_db[item.balanced.names.index(item.anchor)] == 0 for item in items)


def test_no_more_items_than_there_are(tmp_path):
    noise_song(seconds=10.0).save(tmp_path / "song")
    assert len(list(draw_items(song_paths(tmp_path), Protocol.NONE, 50))) == 3
    single = list(draw_items(song_paths(tmp_path), Protocol.SINGLE, 50))
    assert len(single) == len({item.id for item in single}) == 24  # of 30, six have nothing wrong with them


def test_one_song_is_a_folder_of_songs(tmp_path):
    noise_song(seconds=10.0).save(tmp_path / "song")
    assert song_paths(tmp_path / "song") == [tmp_path / "song"]
    assert song_paths(tmp_path) == [tmp_path / "song"]


def test_the_test_split_is_what_people_hear(tmp_path):
    for split in ("train", "test"):
        noise_song(seconds=1.0).save(tmp_path / split / f"of {split}")
    assert song_paths(tmp_path) == [tmp_path / "test" / "of test"]


def test_a_hot_mix_lowers_all_of_its_page():
    rate = 44_100
    quiet = noise_song(seconds=10.0).mix()
    clicks = torch.zeros_like(quiet)
    clicks[:, :: rate // 2] = 1.0
    lufs = []
    told = matched({"quiet": quiet, "clicks": clicks}, rate)
    for mix in told.mixes.values():
        assert true_peak_dbtp(mix, rate) <= -1 + 1e-3
        lufs.append(pyloudnorm.Meter(rate).integrated_loudness(mix.numpy().T))
    assert told.lufs < -23
    assert lufs == pytest.approx([told.lufs] * 2, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_the_low_anchor_ends_at_three_and_a_half_kilohertz(rate):
    noise = torch.randn(2, rate, generator=torch.Generator().manual_seed(0))
    change_db = 20 * (torch.fft.rfft(low_passed(noise, rate)).abs() / torch.fft.rfft(noise).abs()).log10()[0]
    hz = torch.fft.rfftfreq(rate, 1 / rate)
    assert float(change_db[(hz > 100) & (hz < 3400)].median().abs()) < 0.1
    assert float(change_db[hz > 4500].quantile(0.95)) < -25 if rate > 9_000 else True
    assert low_passed(noise, rate).shape == noise.shape


TEXTS = (
    'It\'s "so": 3 dB, #1 & <b>\nnext',
    "– Ünïcode: “q” …",
    "- starts",
    "# hash",
    "{a: b}",
    "null",
    "a\\nb \\ c\ttab",
)


def test_any_text_survives():
    pages = {f"p{n}": (f"c{n}", text) for n, text in enumerate(TEXTS)}
    made = texts_config("t", "configs", pages)
    assert yaml.safe_load(as_yaml(made, "A: comment\nof lines")) == made
    shown = [page["content"].split("</blockquote>")[0] for page in made["pages"][2][1:]]
    assert not any("<b>" in text or '"' in text or "\n" in text for text in shown)


def test_lists_are_written_as_webmushra_reads_them():
    """Its reader knows neither "- - " nor a list that is not indented."""
    text = as_yaml(texts_config("t", "configs", {"p": ("c", "text")}))
    assert not re.search(r"^ *- -", text, re.MULTILINE)
    for before, after in zip(text.splitlines(), text.splitlines()[1:], strict=False):
        if before.endswith(":") or before.strip() == "-":
            assert len(after) - len(after.lstrip()) > len(before) - len(before.lstrip())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"listeners": ("console", "nobody")}, 'no listener "nobody"'),
        ({"listeners": ("do-nothing",)}, "no listener"),
        ({"listeners": ()}, "every listener once"),
        ({"listeners": ("oracle", "oracle")}, "every listener once"),
        ({"songs": Path("/nowhere/songs")}, "no songs"),
    ],
)
def test_plans_that_cannot_be(songs, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        export(Plan(**{"songs": songs, **changes}), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_songs_without_an_item(tmp_path):
    noise_song(seconds=3.0).save(tmp_path / "songs" / "short")
    with pytest.raises(InputError, match="10 s to ask about"):
        export(Plan(tmp_path / "songs", texts=False), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["songs"]


def test_songs_of_one_title(tmp_path):
    for split in ("a", "b"):
        noise_song(seconds=1.0).save(tmp_path / split / "song")
    with pytest.raises(InputError, match='called "song"'):
        list(draw_items([tmp_path / "a" / "song", tmp_path / "b" / "song"], Protocol.SINGLE, 1))


def test_the_key_may_not_lie_in_the_test(songs, tmp_path):
    with pytest.raises(InputError, match="in the test itself"):
        export(Plan(songs), tmp_path / "out", tmp_path / "out" / "key.json")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_replaced_only_by_force(one_song, tmp_path):
    plan, out = Plan(one_song, items=1, texts=False), tmp_path / "out"
    export(plan, out)
    before = files_in(tmp_path)
    for place in ((tmp_path / "elsewhere", key_beside(out)), (out, tmp_path / "other-key.json")):
        with pytest.raises(InputError, match="--force"):
            export(plan, *place)
    assert files_in(tmp_path) == before
    key = export(Plan(one_song, items=2, texts=False), out, force=True)
    assert Key.load(key_beside(out)) == key

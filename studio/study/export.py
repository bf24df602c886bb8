"""A listening test out of items: rendered, levelled, made blind, and written."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile as sf
from jaxtyping import Float
from torch import Tensor

from console.audio.io import refused
from console.correct import decide
from console.errors import InputError
from console.evaluation.items import Protocol
from console.files.whole import whole_folder
from console.model import Console
from console.network.posterior import GainPosterior
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from explainer.advice.advice import Advice, MixLevels, ModelStamp, advise
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style
from studio.study import webmushra
from studio.study.blind import Codes
from studio.study.items import StudyItem, draw_items, song_paths
from studio.study.key import Key, MixPage, Stimulus, TextPage, by_name
from studio.study.raters import advice as raters_needed
from studio.study.stimuli import CONSOLE, FADE_S, FLAWED, REFERENCE, baselines, believed, matched, render

TEXT_FADE_S = 0.5  # longer, as nothing is compared with it: nor are the bytes those of the same mix in the other test
CONFIGS = "configs"


@dataclass(frozen=True)
class Plan:
    """What a listening test is to be made of.

    Args:
        songs: a folder of songs.
        protocol, items, seed: as of `draw_items`.
        most_songs: songs to choose, None for all there are.
        listeners: whose corrections are heard: "console" and baselines, as they are called on the command line.
        texts: whether the console's advice is rated in words as well.
        style, explainer: of the texts.
        console: a folder or Hub id; the embedded one by default.
    """

    songs: Path
    protocol: Protocol = Protocol.SINGLE
    items: int = 12
    most_songs: int | None = None
    seed: int = 0
    listeners: tuple[str, ...] = (CONSOLE, "equal-loudness")
    texts: bool = True
    style: Style = Style.FULL
    explainer: str | None = None
    console: str | None = None

    def systems(self) -> tuple[str, ...]:
        """The listeners' names. Raises: InputError for one that there is not, for none, and for one named twice."""
        known = {CONSOLE: CONSOLE, **baselines()}
        unknown = next((name for name in self.listeners if name not in known), None)
        if unknown is not None:
            raise InputError(f'There is no listener "{unknown}": choose from {", ".join(known)}.')
        if not self.listeners or len(set(self.listeners)) < len(self.listeners):
            raise InputError(f"Name every listener once: choose from {', '.join(known)}.")
        return tuple(known[name] for name in self.listeners)


def key_beside(out: Path) -> Path:
    """Where the key goes that nobody places: beside the test, not in it."""
    out = Path(os.path.realpath(out))
    return out.with_name(f"{out.name}-key.json")


def export(
    plan: Plan,
    out: Path,
    key_path: Path | None = None,
    force: bool = False,
    tell: Callable[[str], None] = lambda step: None,
    done: Callable[[int, int], None] = lambda items, of: None,
) -> Key:
    """Writes a listening test into the folder `out`, and its key beside it.

    Args:
        key_path: where the key goes; `key_beside` by default.
        force: replace what is there.
        tell: is told each step as it begins.
        done: is told how many items of how many are ready.

    Raises: InputError for songs without an item, an unknown listener, a key inside `out`, and as `whole_folder` does.
    """
    systems = plan.systems()
    key_path = key_beside(out) if key_path is None else Path(os.path.realpath(key_path))
    if key_path.is_relative_to(os.path.realpath(out)):
        raise InputError(f'The key "{key_path}" would lie in the test itself, where raters may find it.')
    if key_path.exists() and not force:
        raise InputError(f'"{key_path}" exists: choose another key, or --force to replace it.')
    paths = song_paths(plan.songs)
    codes = Codes(plan.seed, str(plan.protocol), plan.items, systems, plan.texts, [path.name for path in paths])
    paths = codes.shuffled(paths)[: plan.most_songs]
    with whole_folder(out, force, source=plan.songs) as folder:
        tell("Loading the console")
        console = Console.from_pretrained(plan.console)
        explainer = _explainer(plan) if plan.texts else None  # before the work: a slip in its name costs none
        study = codes.draw()
        sounds = f"{CONFIGS}/audio-{study}"
        (folder / sounds).mkdir(parents=True)
        pages: list[MixPage] = []
        shown: dict[str, tuple[str, list[str]]] = {}
        asked: list[tuple[Advice, Tensor | None]] = []
        heard: list[str] = []
        for item in draw_items(sorted(paths), plan.protocol, plan.items, plan.seed, tell):
            tell(f"Mixing {item.song}")
            posteriors = {name: believed(item, name, console) for name in systems}
            page, reference, mixes = _page(item, posteriors, codes)
            _write(folder / sounds, mixes, item.balanced.sample_rate)
            pages.append(page)
            shown[page.page] = (reference, codes.shuffled(list(page.stimuli)))
            if plan.texts:
                posterior = posteriors.get(CONSOLE) or believed(item, CONSOLE, console)
                asked.append((_advice(item, posterior, console), posterior.embedding))
                heard.append(codes.draw())
                alone = matched({FLAWED: item.flawed.mix()}, item.balanced.sample_rate, TEXT_FADE_S).mixes[FLAWED]
                _write(folder / sounds, {heard[-1]: alone}, item.balanced.sample_rate)
            done(len(pages), plan.items)
        if not pages:
            raise InputError(
                f'No song in "{plan.songs}" has 10 s to ask about: two of vocals, drums and bass or more, each stem at '
                "-45 dBFS or more, the mix at -35 dBFS or more."
            )
        texts: list[TextPage] = []
        if explainer is not None:
            tell("Finding words")
            texts = _texts(plan, explainer, asked, [page.item for page in pages], heard, codes)
        key = Key(
            study,
            f"mixes-{study}",
            f"texts-{study}" if texts else "",
            str(plan.protocol),
            plan.seed,
            {"name": console.name, "version": console.version, "checksum": console.checksum},
            str(plan.style),
            tuple(webmushra.SCALES),
            tuple(pages),
            tuple(texts),
        )
        order = codes.shuffled(list(shown))
        config = webmushra.mixes_config(key.mixes_test, sounds, {page: shown[page] for page in order})
        _write_config(folder, key.mixes_test, config)
        if texts:
            mixed = codes.shuffled(texts)
            config = webmushra.texts_config(key.texts_test, sounds, {t.page: (t.stimulus, t.text) for t in mixed})
            _write_config(folder, key.texts_test, config)
        key.save(key_path)
    return key


def _page(
    item: StudyItem, posteriors: dict[str, GainPosterior], codes: Codes
) -> tuple[MixPage, str, dict[str, Float[Tensor, "channel time"]]]:
    """What the key knows of a page, the code of the open reference, and all the page's mixes by their codes."""
    rate = item.balanced.sample_rate
    together = matched(render(item, posteriors), rate, FADE_S)
    called = {name: codes.draw() for name in together.mixes}
    names = item.balanced.names
    gains_db = {name: decide(item.flawed, heard).gains_db().tolist() for name, heard in posteriors.items()}
    gains_db |= {name: [0.0] * len(names) for name in together.mixes if name not in gains_db}
    rated = [name for name in together.mixes if name != REFERENCE]
    page = MixPage(
        codes.draw(),
        item.id,
        item.song,
        item.start_s,
        item.anchor,
        by_name(names, item.flaw_db),
        round(together.lufs, 2),
        {called[name]: Stimulus(name, by_name(names, gains_db[name])) for name in rated},
    )
    return page, called[REFERENCE], {called[name]: mix for name, mix in together.mixes.items()}


def _advice(item: StudyItem, posterior: GainPosterior, console: Console) -> Advice:
    """The console's advice on the flawed mix, with what was measured for it."""
    from explainer.speak import with_reasons

    flawed, rate = item.flawed, item.flawed.sample_rate
    correction = decide(flawed, posterior)
    after = flawed.mix(correction.gains_db())
    levels = MixLevels(
        integrated_lufs(flawed.mix(), rate), integrated_lufs(after, rate), true_peak_dbtp(after, rate), 0.0
    )
    stems_lufs = [integrated_lufs(stem, rate) for stem in flawed.audio]
    stamp = ModelStamp(console.name, console.version, console.checksum)
    return with_reasons(advise(flawed, correction, stems_lufs, levels, stamp), flawed)


def _explainer(plan: Plan) -> Writer:
    from explainer.language.writer import writer

    return writer(plan.explainer)


def _texts(
    plan: Plan,
    explainer: Writer,
    asked: Sequence[tuple[Advice, Tensor | None]],
    items: Sequence[str],
    heard: Iterable[str],
    codes: Codes,
) -> list[TextPage]:
    from explainer.speak import explain

    advices, embeddings = zip(*asked, strict=True)
    told = explain(explainer, advices, plan.style, embeddings=embeddings, seed=plan.seed)
    rows = zip(heard, items, told, strict=True)
    return [TextPage(codes.draw(), code, item, said.text, str(said.source)) for code, item, said in rows]


def _write(folder: Path, mixes: dict[str, Float[Tensor, "channel time"]], sample_rate: int) -> None:
    """24-bit WAV, which every browser plays; in the order of the codes, so that no time of writing tells anything."""
    for code in sorted(mixes):
        path = folder / f"{code}.wav"
        try:
            sf.write(path, mixes[code].T.contiguous().numpy(), sample_rate, "PCM_24")
        except (OSError, sf.SoundFileError) as error:
            raise refused(path, "cannot be written: the disk may be full") from error


def _write_config(folder: Path, test: str, config: webmushra.Page) -> None:
    text = webmushra.as_yaml(config, raters_needed())
    (folder / CONFIGS / f"{test}.yaml").write_text(text, "utf-8")

"""Tags of a song, of its stems, and of stretches of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float32
from torch import Tensor

from console.files.fetched.fetch import is_fetched, located
from console.music.music import Tag, Tags
from console.music.sound import Mono, Sound
from console.music.tags.network import Musicnn
from console.music.tags.patches import RATE, patches, variety_db
from console.music.tags.vocabulary import NETWORKS, Heard, said
from console.network.threads import one_thread
from console.read.roles import Role

MODEL = "musicnn"
BY = "musicnn 0.1.0 (Pons and Serra, 2019), learnt of the Million Song Dataset and of MagnaTagATune"
OF_MIX, OF_STEM, OF_STRETCH = 32, 8, 4  # windows of 3 s at most
OF_ALL_STEMS, LEAST = 64, 2  # windows of all stems together, where each has the least that it can do with
BATCH = 8
GENRES, MOODS, INSTRUMENTS, VOICES, ERAS, ALONE = 4, 4, 6, 2, 2, 2  # said at most, the last of a stem
LEAST_VARIETY_DB = 2.9  # noise and clicks reach 2.4, songs and drums alone 3.4 to 10
NO_VOICE = "no voice"
TOLD_BY_ROLE = (Role.DRUMS, Role.BASS)  # a tag would add nothing; bass guitars have none


def listen(sound: Sound) -> Tags | None:
    """Tags of the mix, and of each stem that sounds but drums and bass.

    Method: musicnn, by windows of 3 s that are spread over what sounds, and averaged. Genres, moods and eras are
    heard in the mix by both networks, instruments by the one that knows them.

    Returns: None where the model is not fetched, for silence and less than 1 s, and for what sounds the same
        throughout: noise, steady or in bursts, clicks, a tone. The networks learnt of music alone and would find tags
        for it, too.
    """
    if not is_fetched(MODEL):
        return None
    windows = patches(sound.mix(RATE), RATE, OF_MIX)
    if windows is None or variety_db(windows) < LEAST_VARIETY_DB:
        return None
    heard, embedding = _heard(windows, NETWORKS)
    return Tags(
        said("genres", heard, GENRES),
        said("moods", heard, MOODS),
        said("instruments", heard, INSTRUMENTS),
        said("voices", heard, VOICES),
        said("eras", heard, ERAS),
        dict(_of_stems(sound)),
        embedding,
        BY,
    )


def of_no_music(tags: Tags) -> Tags:
    """Of what has neither a key nor a beat, such as speech: that somebody speaks, but no genre, mood or instrument."""
    return replace(tags, genres=(), moods=(), instruments=(), eras=(), of_stems={})


def in_stretches(sound: Sound, stretches_s: Sequence[tuple[float, float]]) -> list[tuple[Tag, ...]]:
    """What the mix sounds like from when to when, by `listen`'s method: genres, moods, instruments, voices.

    Returns: for each stretch; nothing where the model is not fetched, and for silence and less than 1 s.
    """
    if not is_fetched(MODEL):
        return [() for _ in stretches_s]
    mix = sound.mix(RATE)
    told = []
    for start_s, end_s in stretches_s:
        hearing = _hear(mix[round(start_s * RATE) : round(end_s * RATE)], RATE, OF_STRETCH, NETWORKS)
        kinds = (("genres", 2), ("moods", 2), ("instruments", 3), ("voices", 1))
        told.append(
            () if hearing is None else tuple(tag for kind, most in kinds for tag in said(kind, hearing[0], most))
        )
    return told


def _of_stems(sound: Sound) -> Iterator[tuple[str, tuple[Tag, ...]]]:
    """Those of which something can be said. Each stem is as loud as a record, so that its level does not matter."""
    stems = zip(sound.names, sound.roles, sound.stems, strict=True)
    asked = [(name, role, stem) for name, role, stem in stems if role not in TOLD_BY_ROLE]
    windows = min(OF_STEM, max(LEAST, OF_ALL_STEMS // max(len(asked), 1)))
    for name, role, stem in asked:
        # Only the one network knows instruments.
        hearing = _hear(stem, sound.sample_rate, windows, ("MTT",))
        if hearing is None:
            continue
        kinds = ("voices",) if role is Role.VOCALS else ("instruments", "voices")
        tags = [tag for kind in kinds for tag in said(kind, hearing[0], ALONE, alone=True) if tag.name != NO_VOICE]
        if tags:
            yield name, tuple(sorted(tags, key=lambda tag: -tag.probability))


def _hear(audio: Mono, rate: int, most: int, networks: Sequence[str]) -> tuple[Heard, tuple[float, ...]] | None:
    """By each network the probabilities of its tags, and the embedding of the first; None where nothing sounds."""
    windows = patches(audio, rate, most)
    return None if windows is None else _heard(windows, networks)


def _heard(windows: Float32[Tensor, "window frame band"], networks: Sequence[str]) -> tuple[Heard, tuple[float, ...]]:
    heard, embeddings = {}, []
    for name in networks:
        network = _network(located(MODEL), name)
        with torch.inference_mode(), one_thread():
            logits, embedding = map(torch.cat, zip(*map(network, windows.split(BATCH)), strict=True))
        heard[name] = logits.sigmoid().mean(0).double().numpy()
        embeddings.append(tuple(round(value, 4) for value in embedding.mean(0).tolist()))
    return heard, embeddings[0]


@cache
def _network(folder: Path, name: str) -> Musicnn:
    return Musicnn.load(folder, name)

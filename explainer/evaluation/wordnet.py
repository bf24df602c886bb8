"""WordNet for nltk: its own corpus where that is installed, else the plain files that Debian's packages bring."""

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import nltk.data
from nltk.corpus import wordnet

DEBIAN = Path("/usr/share/wordnet")  # of the package wordnet-base
PARTS = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}  # of speech, and their numbers
FILES = tuple(f"{kind}.{part}" for part in PARTS for kind in ("index", "data"))

# Debian leaves out the list of the lexicographers' files, numbered from 0; this is it, as in lexnames(5WN).
LEXNAMES = """adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body
    noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object
    noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape
    noun.state noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition
    verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social
    verb.stative verb.weather adj.ppl""".split()


@lru_cache
def read_wordnet(folder: Path = DEBIAN) -> Any:
    """nltk's reader of WordNet (Fellbaum, WordNet: An Electronic Lexical Database, 1998); nothing is downloaded.

    Args:
        folder: of WordNet's files, where nltk has no corpus of its own.

    Raises: FileNotFoundError, naming the folder, where WordNet is not there either.
    """
    try:
        wordnet.ensure_loaded()
    except LookupError:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{folder} lacks {missing[0]}") from None
        nltk.data.path.append(str(_corpus(folder)))
        wordnet.ensure_loaded()
    return wordnet


def _corpus(folder: Path) -> Path:
    """A folder as nltk wants it, with copies of the files, for as long as the process lives.

    nltk follows no link out of a corpus. Its table of senses, which only other languages and versions of WordNet need,
    is left empty.
    """
    place = Path(tempfile.mkdtemp(prefix="wordnet-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    corpus = place / "corpora" / "wordnet"
    corpus.mkdir(parents=True)
    for path in sorted(folder.iterdir()):
        if path.is_file():
            shutil.copyfile(path, corpus / path.name)
    for part in PARTS:
        (corpus / f"{part}.exc").touch()
    lines = [f"{at:02d}\t{name}\t{PARTS[name.split('.')[0]]}\n" for at, name in enumerate(LEXNAMES)]
    (corpus / "lexnames").write_text("".join(lines))
    (corpus / "index.sense").touch()
    for path in corpus.iterdir():
        path.chmod(0o600)  # nltk reads nothing that others can write to
    return place

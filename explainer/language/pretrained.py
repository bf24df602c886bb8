"""A trained explainer as a folder: an adapter and a prefix for a base that is named or carried along, or all merged."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from console.errors import InputError
from console.files.fetched.fetch import resolved
from console.files.hub import CARD, fetched, upload
from console.files.untrusted import load_json
from console.files.weights import check_size, read_weights
from console.files.whole import whole_file
from explainer.language.chat import Chat
from explainer.language.model import Explainer
from explainer.language.networks.base import fingerprint, load_base, with_adapter
from explainer.language.networks.hub import HubLanguage
from explainer.language.networks.small import ADAPTER, ADAPTER_CONFIG, CONFIG, SmallLlama, fastest
from explainer.language.numbers import Numbers
from explainer.language.told.conditioning import Conditioning
from explainer.language.told.prefix import FactPrefix, Prefix

EMBEDDED = Path(__file__).parent.parent / "pretrained"
SETTINGS, PREFIX, BASE = "explainer.json", "prefix.safetensors", "base"
FETCHED = ("*.json", "*.safetensors", "*.jinja", "*.txt")


def save_pretrained(
    explainer: Explainer,
    folder: str | Path,
    name: str,
    version: str,
    merged: bool = False,
    carry_base: bool = False,
    card: str | Path | None = None,
) -> None:
    """Writes what `from_pretrained` reads.

    Args:
        name, version: what it is called.
        merged: the whole model with the adapter merged into it, which transformers alone can load; else the adapter
            alone, as peft writes it.
        carry_base: the base and its tokenizer are copied along, into a folder of their own.
        card: a model card to copy along.

    Raises: InputError where the folder cannot be written, or the base to carry is no folder.
    """
    folder = Path(folder)
    model = explainer.language.model
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if merged:
            whole = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
            whole.save_pretrained(folder)
            _copy_tokenizer(explainer.base, folder)
        else:
            model.save_pretrained(folder)
            _name_base(folder, explainer.base)
            _as_base(folder / ADAPTER, model)
        if carry_base and not merged:
            _carry(explainer.base, folder / BASE)
        if card is not None:
            shutil.copyfile(card, folder / CARD)
    except OSError as error:
        raise InputError(f'"{folder}" cannot be written: {error.strerror or error}.') from error
    config = model.config if merged else model.get_base_model().config
    settings = {
        "name": name,
        "version": version,
        "conditioning": explainer.conditioning,
        "embedding_width": explainer.embedding_width,
        "base": BASE if carry_base else explainer.base,
        "fingerprint": fingerprint(config, explainer.chat.fingerprint),
        "quantised": explainer.quantised,
        "merged": merged,
        "numbers": explainer.numbers,
        "answers": explainer.answers,
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
    }
    if explainer.prefix is not None:
        from safetensors.torch import save

        with whole_file(folder / PREFIX) as part:
            part.write_bytes(save({key: value.contiguous() for key, value in explainer.prefix.state_dict().items()}))
    with whole_file(folder / SETTINGS) as part:
        part.write_text(json.dumps(settings, indent=2) + "\n")


def _folder(source: str | Path | None) -> Path:
    """Where an explainer lies; one that comes with the package goes by its name, unless there is such a folder here."""
    if source is None:
        return EMBEDDED
    if not Path(source).exists() and Path(source).name == str(source) and (EMBEDDED / source / SETTINGS).is_file():
        return EMBEDDED / source
    return fetched(source, FETCHED)


def from_pretrained(
    source: str | Path | None = None, base: str | Path | None = None, trainable: bool = False
) -> Explainer:
    """A trained explainer.

    A small Llama is read without transformers, whose import takes seconds, unless it is to be trained.

    Args:
        source: a folder that `save_pretrained` wrote, "smollm2" for the one on that base that comes with the package,
            or a name on the Hub; the embedded explainer by default.
        base: another place of its base model.
        trainable: whether it is to be trained on.

    Raises: InputError for what is no explainer, a base that is missing, or an adapter that does not match its base.
    """
    folder = _folder(source)
    if not (folder / SETTINGS).is_file():
        raise InputError(f'"{folder}" is not an explainer: it needs {SETTINGS}.')
    settings = load_json(folder / SETTINGS, f"an {SETTINGS}")
    try:
        conditioning = Conditioning(settings["conditioning"])
        merged, width = bool(settings["merged"]), int(settings["embedding_width"])
        printed, quantised = str(settings["fingerprint"]), bool(settings["quantised"])
        named = str(settings["base"])
        numbers = Numbers(settings["numbers"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f'"{folder}" is not an explainer: {SETTINGS} is of another kind ({error}).') from error
    carried = folder / BASE
    where = folder if merged else base or (carried if carried.is_dir() else named)
    here = Path(resolved(where))
    adapter = None if merged else folder
    language: Any
    if SmallLlama.fits(here) and not trainable and not quantised:
        chat = Chat.read(here)
        _check(load_json(here / CONFIG, f"a {CONFIG}"), chat, printed, folder, where)
        language = SmallLlama.read(here, adapter, fastest() if settings.get("dtype") == "bfloat16" else torch.float32)
    else:
        model, tokenizer = load_base(where, quantised and not merged)
        chat = Chat.of(tokenizer, str(where))
        _check(model.config, chat, printed, folder, where)
        language = HubLanguage(model if adapter is None else with_adapter(model, adapter, trainable))
    prefix = _prefix(folder, language.width, conditioning, width, numbers)
    explainer = Explainer(language, chat, conditioning, prefix, str(where), width, quantised, numbers)
    explainer.name, explainer.version = str(settings.get("name", "")), str(settings.get("version", ""))
    explainer.answers = settings.get("answers") is True
    return explainer.train(trainable)


def go_on(explainer: Explainer, folder: str | Path) -> None:
    """Gives an explainer that is to be trained the adapter of another on the same base, and its prefix if it has one.

    Raises: InputError for what is no such explainer.
    """
    folder = fetched(folder, FETCHED)
    settings = load_json(folder / SETTINGS, f"an {SETTINGS}")
    printed = fingerprint(explainer.language.model.get_base_model().config, explainer.chat.fingerprint)
    if settings.get("fingerprint") != printed:
        raise InputError(f'"{folder}" cannot be gone on with: it was trained on another base.')
    from peft import set_peft_model_state_dict

    given = {name: value.float() for name, value in read_weights(folder / ADAPTER).items()}
    outcome: Any = set_peft_model_state_dict(explainer.language.model, given)
    if outcome.unexpected_keys or any(".lora_" in key for key in outcome.missing_keys):
        raise InputError(f'"{folder}" cannot be gone on with: its adapter is of another size.')
    if (
        explainer.prefix is not None
        and (folder / PREFIX).is_file()
        and settings["conditioning"] == explainer.conditioning
    ):
        explainer.prefix.load_state_dict(read_weights(folder / PREFIX, explainer.prefix.state_dict()))


def push_to_hub(folder: str | Path, name: str, private: bool = True) -> str:
    """Uploads a folder that `save_pretrained` wrote to the Hub and returns its address.

    Raises: InputError where the folder is no explainer, or the Hub does not take it.
    """
    if not (Path(folder) / SETTINGS).is_file():
        raise InputError(f'"{folder}" is not an explainer: it needs {SETTINGS}.')
    return upload(folder, name, private)


def _check(config: Any, chat: Chat, printed: str, folder: Path, where: str | Path) -> None:
    if fingerprint(config, chat.fingerprint) != printed:
        raise InputError(f'The adapter "{folder}" does not match the base model "{where}": it was trained on another.')


def _prefix(
    folder: Path, width: int, conditioning: Conditioning, embedding_width: int, numbers: Numbers
) -> Prefix | FactPrefix | None:
    if not conditioning.prefixed:
        return None
    kind = Prefix if numbers is Numbers.WRITTEN else FactPrefix
    try:
        check_size("embedding_width", embedding_width, 65_536)
        with torch.device("meta"):  # what it would be, without the memory
            expected = kind(width, conditioning, embedding_width).state_dict()
        weights = read_weights(folder / PREFIX, expected)
        prefix = kind(width, conditioning, embedding_width)
        prefix.load_state_dict(weights)
    except Exception as error:  # safetensors, keys, shapes
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f'"{folder}" has no prefix of this version ({reason}).') from error
    return prefix


def _name_base(folder: Path, base: str) -> None:
    """The adapter names its base as it was given, not a place in a cache; and no card that is generated stays."""
    path = folder / ADAPTER_CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base_model_name_or_path": base}, indent=2) + "\n")
    (folder / CARD).unlink(missing_ok=True)


def _as_base(path: Path, model: Any) -> None:
    """The adapter in 16 bits where its base has 16."""
    if model.get_base_model().dtype is torch.bfloat16:
        from safetensors.torch import save

        weights = {name: value.to(torch.bfloat16) for name, value in read_weights(path).items()}
        with whole_file(path) as part:
            part.write_bytes(save(weights))


def _carry(base: str, folder: Path) -> None:
    where = Path(resolved(base))
    if not where.is_dir():
        raise InputError(f'The base model "{base}" is no folder that could be carried along.')
    if folder.resolve() != where.resolve():
        shutil.copytree(where, folder, dirs_exist_ok=True)


def _copy_tokenizer(base: str, folder: Path) -> None:
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(resolved(base), trust_remote_code=False).save_pretrained(folder)

"""torchaudio's HDemucs, with weights that the user has: its sizes are read from them."""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from console.audio._torchaudio import load_torchaudio
from console.errors import InputError
from console.files.weights import check_finite, check_size, read_weights
from console.separate.separator import SOURCES, Separator, named_sources

PIECE_S = 10.0  # as torchaudio's own example
MOST_DEPTH, MOST_CHANNELS, MOST_NFFT, MOST_OUTPUTS = 8, 512, 1 << 15, 12
SIDES = 2
_FIRST, _SECOND = "freq_encoder.0.conv.weight", "freq_encoder.1.conv.weight"
_BANDS = "freq_emb.embedding.weight"


def hdemucs(path: Path, sources: Sequence[str] = ()) -> Separator:
    """The network in a file.

    Args:
        sources: what it estimates, in its order; by default what the metadata "sources" of a safetensors file lists,
            or else, where there are four, `SOURCES`.

    Raises: InputError for a file that is not there, or that does not hold exactly the weights of an HDemucs in stereo.
    """
    if not path.is_file():
        raise InputError(f'There is no file "{path}" with the weights of a separator.')
    try:
        weights, listed = _read(path)
        network, count = _network(weights)
        check_finite(weights)
    except UnpicklingError as error:
        raise InputError(
            f'"{path}" holds more than weights, or none, and is not opened: save the state_dict of torchaudio\'s '
            "HDemucs alone, or use --separator demucs."
        ) from error
    except InputError:
        raise
    except Exception as error:  # whatever torch and safetensors raise at a file that is damaged
        reason = (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise InputError(f'"{path}" does not hold the weights of torchaudio\'s HDemucs ({reason}).') from error
    told = named_sources(sources or listed or (SOURCES if count == len(SOURCES) else ()) or ["unknown"])
    if len(told) != count:
        raise InputError(f'"{path}" estimates {count} sources: name as many by --sources, in its order.')

    @torch.no_grad()
    def apply(piece: Tensor) -> Tensor:
        return network(piece[None])[0]

    return Separator(f"HDemucs ({path.name})", told, apply, PIECE_S)


def _read(path: Path) -> tuple[dict[str, Tensor], list[str]]:
    """The weights, and the sources that the file lists."""
    if path.suffix.casefold() != ".safetensors":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how it was pickled
            # torchaudio's weights are a pickle; nothing but tensors is read of it.
            weights = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
        if not isinstance(weights, dict) or not all(isinstance(each, Tensor) for each in weights.values()):
            raise ValueError("it is no state_dict")
        return {str(name): each.float() for name, each in weights.items()}, []
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("sources", "")
    listed = json.loads(text) if text.startswith("[") else list(filter(None, text.split(",")))
    if not all(isinstance(each, str) for each in listed):
        raise ValueError("its sources are no names")
    return {name: each.float() for name, each in read_weights(path).items()}, listed


def _network(weights: Mapping[str, Tensor]) -> tuple[torch.nn.Module, int]:
    """The network that has these weights and no others, and how many sources it estimates."""
    load_torchaudio()
    from torchaudio.models import HDemucs

    layers = {name.split(".")[1] for name in weights if name.startswith("freq_encoder.")}
    depth = check_size("its depth", len(layers), MOST_DEPTH, 2)
    last = f"freq_decoder.{depth - 1}.conv_tr.weight"
    missing = [name for name in (_FIRST, _SECOND, _BANDS, last) if name not in weights or weights[name].dim() < 2]
    if missing:
        raise ValueError(f'"{missing[0]}" is missing')
    channels = check_size("its channels", weights[_FIRST].shape[0], MOST_CHANNELS, 1)
    if weights[_FIRST].shape[1] != 2 * SIDES:
        raise ValueError("it is not made for stereo")
    count = check_size("its sources", weights[last].shape[1] // (2 * SIDES), MOST_OUTPUTS, 1)
    nfft = check_size("its window", 8 * weights[_BANDS].shape[0], MOST_NFFT, 64)
    growth = check_size("its second layer", weights[_SECOND].shape[0], 4 * MOST_CHANNELS, 1) / channels
    sizes = {"channels": channels, "growth": growth, "nfft": nfft, "depth": depth}
    with torch.device("meta"):  # without memory, until it is known to be the one
        network = HDemucs([str(at) for at in range(count)], SIDES, **sizes)
    wanted = network.state_dict()
    odd = next(iter(sorted(wanted.keys() ^ weights.keys())), None)
    if odd is not None:
        raise ValueError(f'"{odd}" is {"missing" if odd in wanted else "one part too many"}')
    shape = next((name for name, each in weights.items() if each.shape != wanted[name].shape), None)
    if shape is not None:
        raise ValueError(f'"{shape}" has the shape {tuple(weights[shape].shape)}, not {tuple(wanted[shape].shape)}')
    network.load_state_dict(dict(weights), assign=True)
    return network.eval().requires_grad_(False), count

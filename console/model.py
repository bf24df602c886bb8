"""The Console: what the stems sound like -> a posterior over each stem's correction."""

import hashlib
import json
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from console.encoder import N_ROLES, StemEncoder
from console.errors import InputError
from console.features import Features, measure
from console.posterior import N_BINS, ZERO_BIN, GainPosterior
from console.roles import Role
from console.song import Song
from console.whole import whole_file

EMBEDDED = Path(__file__).parent / "pretrained"
WEIGHTS, CONFIG = "model.safetensors", "config.json"
WINDOW_S = 10.0
ROLE_INDEX = {role: index for index, role in enumerate(Role)}


class Console(nn.Module):
    """Stem encoder, attention across the stems and their mix, posterior head.

    Args:
        width: size of an embedding.
        depth: number of attention layers.
        heads: attention heads.
        dropout: in the attention layers, while training.
    """

    def __init__(self, width: int = 128, depth: int = 3, heads: int = 4, dropout: float = 0.1):
        super().__init__()
        if width % heads or width < 1:
            raise InputError(f"The width is a multiple of the number of heads, which {width} is not of {heads}.")
        self.config = {"width": width, "depth": depth, "heads": heads, "dropout": dropout}
        self.name, self.version, self.checksum = "untrained", "0", ""
        self.encoder = StemEncoder(width)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.across = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.head = nn.Linear(width, N_BINS)
        # Before training the console has nothing to say: every stem's median is 0 dB.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():
            self.head.bias[ZERO_BIN] = 6.0

    def forward(
        self,
        features: Features,
        role: Int[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
    ) -> Float[Tensor, "batch stem bin"]:
        """Log-probabilities over the bins of every stem's correction, for one window each.

        Args:
            features: of the stems and their mix (one source more than stems).
            role: index into `Role`.
            anchor: True for the stem whose level is taken as right; its mass, and that of absent stems, lies at 0 dB.
        """
        mix_role = torch.full_like(role[:, :1], N_ROLES - 1)
        is_anchor = nn.functional.pad(anchor.long(), (0, 1))
        tokens = self.encoder(features, torch.cat([role, mix_role], dim=1), is_anchor)
        absent = ~features.present
        absent[:, -1] = False  # the mix is always heard, so that no row of attention is empty
        tokens = self.across(tokens, src_key_padding_mask=absent)
        logits = self.head(tokens[:, :-1]).log_softmax(-1)
        fixed = anchor | ~features.present[:, :-1]
        return torch.where(fixed[..., None], _nothing_to_correct(logits), logits)

    @torch.inference_mode()
    def listen(self, song: Song, anchor: str | None = None) -> GainPosterior:
        """The posterior over every stem's correction, from all windows of a song.

        Windows of 10 s are judged one by one and their log-probabilities averaged, for each stem over the windows in
        which it sounds.

        Raises: InputError for an unknown or silent anchor, or a song without sound.
        """
        is_anchor = torch.zeros(len(song.names), dtype=torch.bool)
        if anchor is not None:
            is_anchor[song.index(anchor)] = True
        was_training = self.training
        self.eval()
        try:
            mean_log_probability, unheard = self._over_windows(song, is_anchor)
        finally:
            self.train(was_training)
        if unheard.all():
            raise InputError(f'All stems of "{song.title}" are silent: there is nothing to listen to.')
        if unheard[is_anchor].any():
            raise InputError(f'The anchor "{anchor}" is silent: choose a stem that sounds.')
        probability = mean_log_probability.softmax(-1)
        certain = _nothing_to_correct(probability).exp()
        probability = torch.where((is_anchor | unheard)[:, None], certain, probability)
        return GainPosterior(song.names, probability, anchor, unheard)

    def _over_windows(
        self, song: Song, is_anchor: Bool[Tensor, " stem"]
    ) -> tuple[Float[Tensor, "stem bin"], Bool[Tensor, " stem"]]:
        """Mean log-probabilities over the windows in which each stem sounds, and the stems that sound in none."""
        device = self.head.weight.device
        role = torch.tensor([[ROLE_INDEX[role] for role in song.roles]], device=device)
        # Energies of very faint or very hot samples would leave the range of float32.
        peak = float(song.peaks.max())
        scale = 1.0 if 1e-6 < peak < 1e6 or peak == 0 else 1 / peak
        total = torch.zeros(len(song.names), N_BINS)
        windows = torch.zeros(len(song.names), 1)
        for start, stop in _windows(song.audio.shape[-1], song.sample_rate):
            stems = song.audio[..., start:stop].to(device)
            features = measure(stems if scale == 1 else stems * scale, song.sample_rate)
            batch = Features(*(part[None] for part in features))
            log_probability = self(batch, role, is_anchor.to(device)[None])[0].cpu()
            heard = features.present[:-1, None].cpu()
            total += torch.where(heard, log_probability, 0.0)
            windows += heard
        return total / windows.clamp_min(1), windows[:, 0] == 0

    def save_pretrained(self, folder: str | Path, name: str, version: str) -> None:
        """Write weights (safetensors) and configuration (JSON) for `from_pretrained`."""
        from safetensors.torch import save

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {"name": name, "version": version, **self.config}
        with whole_file(folder / WEIGHTS) as weights, whole_file(folder / CONFIG) as described:
            weights.write_bytes(save({key: value.contiguous() for key, value in self.state_dict().items()}))
            described.write_text(json.dumps(config, indent=2) + "\n")

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None) -> "Console":
        """A trained console: the embedded default, a folder made by `save_pretrained`, or a Hub id.

        Raises: InputError when the folder or its files are missing or are not a console's.
        """
        from safetensors.torch import load_file

        folder = EMBEDDED if source is None else _folder(source)
        if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
            raise InputError(f'"{folder}" is not a console: it needs {CONFIG} and {WEIGHTS}.')
        try:
            config = json.loads((folder / CONFIG).read_text())
            name, version = config.pop("name"), config.pop("version")
            console = cls(**config)
            console.load_state_dict(load_file(folder / WEIGHTS))
        except Exception as error:  # whatever a foreign file raises: JSON, safetensors, keys, shapes
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f'"{folder}" is not a console of this version ({reason}).') from error
        console.name, console.version = name, version
        console.checksum = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
        return console.eval()


def _nothing_to_correct(like: Tensor) -> Tensor:
    """Log-probabilities with all mass at 0 dB; elsewhere -1e4, which exponentiates to exactly 0 and leaves no NaN."""
    certain = torch.full_like(like, -1e4)
    certain[..., ZERO_BIN] = 0.0
    return certain


def _windows(samples: int, sample_rate: int) -> list[tuple[int, int]]:
    """Windows of at most 10 s, evenly spread so that they cover the whole song and are all of one length."""
    length = min(samples, round(WINDOW_S * sample_rate))
    count = -(-samples // length)
    last = samples - length
    starts = [round(i * last / max(count - 1, 1)) for i in range(count)]
    return [(start, start + length) for start in starts]


def _folder(source: str | Path) -> Path:
    try:
        if Path(source).exists() or not _looks_like_hub_id(str(source)):
            return Path(source)
    except OSError as error:  # such as a name that is too long
        raise InputError(f'"{source}" is no folder: {error.strerror}.') from error
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(source), allow_patterns=[WEIGHTS, CONFIG]))
    except Exception as error:  # the Hub's client raises many kinds: offline, unknown, forbidden
        raise InputError(f'"{source}" is no folder here, and is not to be had from the Hub.') from error


def _looks_like_hub_id(source: str) -> bool:
    return source.count("/") == 1 and not source.startswith((".", "/", "~"))

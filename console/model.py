"""The Console: what the stems sound like -> a posterior over each stem's correction."""

import hashlib
import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from console.balance import ROLES
from console.balance.genre import completed
from console.balance.usual import Usual, untold
from console.errors import InputError
from console.files.hub import CARD, fetched, upload
from console.files.own_class import ClassNotHere, own_class, path_of
from console.files.untrusted import load_json
from console.files.weights import check_size, read_weights, undrawn
from console.files.whole import whole_file
from console.network.encoder import N_ROLES, StemEncoder
from console.network.encoders.encoder import AudioEncoder, EncoderMissing, kept_encoder
from console.network.encoders.heard_as import HeardAs
from console.network.familiarity import Familiarity, believed
from console.network.features import Features, describe, hide
from console.network.posterior import IMPOSSIBLE, N_BINS, ZERO_BIN, GainPosterior
from console.network.threads import one_thread
from console.network.windows import window_energies, window_spans
from console.read.song import Song
from console.stream.stretches import stretches

EMBEDDED = Path(__file__).parent / "pretrained"
WEIGHTS, CONFIG = "model.safetensors", "config.json"
ENCODER = "encoder/*"  # files of a pretrained encoder that is carried along
SMALL = 256  # width up to which threads would wait for each other rather than help
SHARP_DB = 2.0  # what is usual, told with a narrower spread than this, is of songs that are well known
MOST = {"width": 4096, "depth": 64, "song_depth": 64, "heads": 256, "windows": 10_000}  # of what is read from a file


class Console(nn.Module):
    """Stem encoder, attention across the sources of each window, pooling over windows, attention, posterior head.

    Args:
        width: size of an embedding.
        depth: number of attention layers within a window; `song_depth` of those after pooling.
        heads: attention heads.
        dropout: in the attention layers, while training.
        content: whether the sound is looked at, `levels` whether the levels are, `bands` whether levels in bands and
            K-weighted ones are among these.
        windows: most windows of a song that it is trained on; more of them count as so many.
        encoder: a pretrained one, through which the stems are heard in place of a picture of their sound; of the mix
            it leaves the levels.
    """

    def __init__(
        self,
        width: int = 128,
        depth: int = 2,
        song_depth: int = 2,
        heads: int = 4,
        dropout: float = 0.1,
        content: bool = True,
        levels: bool = True,
        windows: int = 3,
        bands: bool = True,
        encoder: AudioEncoder | None = None,
    ):
        super().__init__()
        if encoder is not None and not content:
            raise InputError("An encoder hears the content: set the console's content to true, or leave it out.")
        if width % heads or width < 1:
            raise InputError(f"The width is a multiple of the number of heads, which {width} is not of {heads}.")
        self.config = {
            "width": width,
            "depth": depth,
            "song_depth": song_depth,
            "heads": heads,
            "dropout": dropout,
            "content": content,
            "levels": levels,
            "windows": windows,
            "bands": bands,
        }
        self.name, self.version, self.checksum = "untrained", "0", ""
        self.encoder = StemEncoder(width, content, levels, bands, 0 if encoder is None else encoder.size)
        self.within = _attention(width, depth, heads, dropout)
        self.evidence = nn.Embedding(windows, width)
        self.across = _attention(width, song_depth, heads, dropout)
        self.head = nn.Linear(width, N_BINS)
        self.familiarity = Familiarity(width)
        self.sound_encoder = encoder
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
        heard: Bool[Tensor, "batch stem"],
        usual: Float[Tensor, "batch stem 2"] | None = None,
    ) -> Float[Tensor, "batch stem bin"]:
        """Log-probabilities over the bins of every stem's correction, from one or more windows of a song each."""
        return self.embed(features, role, anchor, heard, usual)[0]

    def embed(
        self,
        features: Features,
        role: Int[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
        heard: Bool[Tensor, "batch stem"],
        usual: Float[Tensor, "batch stem 2"] | None = None,
    ) -> tuple[Float[Tensor, "batch stem bin"], Float[Tensor, "batch source width"]]:
        """Log-probabilities, and what they were read from: an embedding of each stem, and last of the mix.

        Args:
            features: of the stems and their mix (one source more than stems), "batch window source ...".
            role: index into `Role`.
            anchor: True for the stem whose level is taken as right; its mass, and that of silent stems, lies at 0 dB.
            heard: False for a stem of which only the role is known.
            usual: as `Usual.of` tells it; None where nothing is known.
        """
        mix_role = torch.full_like(role[:, :1], N_ROLES - 1)
        heard = nn.functional.pad(heard, (0, 1), value=True)
        usual = untold(role.shape[1]).to(features.levels).expand(len(role), -1, -1) if usual is None else usual
        tokens = self.encoder(
            features,
            torch.cat([role, mix_role], dim=1),
            nn.functional.pad(anchor, (0, 1)),
            heard,
            nn.functional.pad(usual, (0, 0, 0, 1)),
        )  # "batch window source width"
        batch, windows = tokens.shape[:2]
        in_window = features.present | ~heard[:, None]
        in_window = in_window & features.present[..., -1:]  # a silent window tells nothing
        sounds = in_window.any(1)
        # The mix is always attended to, so that no row of attention is empty.
        absent = nn.functional.pad(~in_window[..., :-1], (0, 1))
        tokens = self.within(tokens.flatten(0, 1), src_key_padding_mask=absent.flatten(0, 1))
        weight = in_window[..., None].to(tokens.dtype)
        pooled = (tokens.unflatten(0, (batch, windows)) * weight).sum(1) / weight.sum(1).clamp_min(1)
        told = in_window.sum(1).clamp(1, self.evidence.num_embeddings) - 1
        pooled = pooled + self.evidence(told)
        tokens = self.across(pooled, src_key_padding_mask=nn.functional.pad(~sounds[:, :-1], (0, 1)))
        logits = self.head(tokens[:, :-1]).log_softmax(-1)
        fixed = anchor | ~sounds[:, :-1]
        return torch.where(fixed[..., None], _nothing_to_correct(logits), logits), tokens

    def with_sound(self, features: Features, sound: Float[Tensor, "excerpt window stem channel time"]) -> Features:
        """Features whose content is what the encoder hears in the stems; as they are, where there is no encoder.

        Args:
            features: of as many draws of each excerpt, one excerpt after the other.
            sound: of the excerpts' stems, as the encoder hears it, whatever its level.

        Raises: InputError where there is no sound.
        """
        if self.sound_encoder is None:
            return features
        if not sound.numel():
            raise InputError(f"The console listens through {self.sound_encoder.name}: its examples need their sound.")
        heard = self.sound_encoder.hear(sound.to(self.head.weight.device))
        heard = heard.to(features.levels).repeat_interleave(len(features.levels) // len(sound), 0)
        return features._replace(content=nn.functional.pad(heard, (0, 0, 0, 1))[..., None])

    def judge(
        self,
        features: Features,
        role: Int[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
        heard: Bool[Tensor, "batch stem"],
        usual: Float[Tensor, "batch stem 2"] | None = None,
    ) -> tuple[Float[Tensor, "batch stem bin"], Float[Tensor, "batch source width"], Float[Tensor, " batch"]]:
        """What `embed` gives, and how familiar each song is taken to be, on average over its windows: of one that is
        not, less is believed (`console.network.familiarity.believed`).

        One that is heard in part, or of whose stems it is sharply told what is usual, is taken to be familiar (1).
        """
        log_probability, tokens = self.embed(features, role, anchor, heard, usual)
        sounds = features.present[..., -1].to(tokens)
        by_window = self.familiarity(self.place(features, role, heard).flatten(0, 1)).view_as(sounds)
        familiarity = torch.where(sounds.any(-1), (by_window * sounds).sum(-1) / sounds.sum(-1).clamp_min(1), 1.0)
        # Of a song that is partly heard less is told already; and who tells what is usual in such a song knows it.
        familiarity = torch.where(heard.all(-1), familiarity, 1.0)
        if usual is not None:
            familiarity = torch.where(_sharply(usual, features.present[..., :-1].any(1)), 1.0, familiarity)
        return believed(log_probability, familiarity), tokens, familiarity

    def place(
        self, features: Features, role: Int[Tensor, "batch stem"], heard: Bool[Tensor, "batch stem"]
    ) -> Float[Tensor, "batch window width"]:
        """The mix's embedding of each window by itself, untold and without an anchor: what familiarity goes by."""
        songs, windows = features.present.shape[:2]
        alone = Features(*(part.flatten(0, 1)[:, None] for part in features))
        role, heard = (row.repeat_interleave(windows, 0) for row in (role, heard))
        return self.embed(alone, role, torch.zeros_like(heard), heard)[1][:, -1].unflatten(0, (songs, windows))

    @torch.inference_mode()
    def listen(
        self,
        song: Song,
        anchor: str | None = None,
        most_windows: int | None = None,
        mix_only: bool = False,
        usual: Usual | None = None,
    ) -> GainPosterior:
        """The posterior over every stem's correction, from windows of 10 s all over a song, pooled by the network.

        Args:
            song: flawed stems.
            anchor: the stem whose level is taken as right.
            most_windows: listen to no more than these, evenly spread; None covers the song.
            mix_only: hear only the mix; of the stems only the roles are known.
            usual: what is usual in music like this; None: what it learnt of all music.

        Raises: InputError for an unknown or silent anchor, or a song without sound.
        """
        is_anchor = torch.zeros(len(song.names), dtype=torch.bool)
        if anchor is not None:
            is_anchor[song.index(anchor)] = True
        features = self._measure(song, most_windows)
        unheard = torch.zeros_like(is_anchor) if mix_only else ~features.present[:, :-1].any(0).cpu()
        if not features.present.any():
            raise InputError(f'All stems of "{song.title}" are silent: there is nothing to listen to.')
        if unheard[is_anchor].any():
            raise InputError(f'The anchor "{anchor}" is silent: choose a stem that sounds.')
        heard = torch.full_like(is_anchor, not mix_only)
        if mix_only:
            features = hide(features, heard.to(features.present.device))
        device = self.head.weight.device
        role = torch.tensor([ROLES.index(role) for role in song.roles])
        told = untold(len(song.names)) if usual is None else completed(usual).of(song.roles)
        was_training = self.training
        self.eval()
        try:
            one = Features(*(part[None] for part in features))
            rows = [part[None].to(device) for part in (role, is_anchor, heard, told)]
            with one_thread() if self.config["width"] <= SMALL else nullcontext():
                heard_as = self.judge(one, *rows)
            log_probability, embedding, familiarity = (part[0].cpu() for part in heard_as)
        finally:
            self.train(was_training)
        if not log_probability.isfinite().all():
            raise InputError(f'The console "{self.name}" has no answer: its weights are out of range.')
        return GainPosterior(song.names, log_probability.softmax(-1), anchor, unheard, embedding, float(familiarity))

    def _measure(self, song: Song, most_windows: int | None) -> Features:
        """Features "window source ..." of windows all over a song."""
        energies = window_energies(song.sound, most_windows)
        with one_thread():
            features = Features(*(part.to(self.head.weight.device) for part in describe(energies)))
        if self.sound_encoder is None:
            return features
        off, scale, heard_as = song.extremes.offset[..., None], song.extremes.scale, self.sound_encoder.heard_as
        windows = []
        for window, sound in enumerate(stretches(song.sound, window_spans(song.sound, most_windows))):
            one = Features(*(part[window][None, None] for part in features))
            heard = heard_as.of((sound - off) * scale, song.sample_rate)[None, None]
            windows.append(Features(*(part[0, 0] for part in self.with_sound(one, heard))))
        return Features(*map(torch.stack, zip(*windows, strict=True)))

    def save_pretrained(self, folder: str | Path, name: str, version: str, card: str | Path | None = None) -> None:
        """Write weights (safetensors) and configuration (JSON) for `from_pretrained`.

        A derived class is named in it; what arguments of its own it takes, it adds to `config`.

        Args:
            name, version: what it is called.
            card: a model card to copy along.

        Raises: InputError where the card cannot be read.
        """
        from safetensors.torch import save

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if card is not None:
            try:
                shutil.copyfile(card, folder / CARD)
            except OSError as error:
                raise InputError(f'The model card "{card}" cannot be copied: {error.strerror}.') from error
        config = {"name": name, "version": version, **self.config}
        if type(self) is not Console:
            config["class"] = path_of(type(self))
        if self.sound_encoder is not None:
            config["encoder"] = self.sound_encoder.told()
            self.sound_encoder.keep(folder)
        own = {key: value.contiguous() for key, value in self.state_dict().items() if key not in self.elsewhere}
        with whole_file(folder / WEIGHTS) as weights, whole_file(folder / CONFIG) as described:
            weights.write_bytes(save(own))
            described.write_text(json.dumps(config, indent=2) + "\n")

    @property
    def hears(self) -> HeardAs | None:
        """How sound has to be for its encoder, where it has one."""
        return None if self.sound_encoder is None else self.sound_encoder.heard_as

    @property
    def elsewhere(self) -> frozenset[str]:
        """The names of those weights that are an encoder's as it came, and not among the console's own."""
        encoder = self.sound_encoder
        return frozenset() if encoder is None else frozenset(f"sound_encoder.{name}" for name in encoder.elsewhere)

    def push_to_hub(self, repository: str, card: str | Path | None = None, private: bool = True) -> str:
        """Uploads what `save_pretrained` writes to the Hub, and returns its address.

        Args:
            repository: "owner/name".
            card: a model card to upload along.

        Raises: InputError where the card cannot be read, or the Hub does not take it.
        """
        with TemporaryDirectory() as folder:
            self.save_pretrained(folder, self.name, self.version, card)
            return upload(folder, repository, private)

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None) -> "Console":
        """A trained console: the embedded default, a folder made by `save_pretrained`, or a Hub id.

        One of a derived class comes back as that class, if it is imported (`console.files.own_class`), or as the class
        that this is called on.

        Raises: InputError when the folder or its files are missing or are not a console's, or its class is not here.
        """
        folder = EMBEDDED if source is None else fetched(source, (WEIGHTS, CONFIG, ENCODER))
        if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
            raise InputError(f'"{folder}" is not a console: it needs {CONFIG} and {WEIGHTS}.')
        try:
            config = load_json(folder / CONFIG, f"a console's {CONFIG}", shown=CONFIG)
            name, version = config.pop("name"), config.pop("version")
            told = config.pop("class", path_of(cls))
            kind = own_class(cls, str(told), folder, default=None if cls is Console else cls)
            for size, most in MOST.items():
                check_size(size, config.get(size, 1), most, least=int(size in ("width", "heads", "windows")))
            encoder = config.pop("encoder", None)
            if encoder is not None:
                config["encoder"] = kept_encoder(encoder, folder)
            with torch.device("meta"), undrawn():  # what it would be, without the memory
                would = kind(**config)
                expected = {key: value for key, value in would.state_dict().items() if key not in would.elsewhere}
            weights = read_weights(folder / WEIGHTS, expected)
            console = kind(**config)
            console.load_state_dict(weights, strict=not console.elsewhere)
        except (ClassNotHere, EncoderMissing):
            raise
        except Exception as error:  # whatever a foreign file raises: JSON, safetensors, keys, shapes
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise InputError(f'"{folder}" is not a console of this version ({reason}).') from error
        console.name, console.version = name, version
        console.checksum = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
        return console.eval()


def _attention(width: int, depth: int, heads: int, dropout: float) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        width, heads, 4 * width, dropout, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(width), enable_nested_tensor=False)


def _nothing_to_correct(like: Tensor) -> Tensor:
    """Log-probabilities with all mass at 0 dB."""
    certain = torch.full_like(like, IMPOSSIBLE)
    certain[..., ZERO_BIN] = 0.0
    return certain


def _sharply(usual: Float[Tensor, "batch stem 2"], sounds: Bool[Tensor, "batch stem"]) -> Bool[Tensor, " batch"]:
    """Whether what is usual is told of all stems that sound, and by less than music of all kinds differs."""
    spread_db = usual[..., 1]
    sharp = (spread_db > 0) & (spread_db < SHARP_DB)
    return (sharp | ~sounds).all(-1) & sounds.any(-1)

"""A report of a mix that people and language models can read: what was measured of the mix and of each stem."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance import ROLES
from console.meters.bands import BANDS_HZ
from console.meters.meters import SoundReport, meter
from console.meters.sounding import sounds_in
from console.read.roles import Role
from console.read.song import Song
from console.stream.steps import heard_energies
from explainer.advice.claims import Reason
from explainer.advice.shown import listed, shown
from explainer.measured.figures import Figures, measure
from explainer.measured.masking import MOSTLY
from explainer.measured.reasons import reasons

REST_S = 4  # a shorter silence is no rest
SHARED_ROLE, NEVER_TOGETHER = "other stems play its role too", "it never sounds while the rest is there in full"


@dataclass(frozen=True)
class StemReport:
    """One stem: its sound, and its place in the mix, as `explainer.measured.figures.Figures` has it.

    Args:
        rests_s: from when to when it rests, where that is 4 s or longer.
        no_usual_because: why nothing usual is known of its level; None where it is, or there is no level.
    """

    name: str
    role: Role
    sound: SoundReport
    level_lu: float | None
    usual_level_lu: float | None
    anchor_lu: float | None
    usual_anchor_lu: float | None
    share_percent: int | None
    usual_share_percent: int | None
    sounds_percent: int
    rests_s: tuple[tuple[int, int], ...]
    no_usual_because: str | None


@dataclass(frozen=True)
class MaskingReport:
    """One stem that another one covers in a band for at least half of its time.

    Args:
        time_percent: how much of its sounding time.
        over_db: how far the other lies above it there, on average (median).
    """

    stem: str
    by: str
    low_hz: int
    high_hz: int
    time_percent: int
    over_db: float


@dataclass(frozen=True)
class Report:
    """What was measured of a song, rounded as it is spoken.

    Args:
        bands_hz: the edges of the bands.
        masking: who covers whom, what covers most first.
        figures: what reasons are drawn from, not rounded; not part of the JSON.
    """

    song: str
    duration_s: float
    sample_rate: int
    anchor: str | None
    bands_hz: tuple[int, ...]
    mix: SoundReport
    stems: tuple[StemReport, ...]
    masking: tuple[MaskingReport, ...]
    figures: Figures = field(repr=False, compare=False)

    def reasons(self, gains_db: Sequence[float]) -> tuple[tuple[Reason, ...], ...]:
        """What speaks for each stem's gain (dB; 0 where it is left): see `explainer.measured.reasons.reasons`."""
        return reasons(self.figures, [gains_db], [[stem.name for stem in self.stems]])[0]

    def to_json(self) -> str:
        """The report as JSON text; what could not be measured is null."""
        data = asdict(self)
        del data["figures"]
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates, as of file names

    def text(self, names: Sequence[str] | None = None) -> str:
        """The report in plain lines, one for the mix, one for each stem, one for each masking.

        Args:
            names: what the stems are called, in their order; their own names by default.
        """
        own = [stem.name for stem in self.stems]
        called = dict(zip(own, names or map(shown, own), strict=True))
        edges = ", ".join(f"{low}-{high}" for low, high in zip(self.bands_hz, self.bands_hz[1:], strict=False))
        anchor = f" Anchor: {called[self.anchor]}." if self.anchor is not None else ""
        lines = [
            f"{self.duration_s:.0f} s, {len(own)} stems.{anchor} Bands in Hz: {edges}.",
            f"mix: {self.mix.text()}",
            *(f"{called[stem.name]}: {_place(stem, self.anchor, called)}{stem.sound.text()}" for stem in self.stems),
            *(
                f"{called[pair.by]} covers {called[pair.stem]} at {pair.low_hz}-{pair.high_hz} Hz for "
                f"{pair.time_percent} % of its time, by {pair.over_db:.1f} dB."
                for pair in self.masking
            ),
        ]
        return "\n".join(lines)


@torch.inference_mode()
def report(song: Song, anchor: str | None = None, loudness_lufs: Sequence[float] | None = None) -> Report:
    """Measures a song: the mix, every stem, and how they lie together.

    Args:
        anchor: the stem whose level is taken as right.
        loudness_lufs: integrated loudness of each stem and, last, of the mix, where they were measured before.

    Raises: InputError for an anchor that is not one of the stems.
    """
    is_anchor = torch.zeros(1, len(song.names), dtype=torch.bool)
    if anchor is not None:
        is_anchor[0, song.index(anchor)] = True
        anchor = song.names[song.index(anchor)]
    scale = song.extremes.scale
    energy = heard_energies(song.sound)
    figures = measure(energy[None], torch.tensor([[ROLES.index(role) for role in song.roles]]), is_anchor)
    lufs = [None] * len(energy) if loudness_lufs is None else loudness_lufs
    sources = zip((*song.audio, song.mix()), energy, lufs, strict=True)
    *sounds, mix = [meter(audio, song.sample_rate, part, known, scale) for audio, part, known in sources]
    rows = {key: column[0].tolist() for key, column in figures._asdict().items()}
    return Report(
        song=song.title,
        duration_s=round(song.duration_s, 3),
        sample_rate=song.sample_rate,
        anchor=anchor,
        bands_hz=BANDS_HZ,
        mix=mix,
        stems=tuple(_stem(song, stem, sound, energy[stem], rows) for stem, sound in enumerate(sounds)),
        masking=_masking(song.names, rows),
        figures=figures,
    )


def _stem(
    song: Song, stem: int, sound: SoundReport, energy: Float[Tensor, "step row"], rows: dict[str, list]
) -> StemReport:
    row = {key: column[stem] for key, column in rows.items()}
    mates = sum(heard for heard, role in zip(rows["present"], song.roles, strict=True) if role == song.roles[stem])
    unknown = math.isnan(row["usual_level_lu"]) and math.isfinite(row["level_lu"])
    return StemReport(
        name=song.names[stem],
        role=song.roles[stem],
        sound=sound,
        level_lu=_finite(row["level_lu"]),
        usual_level_lu=_finite(row["usual_level_lu"]),
        anchor_lu=_finite(row["anchor_lu"]),
        usual_anchor_lu=_finite(row["usual_anchor_lu"]),
        share_percent=_percent(row["share"]),
        usual_share_percent=_percent(row["usual_share"]),
        sounds_percent=round(100 * row["sounds"]),
        rests_s=_rests(sounds_in(energy[:, 0])) if row["present"] else (),
        no_usual_because=(SHARED_ROLE if mates > 1 else NEVER_TOGETHER) if unknown else None,
    )


def _masking(names: Sequence[str], rows: dict[str, list]) -> tuple[MaskingReport, ...]:
    stems = range(len(names))
    found = [(rows["covered"][a][b], a, b) for a in stems for b in stems if a != b and rows["covered"][a][b] >= MOSTLY]
    return tuple(
        MaskingReport(
            names[stem],
            names[by],
            BANDS_HZ[rows["band"][stem][by]],
            BANDS_HZ[rows["band"][stem][by] + 1],
            round(100 * time),
            round(rows["over_db"][stem][by], 1),
        )
        for time, stem, by in sorted(found, key=lambda row: -row[0])
    )


def _rests(sounding: Bool[Tensor, " second"]) -> tuple[tuple[int, int], ...]:
    rests, begun = [], None
    for second, sounds in enumerate([*sounding.tolist(), True]):
        if not sounds and begun is None:
            begun = second
        if sounds and begun is not None:
            rests.append((begun, second))
            begun = None
    return tuple((start, stop) for start, stop in rests if stop - start >= REST_S)


def _finite(value: float) -> float | None:
    return round(value, 1) + 0.0 if math.isfinite(value) else None


def _percent(share: float) -> int | None:
    return round(100 * share) if math.isfinite(share) else None


def _place(stem: StemReport, anchor: str | None, called: dict[str, str]) -> str:
    """A stem's figures in the mix, up to its meters'."""

    def said(figure: str, usual: str | None) -> str:
        return figure if usual is None else f"{figure} (usual {usual})"

    parts = [f"sounds {stem.sounds_percent} %"]
    if stem.rests_s:
        parts[0] += f" (rests {listed([f'{start}-{stop} s' for start, stop in stem.rests_s])})"
    if stem.level_lu is not None:
        parts.append(said(f"{stem.level_lu:+.1f} LU against the rest", _signed(stem.usual_level_lu)))
        if stem.no_usual_because == NEVER_TOGETHER:
            parts[-1] += f" (nothing is usual here: {NEVER_TOGETHER})"
    if stem.anchor_lu is not None and anchor is not None:
        parts.append(said(f"{stem.anchor_lu:+.1f} LU against {called[anchor]}", _signed(stem.usual_anchor_lu)))
    if stem.share_percent is not None:
        usual = stem.usual_share_percent
        parts.append(said(f"{stem.share_percent} % of the energy", None if usual is None else f"{usual} %"))
    return ", ".join(parts) + ", " if stem.sound.true_peak_dbtp is not None else ""


def _signed(lu: float | None) -> str | None:
    return None if lu is None else f"{lu:+.1f}"

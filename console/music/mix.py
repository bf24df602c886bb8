"""The mix as a meter has it, and what streaming services would do to its loudness."""

import math
from itertools import pairwise
from typing import NamedTuple

import torch

from console.meters.bands import BANDS_HZ
from console.meters.meters import meter
from console.music.music import Band, Mix, Target
from console.read.roles import Role
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.stream.steps import heard_energies

SHORT_TERM_S = 3.0  # below it there is no loudness range (EBU Tech 3342)
HEADROOM_DBTP = -1.0  # nobody turns a mix up beyond it


class Service(NamedTuple):
    """What a service makes mixes as loud as, by its default; these change every few years.

    Args:
        only_down: whether it leaves quieter ones as they are.
        source: where that is told; known from excerpts and not all from the page itself.
    """

    name: str
    target_lufs: float
    only_down: bool
    source: str


_TIDAL = "https://www.meterplugs.com/blog/2016/10/07/tidal-adds-loudness-normalization.html"
_COMPARED = "https://www.velveteen.fm/guides/mastering-for-streaming/dsp-loudness-targets-compared"
SERVICES = (
    Service("Spotify", -14.0, False, "https://support.spotify.com/artists/article/loudness-normalization/"),
    Service("Apple Music", -16.0, False, _TIDAL),
    Service("YouTube", -14.0, True, _COMPARED),
    Service("Tidal", -14.0, True, _TIDAL),
    Service("Amazon Music", -14.0, True, _COMPARED),
    Service("Deezer", -15.0, True, "https://lexpi.ai/en/loudness-streaming"),
    Service("EBU R 128", -23.0, False, "https://tech.ebu.ch/docs/r/r128.pdf"),
)


@torch.inference_mode()
def mix(song: Song) -> Mix | None:
    """Reads the meters of a song's mix: BS.1770-4 loudness, EBU Tech 3342 range, true peak, bands, stereo.

    Returns: None for silence.
    """
    audio = song.mix()
    if not float(audio.abs().max()) > 0:
        return None
    alone = Song(audio[None], ("mix",), song.sample_rate, roles=(Role.OTHER,))
    scale = alone.extremes.scale
    loudness_lufs = integrated_lufs(audio, song.sample_rate)
    shown = meter(audio, song.sample_rate, heard_energies(alone.sound)[-1], loudness_lufs, scale)
    if shown.true_peak_dbtp is None or shown.bands_db is None:
        return None
    targets = []
    if math.isfinite(loudness_lufs):
        targets = [_target(service, loudness_lufs, shown.true_peak_dbtp) for service in SERVICES]
    stereo = song.audio.shape[1] == 2
    return Mix(
        integrated_lufs=shown.loudness_lufs,
        range_lu=shown.loudness_range_lu if song.duration_s >= SHORT_TERM_S else None,
        true_peak_dbtp=shown.true_peak_dbtp,
        crest_db=shown.crest_db,
        bands=tuple(Band(*edges, share_db) for edges, share_db in zip(_EDGES_HZ, shown.bands_db, strict=True)),
        correlation=shown.correlation if stereo else None,
        width_percent=shown.width_percent if stereo else None,
        targets=tuple(targets),
    )


_EDGES_HZ = tuple(pairwise(BANDS_HZ))


def _target(service: Service, loudness_lufs: float, true_peak_dbtp: float) -> Target:
    """Turned down as far as it is too loud; up only by services that do, as far as its peaks let it."""
    most_db = 0.0 if service.only_down else max(0.0, HEADROOM_DBTP - true_peak_dbtp)
    change_db = min(service.target_lufs - loudness_lufs, most_db)
    return Target(service.name, service.target_lufs, round(change_db, 1) + 0.0, service.only_down)

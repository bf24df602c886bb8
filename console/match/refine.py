"""By gradient: the stems are mixed on the desk mastered as the reference was, and the spectral loss moves faders."""

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from console.desk.losses import spectral_loss
from console.desk.mixer import mix
from console.match.equaliser import Bands
from console.match.fit import NEPER_DB, telling
from console.match.pieces import Piece
from console.match.solve import Solution, add

SECONDS = 12.0  # of sound that is mixed; each step takes about as long as a tenth of it
STEPS = 8
CLEAR = 0.5  # a band of which less is explained is not compared: its noise would be taken for a balance


def refine(pieces: Sequence[Piece], solution: Solution, sample_rate: int) -> Float64[Tensor, " stem"]:
    """The gains (nepers) at which the mix sounds most like the reference: its magnitudes, where phases may differ.

    The equaliser may move with the gains; the swing of the limiter stays.

    Args:
        pieces: of a solution, in its order; at most about 12 s of them, evenly chosen, are mixed.
    """
    bands = Bands(sample_rate)
    count = max(1, round(SECONDS * sample_rate / pieces[0].reference.shape[-1]))
    chosen = sorted({round(i) for i in torch.linspace(0, len(pieces) - 1, min(count, len(pieces))).tolist()})
    stems = torch.stack([pieces[i].stems for i in chosen])
    swing = torch.stack([solution.swing[i] for i in chosen])[:, None]
    heard = (bands.weight @ (telling(add(solution.sums)) > CLEAR).double() > 0).float()[:, None]
    reference = _stereo(_filtered(bands, torch.stack([pieces[i].reference for i in chosen]), heard))
    gains_db = (solution.fit.gain * NEPER_DB).float().requires_grad_()
    level, turn = solution.fit.eq.real.float().requires_grad_(), solution.fit.eq.imag.float()
    spread, loss_of = bands.spread.float(), spectral_loss()
    faders = torch.optim.LBFGS([gains_db, level], lr=0.5, max_iter=STEPS, line_search_fn="strong_wolfe")

    def distance() -> Tensor:
        faders.zero_grad()
        response = heard * torch.polar(torch.exp(spread @ level), spread @ turn)[:, None]
        mixed = mix(stems, gains_db.expand(len(stems), -1))
        loss = loss_of(_stereo(_filtered(bands, mixed, response) * swing), reference)
        loss.backward()
        return loss.detach()

    faders.step(distance)
    refined = gains_db.detach().double() / NEPER_DB
    return refined if bool(refined.isfinite().all()) else solution.fit.gain


def _filtered(bands: Bands, sound: Tensor, response: Tensor) -> Tensor:
    return bands.sound(bands.spectra(sound) * response, sound.shape[-1])


def _stereo(sound: Tensor) -> Tensor:
    return sound.expand(-1, 2, -1)

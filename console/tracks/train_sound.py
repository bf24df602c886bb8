"""Trains what hears a stem's role, on the native stems of synthetic songs.

    python -m console.tracks.train_sound SONGS [--out FILE]

SONGS is what `mixconsole synth` makes. Every fifth song is held out; how often the network is right on these, by role
and by how sure it is, is printed. Filters that are drawn anew at every step stand for other instruments, microphones
and hands, and noise on all features for what else is strange in real songs. The temperature is set on held-out stems
behind stronger filters.
"""

import argparse
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from console.audio.io import read_audio
from console.data.sources.native import NATIVE, native_roles
from console.files.whole import whole_file
from console.read.vocabulary import Role
from console.tracks.sound import N_BANDS, N_FEATURES, ROLES, WEIGHTS, SoundNet, describe

HELD_OUT = 5  # every fifth song
EPOCHS, BATCH, SPREAD_DB, STRONG_DB = 150, 128, 5.0, 8.0
STRANGE = 0.6  # by how much of their spread all features depart: real songs are strange to what was trained on these
BELLS = 3
Stems = tuple[Float[Tensor, "stem feature"], Int[Tensor, " stem"]]


def gather(song: Path) -> list[tuple[Tensor, int]]:
    """Features and role of each native stem of a song, of its two halves, and of the four stems they make."""
    found = []
    told = {f"{NATIVE}/{name}": role for name, role in native_roles(song).items()} | {str(role): role for role in Role}
    for name, role in told.items():
        path = song / f"{name}.wav"
        if not path.is_file():
            continue
        samples, sample_rate = read_audio(path)
        audio = torch.from_numpy(samples.T.copy()).float()
        half = audio.shape[-1] // 2
        for part in (audio, audio[:, :half], audio[:, half:]):
            features = describe(part, sample_rate)
            if features is not None:
                found.append((features, ROLES.index(Role(role))))
    return found


def filtered(
    features: Float[Tensor, "stem feature"], spread_db: float, generator: torch.Generator
) -> Float[Tensor, "stem feature"]:
    """The features behind a random filter each: a tilt and some bells, as large as `spread_db`."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    stems, band = len(features), torch.arange(N_BANDS)
    response_db = spread_db * normal(stems, 1) * (band / N_BANDS - 0.5)
    for _ in range(BELLS):
        centre = N_BANDS * torch.rand(stems, 1, generator=generator)
        width = 2.5 + 7.5 * torch.rand(stems, 1, generator=generator)
        response_db = response_db + spread_db * normal(stems, 1) * torch.exp(-(((band - centre) / width) ** 2))
    response_db = response_db - response_db.mean(1, keepdim=True)
    shifted = torch.cat([response_db / 10, torch.zeros(stems, N_FEATURES - N_BANDS)], 1)
    return features + shifted


def train(known: Stems, held_out: Stems, seed: int = 0) -> SoundNet:
    """A network that was trained on `known`; its temperature is set on `held_out`."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    features, role = known
    net = SoundNet()
    net.mean, net.spread = features.mean(0), features.std(0).clamp_min(0.05)
    strange = STRANGE * net.spread

    def disguised(features: Tensor, spread_db: float) -> Tensor:
        noise = strange * torch.randn(features.shape, generator=generator)
        return filtered(features, spread_db, generator) + noise

    often = torch.bincount(role, minlength=len(ROLES)).float()
    balanced = (often.sum() / often / len(ROLES)).clamp_max(5)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    steps = EPOCHS * len(features) // BATCH
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps + 1)
    net.train()
    for _ in range(steps):
        drawn = torch.randint(len(features), (BATCH,), generator=generator)
        logits = net(disguised(features[drawn], SPREAD_DB))
        loss = torch.nn.functional.cross_entropy(logits, role[drawn], balanced, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
    net.eval()
    with torch.no_grad():
        logits = net(disguised(held_out[0], STRONG_DB))
        kinds = torch.linspace(1, 4, 61)  # never surer than it learnt to be
        losses = [float(torch.nn.functional.cross_entropy(logits / t, held_out[1], balanced)) for t in kinds]
        net.temperature = kinds[int(torch.tensor(losses).argmin())]
    return net


def report(net: SoundNet, stems: Stems) -> str:
    """How often the network is right, by role and by how sure it is."""
    with torch.no_grad():
        chance, heard = net(stems[0]).softmax(-1).max(-1)
    lines = ["| is | " + " | ".join(f"heard as {role}" for role in ROLES) + " |", "|---" * (len(ROLES) + 1) + "|"]
    for index, role in enumerate(ROLES):
        counts = torch.bincount(heard[stems[1] == index], minlength=len(ROLES)).tolist()
        lines.append(f"| {role} | " + " | ".join(map(str, counts)) + " |")
    right = heard == stems[1]
    lines.append(f"\nright: {100 * float(right.float().mean()):.1f} % of {len(right)}")
    for low, high in ((0.0, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        so_sure = (chance >= low) & (chance < high)
        if so_sure.any():
            share, told = 100 * float(right[so_sure].float().mean()), 100 * float(chance[so_sure].mean())
            lines.append(f"{int(so_sure.sum())} of a chance from {low:g}: {share:.0f} % right, {told:.0f} % told")
    return "\n".join(lines)


def _stack(found: list[tuple[Tensor, int]]) -> Stems:
    return torch.stack([features for features, _ in found]), torch.tensor([role for _, role in found])


def main() -> None:
    """Gather, train, report, write."""
    from safetensors.torch import save

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(WEIGHTS))
    args = parser.parse_args()
    songs = sorted(path for path in (args.songs / "songs").iterdir() if (path / NATIVE).is_dir())
    by_song = [gather(song) for song in songs]
    held_out = _stack([each for song in by_song[::HELD_OUT] for each in song])
    known = _stack([each for at, song in enumerate(by_song) if at % HELD_OUT for each in song])
    net = train(known, held_out)
    print(report(net, held_out))
    with whole_file(args.out) as part:
        part.write_bytes(save({name: tensor.contiguous() for name, tensor in net.state_dict().items()}))


if __name__ == "__main__":
    main()

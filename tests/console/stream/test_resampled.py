"""Sound that is resampled as it passes is, sample by sample, what resampling all of it gives."""

import numpy as np
import pytest
import soundfile as sf
import torch
from torchaudio.functional import resample

from console.audio.file import BLOCK
from console.audio.io import open_audio, read_blocks
from console.stream.resampled import resampled


@pytest.mark.parametrize("frames", [1, 100, 44_100, BLOCK - 1, BLOCK, BLOCK + 147, 3 * BLOCK + 7])
@pytest.mark.parametrize(
    "rates", [(44_100, 48_000), (48_000, 44_100), (44_100, 88_200), (11_025, 16_000), (8000, 8008)]
)
def test_joins_are_not_heard(tmp_path, frames, rates):
    rate, to = rates
    audio = np.random.default_rng(frames).standard_normal((frames, 2)).astype(np.float32)
    sf.write(tmp_path / "stem.wav", audio, rate, "FLOAT")
    file = open_audio(tmp_path / "stem.wav")
    pieces = list(resampled((block.T for block in read_blocks(file)), file, to))
    whole = resample(torch.from_numpy(audio.T.copy()), rate, to)
    passed = torch.from_numpy(np.concatenate(pieces, -1))
    assert passed.shape[-1] == -(-frames * to // rate)
    torch.testing.assert_close(passed[:, : whole.shape[-1]], whole, rtol=0, atol=1e-6)

"""However long a song is, correcting it takes no more memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

MOST_MB = 700
CORRECT = """
import resource, sys
from studio.catalogue.asked import Asked, Desk
from pathlib import Path
Desk(Asked()).corrected(Path(sys.argv[1]), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
# What a process is begun by counts as its own memory: so one that is small begins it.
SMALL = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "stems", "rate"), [(15, 4, 44_100), (1, 64, 44_100), (3, 4, 192_000)])
def test_a_song_of_any_size_takes_no_more_memory(tmp_path, minutes, stems, rate):
    song, out = tmp_path / "song", tmp_path / "out"
    for folder in (song, out):
        folder.mkdir()
    for stem in range(stems):
        audio = 0.05 * np.random.default_rng(stem).standard_normal((7 * rate, 2)).astype(np.float32)
        with sf.SoundFile(song / f"{'vocals drums bass other'.split()[stem % 4]} {stem}.wav", "w", rate, 2) as file:
            for _ in range(round(minutes * 60 / 7)):
                file.write(audio)
    held_mb = sum(path.stat().st_size for path in song.iterdir()) * 2 / 2**20  # as floats
    assert held_mb > MOST_MB
    command = [sys.executable, "-c", SMALL, "-c", CORRECT, str(song), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert int(done.stdout) < MOST_MB
    assert (out / "mix.wav").stat().st_size == sf.info(song / "bass 2.wav").frames * 8 + 58

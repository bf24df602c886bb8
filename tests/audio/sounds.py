"""Sines, and the containers that soundfile does not write."""

from pathlib import Path

import av
import numpy as np

RATE = 44100


def sines(frames: int, channels: int, rate: int = RATE) -> np.ndarray:
    """A different quiet sine in every channel, time by channel."""
    time_s = np.arange(frames)[:, None] / rate
    return (0.25 * np.sin(2 * np.pi * (300 + 150 * np.arange(channels)) * time_s)).astype(np.float32)


def encode(path: Path, codec: str, streams: list[np.ndarray], rate: int = RATE, layout="stereo", options=None):
    """Write audio streams (time by channel) into a container."""
    with av.open(str(path), "w", options=options or {}) as container:
        outs = [container.add_stream(codec, rate=rate, layout=layout) for _ in streams]
        for start in range(0, len(streams[0]), 1024):
            for out, audio in zip(outs, streams, strict=True):
                piece = np.ascontiguousarray(audio[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
                frame.sample_rate, frame.pts = rate, start
                for converted in av.AudioResampler(format=out.codec_context.format.name).resample(frame):
                    container.mux(out.encode(converted))
        for out in outs:
            container.mux(out.encode(None))


def assert_alike(audio: np.ndarray, written: np.ndarray) -> None:
    """The same sound after lossy coding, and best alike where it is not shifted."""
    assert audio.shape == written.shape
    likeness = {n: np.corrcoef(np.roll(audio, n, axis=0).ravel(), written.ravel())[0, 1] for n in range(-3, 4)}
    assert likeness[0] > 0.99
    assert max(likeness, key=likeness.get) == 0

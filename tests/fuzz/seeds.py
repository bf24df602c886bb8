"""Whole and sound inputs of every format, for the fuzz to damage: audio of 0.3 s, zips, JSON, YAML."""

import io
import json
import zipfile
from pathlib import Path

import av
import numpy as np
import soundfile as sf

RATE = 44100
FRAMES = 13_230
# What PyAV writes: the suffix, the format and the codec.
_PYAV = """aac adts aac, latm latm aac, wv wv wavpack, tta tta tta, ac3 ac3 ac3, eac3 eac3 eac3, mp2 mp2 mp2,
    mka matroska flac, mkv matroska aac, webm webm libopus, mov mov aac, m4a ipod alac, m4a ipod aac, 3gp 3gp aac,
    ogg ogg flac, avi avi pcm_s16le, ts mpegts aac, flv flv aac, nut nut aac, ra rm ac3, caf caf alac,
    sox sox pcm_s32le, mp3 mp3 libmp3lame, wav wav pcm_s64le, wav wav adpcm_ima_wav, asf asf ac3,
    amr amr libopencore_amrnb"""


def sound(channels: int = 2, seed: int = 0) -> np.ndarray:
    """A chord with some noise, time by channel."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(FRAMES)[:, None] / RATE
    tones = sum(np.sin(2 * np.pi * hz * (1 + seed / 10) * time_s) for hz in (110, 277, 660))
    return (0.1 * tones + 0.02 * rng.standard_normal((FRAMES, channels))).astype(np.float32)


def audio_seeds() -> dict[str, bytes]:
    """A file in each format, by its name, whose suffix is the usual one."""
    return {
        **_by_soundfile(),
        **_by_pyav(),
        "chain.ogg": _chain(),
        "tagged.flac": _tagged(),
        "song.stem.mp4": _stem_mp4(),
    }


def zip_seeds() -> dict[str, bytes]:
    """Zips of stems: stored and packed in each way, with a roles.yaml, in a folder, with what does not belong."""
    stems = {f"{name}.flac": _written(name, "FLAC", "PCM_16") for name in ("kick", "bass", "vox")}
    extra = {"roles.yaml": b"kick: drums\nvox: lead vocals\n", "notes.txt": b"later", "__MACOSX/._kick.flac": b"\0\5"}
    ways = {
        "stored": zipfile.ZIP_STORED,
        "deflated": zipfile.ZIP_DEFLATED,
        "bz2": zipfile.ZIP_BZIP2,
        "lzma": zipfile.ZIP_LZMA,
    }
    return {
        f"{name}-{i}.zip": packed({f"{folder}{file}": data for file, data in {**stems, **more}.items()}, way)
        for name, way in ways.items()
        for i, (folder, more) in enumerate((("", {}), ("Song/stems/", extra)))
    }


def packed(files: dict[str, bytes], way: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of files, whatever their names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", way) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, way)
    return target.getvalue()


def text_seeds() -> dict[str, bytes]:
    """An advice.json with everything in it, and roles.yaml files."""
    from console.correct import Action, Move
    from console.read.roles import Role
    from explainer.advice.advice import Advice, MixLevels, ModelStamp, StemAdvice

    moves = {"kick": Move(Action.RAISE, 2.5, 1.0, 4.0, 0.9), "vox": Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.1)}
    roles = {"kick": Role.DRUMS, "vox": Role.VOCALS}
    advice = Advice(
        song="Night Drive",
        sample_rate=RATE,
        duration_s=12.5,
        anchor="vox",
        strength_percent=100.0,
        stems=tuple(StemAdvice(name, roles[name], f"{name}.wav", -18.0, move) for name, move in moves.items()),
        model=ModelStamp("embedded", "0.1", "abc"),
        mix=MixLevels(-14.0, -13.5, -0.5, 0.0),
        residual=((0.1, 0.2),),
        text="Raise the kick.",
    )
    return {
        "advice.json": advice.to_json().encode(),
        "short.json": json.dumps(json.loads(advice.to_json())).encode(),
        "roles.yaml": b"kick: drums\nvox: lead vocals\nbass: bass\n",
        "flow.yaml": b'{"kick": &a drums, vox: "vocals", bass: *a}\n',
    }


def stem(seed: int = 1) -> bytes:
    """A sound stem for the damaged one to sit beside."""
    return _written(f"{seed}.wav", "WAV", "PCM_16", seed=seed)


def _written(
    name: str, format: str, subtype: str, channels: int = 2, seed: int | None = None, rate: int = RATE
) -> bytes:
    target = io.BytesIO()
    sf.write(target, sound(channels, len(name) if seed is None else seed), rate, subtype, format=format)
    return target.getvalue()


def _by_soundfile() -> dict[str, bytes]:
    wanted = {
        "WAV": ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM", "IMA_ADPCM"],
        "CAF": ["PCM_16", "ALAC_16"],
    }
    wanted |= {"OGG": ["VORBIS", "OPUS"], "AIFF": ["PCM_16", "FLOAT"], "FLAC": ["PCM_16", "PCM_24"], "RF64": ["PCM_24"]}
    suffixes = {"RF64": "wav", "WAVEX": "wav", "AIFF": "aif", "NIST": "wav"}
    seeds = {}
    for format in sorted(set(sf.available_formats()) - {"RAW", "SD2"}):
        for subtype in wanted.get(format, [sf.default_subtype(format)]):
            for channels in (2, 1):
                try:
                    rate = 48000 if subtype == "OPUS" else RATE
                    data = _written(format, format, subtype, channels, rate=rate)
                except (sf.SoundFileError, ValueError):
                    continue
                seeds[f"{format}-{subtype}-{channels}.{suffixes.get(format, format.lower())}"] = data
                break
    return seeds


def _by_pyav() -> dict[str, bytes]:
    seeds = {}
    for row in _PYAV.split(","):
        suffix, format, codec = row.split()
        target = io.BytesIO()
        _encode(target, format, codec)
        seeds[f"av-{codec}.{suffix}"] = target.getvalue()
    return seeds


def _encode(target: io.BytesIO, format: str, codec: str, streams: int = 1) -> None:
    rate = {"libopus": 48000, "libopencore_amrnb": 8000}.get(codec, RATE)
    layout = "mono" if rate == 8000 else "stereo"
    with av.open(target, "w", format=format, options={"strict": "-2"}) as container:
        outs = [container.add_stream(codec, rate=rate, layout=layout) for _ in range(streams)]
        for start in range(0, FRAMES, 1024):
            for i, out in enumerate(outs):
                piece = np.ascontiguousarray(sound(2 if layout == "stereo" else 1, i)[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
                frame.sample_rate, frame.pts = rate, start
                for converted in av.AudioResampler(format=out.codec_context.format.name).resample(frame):
                    container.mux(out.encode(converted))
        for out in outs:
            container.mux(out.encode(None))


def _stem_mp4() -> bytes:
    target = io.BytesIO()
    _encode(target, "mp4", "aac", streams=5)
    return target.getvalue()


def _chain() -> bytes:
    return _written("a", "OGG", "VORBIS") + _written("b", "OGG", "VORBIS")


def _tagged() -> bytes:
    return b"ID3\4\0\0" + bytes([0, 0, 1, 0]) + bytes(128) + _written("flac", "FLAC", "PCM_16")


def write_seeds(folder: Path) -> None:
    """Every seed as a file, to look at."""
    for name, data in {**audio_seeds(), **zip_seeds(), **text_seeds()}.items():
        (folder / name).write_bytes(data)

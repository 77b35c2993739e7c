"""A small library of sounds and what happens to sounds, for measurements of recognition."""

import io
import random
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import run
from infra.clips.sounds import beat, pad, plucks, shaker

Samples = NDArray[np.int16]

RATE = 11_025
PIECE_SECONDS = 12
MELODIES = 20
SHORTEST_SECONDS = 4
LARGEST = 32767
LOWEST_NOTE = 130.8  # Hz
QUIETEST = 20  # mean amplitude below which a piece is silence
# Real clips with sound; pieces of the same recording count as one family.
FAMILIES = {
    "audio_only_60s.mp3": "rain",
    "landscape_1080p30_bbb_3s.mp4": "bunny",
    "landscape_720p25_10s.mp4": "bunny",
    "phone_720p_vfr_rot180_2s.mp4": "fire",
    "multistream_subs_13s.mp4": "astronaut",
    "no_duration_vp9_opus.webm": "webm",
    "black_intro_mono_portrait.mp4": "chaplin",
}
VOICE = (
    "aevalsrc='0.3*(0.3+pow(sin(9*t)*sin(2.3*t),2))"
    "*sin(2*PI*130*t+3*sin(5*t))*sin(2*PI*(500+300*sin(7*t))*t)+0.1*sin(2*PI*260*t+6*sin(5*t))'"
    f":s={RATE}:d={PIECE_SECONDS}"
)


@dataclass(frozen=True)
class Piece:
    """Some seconds of sound; pieces of one family may sound alike."""

    name: str
    family: str
    samples: Samples


def sound_library(media: Path | None) -> Iterator[Piece]:
    """Yield pieces of the real clips in `media`, if there are any, and of made-up melodies."""
    for name, family in FAMILIES.items():
        if media is None or not (media / name).exists():
            continue
        samples = _decode("-i", media / name)
        for place in range(0, len(samples), PIECE_SECONDS * RATE):
            piece = samples[place : place + PIECE_SECONDS * RATE]
            long = len(piece) >= SHORTEST_SECONDS * RATE
            if long and np.abs(piece.astype(int)).mean() > QUIETEST:
                yield Piece(f"{name} {place // RATE} s", family, piece)
    for number in range(MELODIES):
        graph = _melody(random.Random(number))  # noqa: S311 - a tune, not secrets
        samples = _decode("-filter_complex", graph, "-t", str(PIECE_SECONDS))
        yield Piece(f"melody {number}", f"melody {number}", samples)


def sound_edits() -> dict[str, Callable[[Samples], Samples]]:
    """Return what happens to sounds, by name."""
    noise = np.random.default_rng(7)
    voice = _decode("-f", "lavfi", "-i", VOICE)
    return {
        "aac 48 kbit/s": lambda s: _through(s, ".m4a", "-c:a", "aac", "-b:a", "48k"),
        "opus 24 kbit/s": lambda s: _through(s, ".ogg", "-c:a", "libopus", "-b:a", "24k"),
        "trim 2.3 s": lambda s: s[int(2.3 * RATE) :],
        "5 s excerpt": lambda s: s[int(1.37 * RATE) :][: 5 * RATE],
        "12 dB quieter": lambda s: (s / 4).astype(np.int16),
        "low-pass 2 kHz": lambda s: _through(s, ".wav", "-af", "lowpass=f=2000"),
        "noise at 10 dB": lambda s: _mix(s, noise.normal(size=len(s)), -10),
        "voice over, -6 dB": lambda s: _mix(s, np.resize(voice, len(s)), -6),
        "voice over, 0 dB": lambda s: _mix(s, np.resize(voice, len(s)), 0),
        "tempo 1.05": lambda s: _through(s, ".wav", "-af", "atempo=1.05"),
    }


def to_wav(samples: Samples) -> bytes:
    """Return a WAV file of the form that the pipeline makes."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return data.getvalue()


def _melody(chance: random.Random) -> str:
    def notes(count: int) -> list[float]:
        return [LOWEST_NOTE * 2 ** (chance.randrange(36) / 12) for _ in range(count)]

    sources = [
        plucks(tuple(notes(16)), per_second=chance.uniform(2, 6)),
        pad(*(tuple(notes(3)) for _ in range(4)), each=chance.uniform(1.5, 3)),
        beat(per_minute=chance.uniform(70, 150)),
        shaker(per_minute=chance.uniform(140, 300)),
    ]
    named = ";".join(f"{source}[s{place}]" for place, source in enumerate(sources))
    inputs = "".join(f"[s{place}]" for place in range(len(sources)))
    return f"{named};{inputs}amix=inputs={len(sources)}:normalize=0"


def _decode(*source: str | Path) -> Samples:
    with TemporaryDirectory(prefix="sound-") as folder:
        target = Path(folder) / "sound.wav"
        run(*source, "-vn", "-ac", "1", "-ar", str(RATE), "-c:a", "pcm_s16le",
            "-flags:a", "+bitexact", target)  # fmt: skip
        with wave.open(str(target)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def _through(samples: Samples, suffix: str, *options: str) -> Samples:
    with TemporaryDirectory(prefix="sound-") as folder:
        original, copy = Path(folder) / "original.wav", Path(folder) / f"copy{suffix}"
        original.write_bytes(to_wav(samples))
        run("-i", original, *options, copy)
        return _decode("-i", copy)


def _mix(samples: Samples, other: NDArray[Any], level_db: float) -> Samples:
    """Lay another sound over one, at a level relative to it."""
    gain = samples.std() / other.std() * 10 ** (level_db / 20)
    mixed: Samples = np.clip(samples + other * gain, -LARGEST, LARGEST).astype(np.int16)
    return mixed

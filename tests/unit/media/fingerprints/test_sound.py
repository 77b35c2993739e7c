"""Landmarks survive what happens to sound; silence has none."""

import io
import wave
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from chalicelib.media.fingerprints.sound import RATE, Landmarks, WrongSound, sound_landmarks

Samples = NDArray[np.float64]


def wav(samples: Samples, *, rate: int = RATE, channels: int = 1, width: int = 2) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return data.getvalue()


def tune(seed: int, seconds: int = 10) -> Samples:
    """Return notes of random pitch, four a second, each struck and fading."""
    pitches = np.random.default_rng(seed).uniform(150, 2500, seconds * 4)
    time = np.arange(RATE // 4) / RATE
    return np.concatenate([0.4 * np.exp(-6 * time) * np.sin(2 * np.pi * p * time) for p in pitches])


def agreeing(heard: Landmarks, known: Landmarks) -> tuple[int, int]:
    """Return the shift in time at which most landmarks agree, in hops, and how many do."""
    places: dict[int, list[int]] = {}
    for value, at in zip(known.hashes.tolist(), known.times.tolist(), strict=True):
        places.setdefault(value, []).append(at)
    votes = Counter(
        place - at
        for value, at in zip(heard.hashes.tolist(), heard.times.tolist(), strict=True)
        for place in places.get(value, [])
    )
    return votes.most_common(1)[0] if votes else (0, 0)


def test_an_excerpt_agrees_at_one_shift() -> None:
    known = sound_landmarks(wav(tune(1)))
    start = 100 * 256  # samples: a hundred hops
    heard = sound_landmarks(wav(tune(1)[start : start + 4 * RATE]))
    shift, votes = agreeing(heard, known)
    assert shift == 100
    assert votes > len(heard) / 2


def test_noise_and_volume_leave_enough() -> None:
    known = sound_landmarks(wav(tune(1)))
    noisy = tune(1) / 4 + np.random.default_rng(0).normal(0, 0.01, len(tune(1)))
    heard = sound_landmarks(wav(noisy))
    shift, votes = agreeing(heard, known)
    assert shift == 0
    assert votes >= 20


def test_another_tune_agrees_on_next_to_nothing() -> None:
    known = sound_landmarks(wav(tune(1)))
    assert max(agreeing(sound_landmarks(wav(tune(seed))), known)[1] for seed in range(2, 8)) < 8


@pytest.mark.parametrize("level", [0, 1 / 32767])
def test_silence_has_no_landmarks(level: float) -> None:
    signs = np.random.default_rng(0).choice([-1.0, 1.0], 5 * RATE)
    assert len(sound_landmarks(wav(level * signs))) == 0


@pytest.mark.parametrize("samples", [0, 1, 100, 1023, 1024, 1100])
def test_sounds_shorter_than_a_window_have_no_landmarks(samples: int) -> None:
    assert len(sound_landmarks(wav(tune(1)[:samples]))) == 0


def test_hashes_have_22_bits() -> None:
    hashes = sound_landmarks(wav(tune(1))).hashes
    assert 0 <= hashes.min() <= hashes.max() < 2**22


@pytest.mark.parametrize(
    "data",
    [
        wav(tune(1, 1), rate=44_100),
        wav(tune(1, 1), channels=2),
        wav(tune(1, 1), width=1),
        b"",
        b"RIFF and nothing",
        b"\xff\xfb\x90\x00" * 100,
    ],
)
def test_other_sounds_are_refused(data: bytes) -> None:
    with pytest.raises(WrongSound):
        sound_landmarks(data)

"""What a video sounds like: landmarks, pairs of spectral peaks that survive coding and noise.

After Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003: a recording is recognised
when many landmarks of two recordings are the same at one and the same shift in time.
"""

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Spectrogram = NDArray[np.float32]
Integers = NDArray[np.int64]

RATE = 11_025  # Hz
WINDOW = 1024  # samples of one spectrum
HOP = 256  # samples from one spectrum to the next; landmarks count time in hops
LOWEST_BIN = 4  # below lie hum and rumble
BINS = 256
NEIGHBOURHOOD = (13, 17)  # hops and bins, within which a peak is the largest
LOUDEST_SHARE = 0.05  # of the spectrogram; peaks lie in it
QUIETEST = 10 ** (-70 / 20)  # of a full-scale sine; what lies below is silence
FAN_OUT = 5  # landmarks per peak
NEAREST, FARTHEST = 2, 63  # hops between the peaks of a landmark
WIDEST = 64  # bins between them
LOOK_AHEAD = 60  # peaks


class WrongSound(ValueError):
    """The sound is not a WAV file of the form that fingerprints are made of."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Landmarks of a recording: 22-bit hashes, and the times of their first peaks in hops."""

    hashes: Integers
    times: Integers

    def __len__(self) -> int:
        return len(self.hashes)


def sound_landmarks(wav: bytes) -> Landmarks:
    """Return the landmarks of a WAV file: mono, 16 bits, 11,025 Hz. Silence has none.

    Raises WrongSound for anything else.
    """
    return _pair(*_peaks(_spectrogram(_samples(wav))))


def _samples(wav: bytes) -> NDArray[np.float32]:
    """Return samples from -1 to 1."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            form = (file.getnchannels(), file.getsampwidth() * 8, file.getframerate())
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise WrongSound(f"not a WAV file of PCM: {error}") from error
    if form != (1, 16, RATE):
        found = "{} channels of {} bits at {} Hz".format(*form)
        raise WrongSound(f"{found}; fingerprints are made of mono, 16 bits, {RATE} Hz")
    whole = len(data) // 2 * 2
    samples: NDArray[np.float32] = np.frombuffer(data[:whole], "<i2").astype(np.float32)
    return samples / np.float32(32768)


def _spectrogram(samples: NDArray[np.float32]) -> Spectrogram:
    """Return magnitudes of shape (hops, bins); 1 is a sine of full scale."""
    if len(samples) < WINDOW:
        return np.zeros((0, BINS), np.float32)
    window = np.hanning(WINDOW).astype(np.float32)
    cut = sliding_window_view(samples, WINDOW)[::HOP] * window
    spectrum = np.fft.rfft(cut, axis=1)[:, LOWEST_BIN : LOWEST_BIN + BINS]
    magnitudes: Spectrogram = np.abs(spectrum).astype(np.float32) * np.float32(2 / window.sum())
    return magnitudes


def _peaks(spectrogram: Spectrogram) -> tuple[Integers, Integers]:
    """Return times and bins of the peaks, in the order of time."""
    if not spectrogram.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    highest = spectrogram
    for axis, length in enumerate(NEIGHBOURHOOD):
        highest = _running_maximum(highest, length, axis)
    loud = max(float(np.quantile(spectrogram, 1 - LOUDEST_SHARE)), QUIETEST)
    times, bins = np.nonzero((spectrogram == highest) & (spectrogram > loud))
    return times, bins


def _running_maximum(values: Spectrogram, length: int, axis: int) -> Spectrogram:
    padding = [(0, 0), (0, 0)]
    padding[axis] = (length // 2, length // 2)
    padded = np.pad(values, padding)
    maximum: Spectrogram = sliding_window_view(padded, length, axis).max(axis=-1)
    return maximum


def _pair(times: Integers, bins: Integers) -> Landmarks:
    """Pair each peak with the next few that are neither too near nor too far."""
    hashes, starts = [], []
    paired = np.zeros(len(times), np.int64)
    for ahead in range(1, min(LOOK_AHEAD, len(times))):
        first, second = slice(None, -ahead), slice(ahead, None)
        later = times[second] - times[first]
        higher = bins[second] - bins[first]
        fits = (later >= NEAREST) & (later <= FARTHEST) & (np.abs(higher) < WIDEST)
        fits &= paired[first] < FAN_OUT
        paired[first] += fits
        packed = (bins[first] << 14) | ((higher + WIDEST) << 6) | later
        hashes.append(packed[fits])
        starts.append(times[first][fits])
    if not hashes:
        return Landmarks(np.zeros(0, np.int64), np.zeros(0, np.int64))
    return Landmarks(np.concatenate(hashes), np.concatenate(starts))

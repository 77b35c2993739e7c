"""The live state of one viewer: two decayed sums of vectors, and the events they are made of."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.reward import LEAST_REWARD
from chalicelib.feed.tables import DIMENSIONS, Floats, Ints, Space

EVENTS = 200
LONG_TAU = 50.0  # events
_FORMAT = struct.Struct("<4sqqfi")  # magic, version of the events, space, tau, number of events
_MAGIC = b"cwt1"
_EVENT = np.dtype([("key", "<i8"), ("video", "<i8"), ("reward", "<f4"), ("at", "<f8")])

Rows = NDArray[np.void]


@dataclass(frozen=True)
class Event:
    """One viewing: `key` is the impression's, `at` seconds since 1970."""

    key: int
    video: int
    reward: float
    at: float


@dataclass(frozen=True)
class Taste:
    """What is known of a viewer in one space.

    `version` counts the changes of the viewer's events, so that an old copy is known as one. Each
    vector is the sum over events of `reward * exp(-age / tau) * give * vector`, age in events.
    """

    version: int
    space_id: int
    tau: float
    events: Rows  # of _EVENT, oldest first, at most 200
    short: Floats
    long: Floats

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known yet."""
        return len(self.events) == 0

    def positives(self, most: int) -> Ints:
        """Return the videos of the last events that speak for them, the last one first."""
        liked = self.events[self.events["reward"] >= LEAST_REWARD]["video"][::-1]
        _, first = np.unique(liked, return_index=True)
        found: Ints = liked[np.sort(first)][:most].astype(np.int64)
        return found

    def votes(self) -> tuple[Ints, Floats]:
        """Return the events' videos and what each of them weighs."""
        return self.events["video"].astype(np.int64), _weights(self.events, self.tau)

    def heard(self, version: int, event: Event, give_vector: Floats | None) -> "Taste":
        """Return the taste with one event more, or with news of an event it has.

        Parameters
        ----------
        give_vector: `give * vector` of the video, (128,); None where it has no place in the space.
        """
        moved = np.zeros(DIMENSIONS, np.float32) if give_vector is None else give_vector
        known = np.flatnonzero(self.events["key"] == event.key)
        if len(known):
            return self._replace(version, int(known[0]), event, moved)
        row = np.array([(event.key, event.video, event.reward, event.at)], dtype=_EVENT)
        events = np.concatenate([self.events, row])[-EVENTS:]
        added = event.reward * moved
        short = self.short * np.float32(np.exp(-1 / self.tau)) + added
        long = self.long * np.float32(np.exp(-1 / LONG_TAU)) + added
        return Taste(version, self.space_id, self.tau, events, short, long)

    def _replace(self, version: int, place: int, event: Event, give_vector: Floats) -> "Taste":
        events = self.events.copy()
        change = event.reward - float(events["reward"][place])
        events["reward"][place] = event.reward
        age = len(events) - 1 - place
        short = self.short + np.float32(change * np.exp(-age / self.tau)) * give_vector
        long = self.long + np.float32(change * np.exp(-age / LONG_TAU)) * give_vector
        return Taste(version, self.space_id, self.tau, events, short, long)

    def pack(self) -> bytes:
        """Return the taste as bytes, about 6 kB when it is full."""
        head = _FORMAT.pack(_MAGIC, self.version, self.space_id, self.tau, len(self.events))
        vectors = np.concatenate([self.short, self.long]).astype("<f4")
        return head + vectors.tobytes() + self.events.tobytes()


def unpack(data: bytes) -> Taste:
    """Return a packed taste. Raises ValueError for anything else."""
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("no taste of this form")
    try:
        _, version, space_id, tau, count = _FORMAT.unpack_from(data)
        vectors = np.frombuffer(data, "<f4", 2 * DIMENSIONS, _FORMAT.size)
        events = np.frombuffer(data, _EVENT, count, _FORMAT.size + vectors.nbytes)
    except (struct.error, ValueError) as error:
        raise ValueError("no whole taste") from error
    short, long = vectors.reshape(2, DIMENSIONS).astype(np.float32)
    return Taste(version, space_id, tau, events, short, long)


def rebuild(
    version: int, space: Space, events: Sequence[Event], give_vectors: Mapping[int, Floats]
) -> Taste:
    """Return the taste that a viewer's events come to, in order of time.

    Parameters
    ----------
    give_vectors: `give * vector` by video; an event of another one votes, but has no place.
    """
    last = list(events)[-EVENTS:]
    rows = np.array([(e.key, e.video, e.reward, e.at) for e in last], dtype=_EVENT)
    nowhere = np.zeros(DIMENSIONS, np.float32)
    stack = [give_vectors.get(event.video, nowhere) for event in last]
    vectors = np.stack(stack) if stack else np.zeros((0, DIMENSIONS), np.float32)
    short = _weights(rows, space.tau) @ vectors
    long = _weights(rows, LONG_TAU) @ vectors
    return Taste(version, space.id, space.tau, rows, short, long)


def _weights(events: Rows, tau: float) -> Floats:
    ages = np.arange(len(events) - 1, -1, -1)
    weights: Floats = (events["reward"] * np.exp(-ages / tau)).astype(np.float32)
    return weights

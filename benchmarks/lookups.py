"""How long look-ups of fingerprints take among very many."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.database import add_videos
from chalicelib.media.fingerprints.picture import PictureFingerprint
from chalicelib.media.fingerprints.sound import Landmarks
from chalicelib.platform.database import Connection, Database
from chalicelib.videos.fingerprints import (
    find_duplicates,
    find_sound,
    store_landmarks,
    store_picture_fingerprint,
)

VIDEOS = 2_000
HASHES = 200_000
LANDMARKS = 2_000_000
BITS_PER_FRAME = 4  # that change from one frame to the next, as in videos with some motion
INDEX_MEMORY = "512MB"
ANYBODY = 0
NO_VIDEO = 0

Clips = Sequence[tuple[PictureFingerprint, Sequence[PictureFingerprint]]]


@dataclass
class Watch:
    """Times of one kind of call, in milliseconds, and how many found what they looked for."""

    times: list[float] = field(default_factory=list)
    found: int = 0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure the block."""
        began = time.perf_counter()
        yield
        self.times.append((time.perf_counter() - began) * 1000)


def measure_lookups(
    database: Database, clips: Clips, sounds: Sequence[Landmarks], console: Console
) -> None:
    """Print how long it takes to find copies and sounds. The database has to be empty."""
    with console.status("Filling a database"), database.transaction() as transaction:
        transaction.execute("SET LOCAL statement_timeout = 0")
        add_videos(transaction, VIDEOS)
        _add_hashes(transaction)
        _add_landmarks(transaction)
    watches = defaultdict[str, Watch](Watch)
    for row_id, clip in enumerate(track(clips, "Look-ups", console=console), start=1):
        _measure_clip(database, row_id, *clip, watches)
    for row_id, landmarks in enumerate(sounds, start=1):
        _measure_sound(database, row_id, landmarks, watches)
    table = Table("what", title=f"Among {HASHES:,} hashes and {LANDMARKS:,} landmarks")
    for name in ("times", "found", "median, ms", "99 %, ms"):
        table.add_column(name, justify="right")
    for name, watch in watches.items():
        quantiles = (f"{value:.1f}" for value in np.quantile(watch.times, (0.5, 0.99)))
        table.add_row(name, str(len(watch.times)), str(watch.found or "-"), *quantiles)
    console.print(table)


def _measure_clip(
    database: Database,
    row_id: int,
    original: PictureFingerprint,
    copies: Sequence[PictureFingerprint],
    watches: defaultdict[str, Watch],
) -> None:
    with database.transaction() as transaction, watches["store a video's hashes"].measured():
        store_picture_fingerprint(transaction, row_id, original)
    for copy in copies:
        watch = watches[f"find a video, {len(copy.looked_for)} variants"]
        with database.transaction() as transaction, watch.measured():
            found = find_duplicates(transaction, copy, except_video=NO_VIDEO)
        watch.found += any(duplicate.video_row_id == row_id for duplicate in found)


def _measure_sound(
    database: Database, row_id: int, landmarks: Landmarks, watches: defaultdict[str, Watch]
) -> None:
    with database.transaction() as transaction, watches["store a sound's landmarks"].measured():
        store_landmarks(transaction, row_id, landmarks)
    watch = watches["find a sound"]
    with database.transaction() as transaction, watch.measured():
        match = find_sound(transaction, landmarks, for_user=ANYBODY)
    watch.found += match is not None and match.sound_row_id == row_id


def _add_hashes(transaction: Connection) -> None:
    """Give every video hashes that change a little from frame to frame."""
    rng = np.random.default_rng(0)
    frames = HASHES // VIDEOS
    flips = np.uint64(1) << rng.integers(0, 64, (VIDEOS, frames, BITS_PER_FRAME), np.uint64)
    flips[:, 0, 0] = rng.integers(0, 2**64, VIDEOS, np.uint64)
    steps = np.bitwise_xor.reduce(flips, axis=2)
    hashes = np.bitwise_xor.accumulate(steps, axis=1).view(np.int64)
    index = transaction.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'video_hashes_near'"
    ).fetchone()
    assert index is not None  # noqa: S101 - the migrations make it
    transaction.execute("DROP INDEX video_hashes_near")  # it is quicker built anew
    transaction.execute(
        "INSERT INTO video_hashes (video_id, frame, crop, hash)"
        " SELECT (place - 1) / %s + 1, (place - 1) %% %s, 0, hash::bit(64)"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS made (hash, place)",
        (frames, frames, hashes.ravel().tolist()),
    )
    transaction.execute("SELECT set_config('maintenance_work_mem', %s, true)", (INDEX_MEMORY,))
    transaction.execute(index["indexdef"])
    transaction.execute("ANALYZE video_hashes")


def _add_landmarks(transaction: Connection) -> None:
    """Give every sound landmarks; as in music, low and near peaks are the most common."""
    transaction.execute(
        "INSERT INTO sound_landmarks (hash, sound_id, at)"
        " SELECT ((power(random(), 2) * 255)::integer << 14)"
        " | ((32 * (random() + random() + random()) + 16)::integer << 6)"
        " | (2 + power(random(), 2) * 61)::integer,"
        " number %% %s + 1, (random() * 2500)::integer"
        " FROM generate_series(1, %s) number ON CONFLICT DO NOTHING",
        (VIDEOS, LANDMARKS),
    )
    transaction.execute("ANALYZE sound_landmarks")

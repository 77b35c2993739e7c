"""How long look-ups of fingerprints take among very many."""

import time
from collections.abc import Callable, Sequence
from typing import Any

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

VIDEOS = 2000
HASHES = 200_000
LANDMARKS = 2_000_000
LONGEST_MS = 10_000
ANYBODY = 0
Clips = Sequence[tuple[PictureFingerprint, Sequence[PictureFingerprint]]]


def measure_lookups(
    database: Database, clips: Clips, sounds: Sequence[Landmarks], console: Console
) -> None:
    """Print how long it takes to find copies and sounds. The database has to be empty."""
    rng = np.random.default_rng(0)
    with console.status("Filling the database"), database.transaction() as transaction:
        transaction.execute("SET LOCAL statement_timeout = 0")
        transaction.execute("SET LOCAL maintenance_work_mem = '512MB'")
        add_videos(transaction, VIDEOS)
        _add_hashes(transaction, rng)
        _add_landmarks(transaction, rng)
    table = Table("what", title=f"{HASHES:,} hashes, {LANDMARKS:,} landmarks: milliseconds")
    for name in ("times", "found", "median", "99 %"):
        table.add_column(name, justify="right")
    _measure_pictures(database, clips, table, console)
    _measure_sounds(database, sounds, table, console)
    console.print(table)


def _measure_pictures(database: Database, clips: Clips, table: Table, console: Console) -> None:
    stored = _Watch()
    for row_id, (original, _) in enumerate(clips, start=1):
        with database.transaction() as transaction:
            stored(lambda o=original, r=row_id: store_picture_fingerprint(transaction, r, o))
    stored.add_to(table, "store a video's hashes")
    watches: dict[int, _Watch] = {}
    for row_id, (_, copies) in enumerate(track(clips, "Videos", console=console), start=1):
        for copy in copies:
            watch = watches.setdefault(len(copy.looked_for), _Watch())
            with database.transaction() as transaction:
                found = watch(lambda c=copy: find_duplicates(transaction, c, except_video=VIDEOS))
            watch.found += any(duplicate.video_row_id == row_id for duplicate in found)

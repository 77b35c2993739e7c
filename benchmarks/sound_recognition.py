"""How well edited sounds are recognised."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.database import add_videos
from benchmarks.scores import Score
from benchmarks.sounds import RATE, Piece, sound_edits, sound_library, to_wav
from chalicelib.media.fingerprints.sound import Landmarks, sound_landmarks
from chalicelib.platform.database import Connection, Database
from chalicelib.videos.fingerprints import find_sound, store_landmarks

ANYBODY = 0


def measure_sounds(media: Path | None, database: Database, console: Console) -> list[Landmarks]:
    """Print how well edited sounds are recognised. Returns the landmarks of the originals.

    The database has to be empty; it has one sound per piece then, with row ids from 1.
    """
    pieces = list(track(sound_library(media), "Sounds", console=console))
    edits = sound_edits()
    known = [sound_landmarks(to_wav(piece.samples)) for piece in pieces]
    with database.transaction() as transaction:
        add_videos(transaction, len(pieces))
        _store(transaction, range(1, len(pieces) + 1), known)
    scores = defaultdict[str, Score](Score)
    for row_id, piece in enumerate(track(pieces, "Edits", console=console), start=1):
        copies = {
            name: sound_landmarks(to_wav(edit(piece.samples))) for name, edit in edits.items()
        }
        family = [row for row, other in enumerate(pieces, start=1) if other.family == piece.family]
        with database.transaction() as transaction:
            for name, copy in copies.items():
                match = find_sound(transaction, copy, for_user=ANYBODY)
                scores[name].copies += 1
                scores[name].found += match is not None and match.sound_row_id == row_id
            _forget(transaction, family)  # so that what is found then is wrong
            for name, copy in copies.items():
                match = find_sound(transaction, copy, for_user=ANYBODY)
                scores[name].others += 1
                scores[name].false += match is not None
            _store(transaction, family, known)
    console.print(_table(scores, pieces, known))
    return known


def _store(transaction: Connection, rows: Sequence[int], known: Sequence[Landmarks]) -> None:
    for row_id in rows:
        store_landmarks(transaction, row_id, known[row_id - 1])


def _forget(transaction: Connection, rows: Sequence[int]) -> None:
    transaction.execute("DELETE FROM sound_landmarks WHERE sound_id = ANY(%s)", (rows,))


def _table(
    scores: Mapping[str, Score], pieces: Sequence[Piece], known: Sequence[Landmarks]
) -> Table:
    rates = [
        len(landmarks) * RATE / len(piece.samples)
        for landmarks, piece in zip(known, pieces, strict=True)
    ]
    title = f"{len(pieces)} sounds, {np.mean(rates):.0f} landmarks a second: recall, and what is"
    table = Table("edit", title=f"{title} found where the sound isn't there")
    for name in ("recall", "false"):
        table.add_column(name, justify="right")
    for name, score in scores.items():
        table.add_row(name, *score.cells)
    return table

"""How well copies of videos and sounds are recognised, and how fast among very many.

`python -m benchmarks.fingerprints [--media DIR]`. The real clips in DIR and the sample clips are a
library; each is edited in the ways people edit clips, and looked for. Beside our fingerprints runs
a plain pHash of whole frames under the same rule. It takes a few minutes.
"""

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import baseline
from benchmarks.clips import (
    EDITS,
    FRAMES_PER_SECOND,
    TO_PORTRAIT,
    Edit,
    Source,
    edited_frames,
    is_landscape,
    library,
)
from benchmarks.database import add_videos, temporary_database
from benchmarks.lookups import look_up_pictures, look_up_sounds
from benchmarks.sounds import Piece, sound_edits, sound_library, to_wav
from chalicelib.media.fingerprints.picture import PictureFingerprint, picture_fingerprint
from chalicelib.media.fingerprints.sound import Landmarks, sound_landmarks
from chalicelib.platform.database import Connection
from chalicelib.videos.fingerprints import MIN_SHARE, find_sound, store_landmarks

MEDIA = Path(__file__).parents[2] / "shared" / "media" / "given"
CLIPS = Path(tempfile.gettempdir()) / "clipwave-benchmark-clips"
INTERVAL = 1 / FRAMES_PER_SECOND
CONSOLE = Console()


@dataclass
class Score:
    """What became of the copies that were looked for."""

    found: int = 0
    copies: int = 0
    false: int = 0
    pairs: int = 0

    @property
    def recall(self) -> str:
        """The share of copies that were recognised."""
        return f"{self.found / self.copies:.3f}" if self.copies else "-"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=MEDIA, help="a folder of real clips")
    media = parser.parse_args().media
    if not media.is_dir():
        CONSOLE.print(f"{media} is not there: sample clips only")
        media = None
    copies = measure_pictures(media)
    landmarks = measure_sounds(media)
    with temporary_database() as database:
        CONSOLE.print(look_up_pictures(database, copies))
        CONSOLE.print(look_up_sounds(database, landmarks))


Copies = Mapping[str, tuple[PictureFingerprint, Mapping[str, PictureFingerprint]]]


def measure_pictures(media: Path | None) -> Copies:
    """Print how well edited clips are recognised. Returns fingerprints of clips and copies."""
    clips = list(_shown(library(media, CLIPS, lambda _: None), "Clips"))
    wanted = [(clip, edit) for clip in clips for edit in _edits(clip)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda pair: edited_frames(*pair), wanted)
        frames = list(_shown(made, "Edits", len(wanted)))
    ours, plain = defaultdict[str, Score](Score), defaultdict[str, Score](Score)
    prints = {clip.name: picture_fingerprint(clip.frames, INTERVAL) for clip in clips}
    copies = defaultdict[str, dict[str, PictureFingerprint]](dict)
    known = {name: [row[2] for row in made.stored_rows()] for name, made in prints.items()}
    plainly_known = {clip.name: baseline.hashes(clip.frames) for clip in clips}
    for (clip, edit), copy in zip(_shown(wanted, "Pairs"), frames, strict=True):
        made = copies[clip.name][edit.name] = picture_fingerprint(copy, INTERVAL)
        hashes = baseline.hashes(copy)
        for other in clips:
            _count(ours[edit.name], clip, other, made.share_in(known[other.name]))
            share = baseline.share(hashes, plainly_known[other.name])
            _count(plain[edit.name], clip, other, share)
    CONSOLE.print(_picture_table(ours, plain))
    blank = [name for name, rows in known.items() if not rows]
    CONSOLE.print(f"{len(clips)} clips, of which these show nothing and count as missed: {blank}")
    return {name: (prints[name], copies[name]) for name in prints}


def measure_sounds(media: Path | None) -> Mapping[str, Landmarks]:
    """Print how well edited sounds are recognised. Returns the landmarks of the originals."""
    pieces = list(_shown(sound_library(media), "Sounds"))
    edits = sound_edits()
    scores = defaultdict[str, Score](Score)
    originals = {piece.name: sound_landmarks(to_wav(piece.samples)) for piece in pieces}
    with temporary_database() as database:
        with database.transaction() as transaction:
            add_videos(transaction, len(pieces))
            for row_id, piece in enumerate(pieces, start=1):
                store_landmarks(transaction, row_id, originals[piece.name])
        for row_id, piece in enumerate(_shown(pieces, "Edits"), start=1):
            copies = {
                name: sound_landmarks(to_wav(edit(piece.samples))) for name, edit in edits.items()
            }
            with database.transaction() as transaction:
                for name, copy in copies.items():
                    found = find_sound(transaction, copy, for_user=0)
                    scores[name].copies += 1
                    scores[name].found += found is not None and found.sound_row_id == row_id
                _forget(transaction, pieces, piece.family)
                for name, copy in copies.items():
                    scores[name].pairs += sum(piece.family != other.family for other in pieces)
                    scores[name].false += find_sound(transaction, copy, for_user=0) is not None
                _remember(transaction, pieces, piece.family, originals)
    CONSOLE.print(_sound_table(scores, originals, pieces))
    return originals


def _edits(clip: Source) -> Iterable[Edit]:
    return (*EDITS, *TO_PORTRAIT) if is_landscape(clip) else EDITS


def _count(score: Score, clip: Source, other: Source, share: float) -> None:
    if other.name == clip.name:
        score.copies += 1
        score.found += share >= MIN_SHARE
    elif other.family != clip.family:
        score.pairs += 1
        score.false += share >= MIN_SHARE


def _forget(transaction: Connection, pieces: Sequence[Piece], family: str) -> None:
    """Take a family's sounds out, so that whatever is found then is wrong."""
    rows = [row for row, piece in enumerate(pieces, start=1) if piece.family == family]
    transaction.execute("DELETE FROM sound_landmarks WHERE sound_id = ANY(%s)", (rows,))


def _remember(
    transaction: Connection,
    pieces: Sequence[Piece],
    family: str,
    originals: Mapping[str, Landmarks],
) -> None:
    for row, piece in enumerate(pieces, start=1):
        if piece.family == family:
            store_landmarks(transaction, row, originals[piece.name])


def _picture_table(ours: Mapping[str, Score], plain: Mapping[str, Score]) -> Table:
    table = Table("edit", "copies", title="Videos: recall, and false matches over all pairs")
    for name in ("ours", "false", "plain pHash", "false"):
        table.add_column(name, justify="right")
    sixteen = [edit.name for edit in EDITS]
    for name in ours:
        if name == TO_PORTRAIT[0].name:
            table.add_section()
        table.add_row(name, str(ours[name].copies), *_cells(ours[name]), *_cells(plain[name]))
    table.add_section()
    both = [_sum(scores[name] for name in sixteen) for scores in (ours, plain)]
    table.add_row(f"the {len(sixteen)} edits", str(both[0].copies), *map(partial(str), ()),
                  *(cell for score in both for cell in _cells(score)))  # fmt: skip
    return table


def _sound_table(
    scores: Mapping[str, Score], originals: Mapping[str, Landmarks], pieces: Sequence[Piece]
) -> Table:
    per_second = [len(originals[p.name]) / len(p.samples) * 11_025 for p in pieces]
    title = f"{len(pieces)} sounds, {np.mean(per_second):.0f} landmarks a second"
    table = Table("edit", "recall", "false", title=title)
    for name, score in scores.items():
        table.add_row(name, *_cells(score))
    return table


def _cells(score: Score) -> tuple[str, str]:
    return score.recall, f"{score.false} of {score.pairs}"


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for score in scores:
        for name, value in vars(score).items():
            setattr(total, name, getattr(total, name) + value)
    return total


def _shown[T](things: Iterable[T], what: str, total: int | None = None) -> Iterable[T]:
    return track(things, what, total=total, console=CONSOLE)


if __name__ == "__main__":
    main()

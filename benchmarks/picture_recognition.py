"""How well edited clips are recognised, beside a plain pHash."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.clips import (
    BEYOND,
    EDITS,
    FRAMES_PER_SECOND,
    TO_PORTRAIT,
    Edit,
    Source,
    edited_frames,
    is_landscape,
    library,
)
from benchmarks.plain_phash import plain_hashes, plain_share
from benchmarks.scores import Score, total
from chalicelib.media.fingerprints.picture import PictureFingerprint, picture_fingerprint
from chalicelib.videos.fingerprints import MIN_SHARE

CLIPS = Path(tempfile.gettempdir()) / "clipwave-benchmark-clips"
INTERVAL = 1 / FRAMES_PER_SECOND


@dataclass(frozen=True)
class Copy:
    """An edited copy of a clip; `frames` are small JPEG frames."""

    clip: Source
    edit: Edit
    frames: Sequence[bytes]


def measure_pictures(
    media: Path | None, console: Console
) -> list[tuple[PictureFingerprint, list[PictureFingerprint]]]:
    """Print how well edited clips are recognised. Returns fingerprints of clips and copies."""
    everything = track(library(media, CLIPS, lambda _: None), "Clips", console=console)
    known = {clip: picture_fingerprint(clip.frames, INTERVAL) for clip in everything}
    clips = [clip for clip, made in known.items() if made.stored.size]
    blank = ", ".join(clip.name for clip in known if clip not in clips)
    console.print(f"{len(clips)} clips; left out, since they are black: {blank or 'none'}")
    copies = _edit(clips, console)
    made = {id(copy): picture_fingerprint(copy.frames, INTERVAL) for copy in copies}
    stored = {clip: [row[2] for row in known[clip].stored_rows()] for clip in clips}
    ours = _compare(clips, copies, lambda copy, clip: made[id(copy)].share_in(stored[clip]))
    console.print(_table(ours, _compare_plainly(clips, copies)))
    return [
        (known[clip], [made[id(copy)] for copy in copies if copy.clip is clip]) for clip in clips
    ]


def _edit(clips: Sequence[Source], console: Console) -> list[Copy]:
    wanted = [
        (clip, edit)
        for clip in clips
        for edit in (*EDITS, *BEYOND, *(TO_PORTRAIT if is_landscape(clip) else ()))
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        frames = pool.map(lambda pair: edited_frames(*pair), wanted)
        shown = track(frames, "Edits", total=len(wanted), console=console)
        return [Copy(*pair, pictures) for pair, pictures in zip(wanted, shown, strict=True)]


def _compare_plainly(clips: Sequence[Source], copies: Sequence[Copy]) -> Mapping[str, Score]:
    known = {clip: plain_hashes(clip.frames) for clip in clips}
    made = {id(copy): plain_hashes(copy.frames) for copy in copies}
    return _compare(clips, copies, lambda copy, clip: plain_share(made[id(copy)], known[clip]))


def _compare(
    clips: Sequence[Source], copies: Sequence[Copy], share: Callable[[Copy, Source], float]
) -> Mapping[str, Score]:
    """Compare every copy with every clip but the other ones of its family. Returns by edit."""
    scores = defaultdict[str, Score](Score)
    for copy in copies:
        score = scores[copy.edit.name]
        for clip in clips:
            matches = share(copy, clip) >= MIN_SHARE
            if clip is copy.clip:
                score.copies += 1
                score.found += matches
            elif clip.family != copy.clip.family:
                score.others += 1
                score.false += matches
    return scores


def _table(ours: Mapping[str, Score], plain: Mapping[str, Score]) -> Table:
    table = Table("edit", title="Videos: recall, and false matches over all pairs")
    for name in ("copies", "ours", "false", "plain pHash", "false"):
        table.add_column(name, justify="right")

    def add(name: str, ours: Score, plain: Score) -> None:
        table.add_row(name, str(ours.copies), *ours.cells, *plain.cells)

    for edits in (EDITS, BEYOND, TO_PORTRAIT):
        for edit in edits:
            add(edit.name, ours[edit.name], plain[edit.name])
        table.add_section()
        add(
            f"these {len(edits)}",
            total(ours[edit.name] for edit in edits),
            total(plain[edit.name] for edit in edits),
        )
        table.add_section()
    return table

"""What is nice to have: previews, covers and AV1 rungs, taken in when they are made."""

from collections.abc import Mapping
from typing import Any

from chalicelib.media.hls import PlaylistInvalid
from chalicelib.media.outputs import (
    OutputsIncomplete,
    inspect_cover,
    inspect_preview,
    join_av1,
)
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import jobs, shelving, store, submission, transitions
from chalicelib.videos.models import Job, Status, Step, Video

FINISHED = frozenset({Status.READY, Status.PUBLISHED})


class Unusable(Exception):
    """What an extra job made can't be used; another attempt may do."""


def is_wanted(step: Step, video: Video) -> bool:
    """Whether somebody still waits for an extra."""
    if step is Step.PREVIEW:
        return video.status is Status.PROCESSING
    return video.status in FINISHED and (step is not Step.COVER or video.cover is None)


def submit_after_finish(context: Context, transaction: Connection, video: Video) -> None:
    """Submit what a finished video still lacks."""
    if video.cover_ms is not None:
        submission.submit(context, transaction, video, Step.COVER, attempt=1)
    if context.settings.av1_rungs:
        submission.submit(context, transaction, video, Step.AV1, attempt=1)


def choose_cover(context: Context, transaction: Connection, video: Video) -> None:
    """Have the cover made that its creator has just chosen."""
    if video.status in FINISHED:
        submission.submit(context, transaction, video, Step.COVER, attempt=1)


def take_in(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    """Put to use what an extra job reports. Raises Unusable."""
    try:
        if job.step is Step.PREVIEW:
            _take_preview(context, job, video, detail)
        elif job.step is Step.COVER:
            _take_cover(context, job, video, detail)
        else:
            _take_av1(context, job, video, detail)
    except (OutputsIncomplete, PlaylistInvalid) as error:
        raise Unusable(str(error)) from error


def _take_preview(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    if not is_wanted(Step.PREVIEW, video):  # the video itself was quicker
        with context.database.transaction() as transaction:
            if jobs.complete_job(transaction, job.id, detail, context.clock.now()):
                shelving.ask_to_place(context, transaction, video.id)
        return
    preview = inspect_preview(detail, store=context.storage)
    with context.database.transaction() as transaction:
        if jobs.complete_job(transaction, job.id, detail, context.clock.now()):
            transitions.set_preview(transaction, video.row_id, job.generation, vars(preview))


def _take_cover(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    cover = inspect_cover(detail, store=context.storage)
    _check_home(cover.key, video)
    chosen = int(job.document["UserMetadata"]["cover_ms"])
    with context.database.transaction() as transaction:
        if jobs.complete_job(transaction, job.id, detail, context.clock.now()):
            transitions.set_cover(transaction, video.row_id, chosen, vars(cover))
            # The row is held now: its files can't be moved before the commit.
            _check_home(cover.key, store.find_videos(transaction, [video.row_id])[0])
            shelving.ask_to_place(context, transaction, video.id)  # for the picture on its page


def _take_av1(context: Context, job: Job, video: Video, detail: Mapping[str, Any]) -> None:
    if video.playback is None:
        return
    _check_home(_first_path(detail), video)
    key = join_av1(
        detail,
        store=context.storage,
        bucket=context.settings.media_bucket,
        master_key=video.playback["hls_key"],
    )
    after = {**video.playback, "hls_key": key}
    with context.database.transaction() as transaction:
        if not jobs.complete_job(transaction, job.id, detail, context.clock.now()):
            return
        if not transitions.replace_playback(
            transaction, video.row_id, before=video.playback, after=after
        ):
            raise Unusable("the video's files were moved meanwhile")


def _check_home(key: str, video: Video) -> None:
    """An extra must lie beside the video's other files, which may have moved meanwhile."""
    home = (video.playback or {}).get("hls_key", "").rpartition("/")[0]
    if f"{home}/" not in f"{key}":
        raise Unusable(f"{key} is not in {home}")


def _first_path(detail: Mapping[str, Any]) -> str:
    path: str = detail["outputGroupDetails"][0]["playlistFilePaths"][0]
    return path

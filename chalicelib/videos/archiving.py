"""Deleted videos lie in the archive until their 30 days are over, and longer if a court wants them.

The steps of a video: its files are copied, then a document says what was copied and why (written
last, and read back), then its status says `archived`, and only then the originals go. When its time
is over its status says `purged` first, and then the copies go. Each step finds what one that died
has left, and nobody's files are in fewer than one place before they may be gone.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count, logger
from chalicelib.videos import archive_store as store
from chalicelib.videos import shelving
from chalicelib.videos.models import Status, Video

COLD = "GLACIER_IR"  # Glacier's prices to keep, and yet there at once when it is brought back
COPIES_AT_ONCE = 8
AT_ONCE = 100
AREAS = ("v", "p", "w")  # of the media bucket
Tell = Callable[[int], None]


class ArchiveIncomplete(Exception):
    """What is in the archive isn't what was to be there."""


def prefix_of(video_id: str) -> str:
    """Return where a video lies in the archive bucket."""
    return f"videos/{video_id}/"


def document_key(video_id: str) -> str:
    """Return where the document about an archived video lies."""
    return f"{prefix_of(video_id)}metadata.json"


def run(context: Context, *, dry_run: bool, tell: Tell) -> dict[str, int]:
    """Take every video that is due for a step through it. Returns how many each step was done for.

    One that fails is left for the next run, and counted as failed.
    """
    done = dict.fromkeys((*(step.name for step in STEPS), "failed"), 0)
    for number, step in enumerate(STEPS):
        if dry_run:
            with context.database.transaction() as transaction:
                done[step.name] = store.count_due(transaction, step.due, context.clock.now())
        else:
            _take(context, step, done)
        tell(100 * (number + 1) // (len(STEPS) + 1))
    if done["failed"]:
        count("ArchivingFailed", done["failed"])
    return done


def bring_back(context: Context, video: Video) -> None:
    """Put an archived video's files where they were, for its status to follow.

    Nothing happens to any other. Raises Problem `not_restorable` if they are gone.
    """
    if video.status is not Status.ARCHIVED:
        return
    with context.database.transaction() as transaction:
        store.set_cleared(transaction, video.row_id, None)  # if this dies, they are cleared again
    with context.database.transaction() as transaction:
        held = shelving.hold(transaction, video.id)
        if held is None or held.status is not Status.ARCHIVED:
            return
        if held.retain_until is None or held.retain_until <= context.clock.now():
            raise Problem("not_restorable", "Its 30 days are over.")
        found = _read_document(context, video.id)
        _copy_all(context, [(_archived(video.id, one), _hot(context, one)) for one in found])
    logger.info("video_brought_back", extra={"video": video.id, "files": len(found)})


def forget_copies(context: Context, video: Video) -> None:
    """Remove what the archive has of a video that is back; if this dies, the integrity job does."""
    if video.status in (Status.DELETED, Status.ARCHIVED, Status.PURGED):
        return
    _delete_copies(context, video.id)


def delete_everywhere(context: Context, video_id: str) -> None:
    """Remove all files of a video, archived ones too."""
    _delete_copies(context, video_id)
    _delete_hot(context, video_id)


def _take(context: Context, step: "_Step", done: dict[str, int]) -> None:
    after = 0
    while True:
        with context.database.transaction() as transaction:
            due = store.find_due(
                transaction, step.due, context.clock.now(), after=after, limit=AT_ONCE
            )
        for _, video_id in due:
            try:
                done[step.name] += step.take(context, video_id)
            except Exception:
                done["failed"] += 1
                logger.exception("archiving_failed", extra={"video": video_id, "step": step.name})
        if len(due) < AT_ONCE:
            return
        after = due[-1][0]


def _archive(context: Context, video_id: str) -> bool:
    shelving.place(context, video_id)  # there may still be a move to do
    with context.database.transaction() as transaction:
        video = shelving.hold(transaction, video_id)
        if video is None or video.status is not Status.DELETED:
            return False
        objects = _list_hot(context, video_id)
        _copy_all(
            context, [(_hot(context, one), _archived(video_id, one)) for one in objects], cold=True
        )
        _write_document(context, transaction, video, objects)
        archived = store.mark_archived(transaction, video.row_id, context.clock.now())
    if archived:
        count("VideosArchived")
        logger.info("video_archived", extra={"video": video_id, "files": len(objects)})
    return archived


def _clear(context: Context, video_id: str) -> bool:
    with context.database.transaction() as transaction:
        video = shelving.hold(transaction, video_id)
        if video is None or video.status is not Status.ARCHIVED:
            return False
        _check_copies(context, video_id, _read_document(context, video_id))
        _delete_hot(context, video_id)
        store.set_cleared(transaction, video.row_id, context.clock.now())
    return True


def _purge(context: Context, video_id: str) -> bool:
    with context.database.transaction() as transaction:
        video = shelving.hold(transaction, video_id)
        purged = video is not None and store.mark_purged(
            transaction, video.row_id, context.clock.now()
        )
    if purged:
        count("VideosPurged")
        logger.info("video_purged", extra={"video": video_id})
    return purged


def _empty(context: Context, video_id: str) -> bool:
    with context.database.transaction() as transaction:
        video = shelving.hold(transaction, video_id)
        if video is None:
            return False
        delete_everywhere(context, video_id)
        store.set_emptied(transaction, video.row_id, context.clock.now())
    return True


def _write_document(
    context: Context, transaction: Connection, video: Video, objects: list[dict[str, Any]]
) -> None:
    """Say what was copied, and check that it is there. Raises ArchiveIncomplete."""
    _check_copies(context, video.id, objects)
    said = {
        "video_id": video.id,
        "archived_at": context.clock.now().isoformat(),
        **store.describe(transaction, video.row_id),
        "objects": objects,
    }
    bucket, key = context.settings.archive_bucket, document_key(video.id)
    body = json.dumps(said, ensure_ascii=False, indent=1).encode()
    context.storage.write(bucket, key, body, "application/json", "no-store")
    if context.storage.read(bucket, key) != body:
        raise ArchiveIncomplete(f"{key} isn't what was written")


def _read_document(context: Context, video_id: str) -> list[dict[str, Any]]:
    said = json.loads(context.storage.read(context.settings.archive_bucket, document_key(video_id)))
    objects: list[dict[str, Any]] = said["objects"]
    return objects


def _check_copies(context: Context, video_id: str, objects: list[dict[str, Any]]) -> None:
    there = context.storage.sizes(context.settings.archive_bucket, prefix_of(video_id))
    for one in objects:
        key = f"{prefix_of(video_id)}{one['bucket']}/{one['key']}"
        if there.get(key) != one["size_bytes"]:
            raise ArchiveIncomplete(f"{key} has {there.get(key)} bytes, not {one['size_bytes']}")


def _list_hot(context: Context, video_id: str) -> list[dict[str, Any]]:
    return [
        {"bucket": name, "key": key, "size_bytes": size}
        for name, prefix in _places(video_id)
        for key, size in sorted(context.storage.sizes(_bucket(context, name), prefix).items())
    ]


def _delete_hot(context: Context, video_id: str) -> None:
    for name, prefix in _places(video_id):
        context.storage.delete_all(_bucket(context, name), prefix)


def _delete_copies(context: Context, video_id: str) -> None:
    context.storage.delete_all(context.settings.archive_bucket, prefix_of(video_id))


def _places(video_id: str) -> list[tuple[str, str]]:
    return [("uploads", f"raw/{video_id}/"), *(("media", f"{area}/{video_id}/") for area in AREAS)]


def _bucket(context: Context, name: str) -> str:
    settings = context.settings
    return settings.uploads_bucket if name == "uploads" else settings.media_bucket


@dataclass(frozen=True)
class _Place:
    """A file by bucket and key; no bucket: the archive."""

    bucket: str | None
    key: str


def _hot(context: Context, one: Mapping[str, Any]) -> _Place:
    return _Place(_bucket(context, one["bucket"]), one["key"])


def _archived(video_id: str, one: Mapping[str, Any]) -> _Place:
    return _Place(None, f"{prefix_of(video_id)}{one['bucket']}/{one['key']}")


def _copy_all(context: Context, pairs: list[tuple[_Place, _Place]], *, cold: bool = False) -> None:
    archive = context.settings.archive_bucket

    def copy(pair: tuple[_Place, _Place]) -> None:
        source, target = pair
        context.storage.copy_across(
            source.bucket or archive,
            source.key,
            target.bucket or archive,
            target.key,
            storage_class=COLD if cold else "STANDARD",
        )

    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        list(pool.map(copy, pairs))


@dataclass(frozen=True)
class _Step:
    """A step: whose turn it is, and what is done with a video; it returns whether it was due."""

    name: str
    due: str
    take: Callable[[Context, str], bool]


STEPS = (
    _Step("archived", store.TO_ARCHIVE, _archive),
    _Step("cleared", store.TO_CLEAR, _clear),
    _Step("purged", store.TO_PURGE, _purge),
    _Step("emptied", store.TO_EMPTY, _empty),
)

"""Files follow the visibility: those of public videos lie under `v/`, all others under `p/`."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.videos import store, transitions
from chalicelib.videos.delivery import HIDDEN, PUBLIC
from chalicelib.videos.models import Status, Video, Visibility

COPIES_AT_ONCE = 8
_SHOWN = "v.status = 'published' AND v.visibility = 'public'"


def ask_to_place(context: Context, transaction: Connection, video_id: str) -> None:
    """Have a video's files moved to where they belong, after the caller's transaction."""
    outbox.store(transaction, context.settings.finish_queue_url, {"place": video_id})


def is_misplaced(video: Video) -> bool:
    """Whether a video's files are where others find them, or don't, against its visibility."""
    return video.playback is not None and _area(video.playback) != _belongs(video)


def misplaced(transaction: Connection, limit: int) -> list[str]:
    """Return the ids of videos whose files are in the wrong place."""
    rows = transaction.execute(
        f"SELECT v.public_id FROM videos v WHERE v.playback IS NOT NULL"  # noqa: S608 - a constant
        f" AND (left(v.playback->>'hls_key', 1) = 'v') <> ({_SHOWN}) ORDER BY v.id LIMIT %s",
        (limit,),
    ).fetchall()
    return [row["public_id"] for row in rows]


def place(context: Context, video_id: str) -> None:
    """Move a video's files to where they belong; safe to repeat, and to die in.

    Everything is copied before the video says so, and removed from the old place after that.
    """
    with context.database.transaction() as transaction:
        video = store.find_video(transaction, video_id)
    if video is None or video.playback is None:
        return
    if is_misplaced(video) and not _move(context, video):
        return  # somebody else moved it, or it belongs elsewhere now: they see to it
    _remove(context, video_id, PUBLIC if _belongs(video) == HIDDEN else HIDDEN)


def _move(context: Context, video: Video) -> bool:
    assert video.playback is not None  # noqa: S101 - asked by the caller
    old, new = _area(video.playback), _belongs(video)
    bucket = context.settings.media_bucket
    keys = list(context.storage.keys(bucket, f"{old}/{video.id}/"))
    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        list(pool.map(lambda key: context.storage.copy(bucket, key, new + key[len(old) :]), keys))
    after = _replace(video.playback, f"{old}/{video.id}/", f"{new}/{video.id}/")
    cover = video.cover and _replace(video.cover, f"{old}/{video.id}/", f"{new}/{video.id}/")
    with context.database.transaction() as transaction:
        current = store.find_video(transaction, video.id)
        if current is None or _belongs(current) != new:
            return False
        moved = transitions.replace_playback(
            transaction, video.row_id, before=video.playback, after=after, cover=cover
        )
    if moved:
        count("VideoMoved")
        logger.info("video_moved", extra={"video": video.id, "to": new, "files": len(keys)})
    return moved


def _remove(context: Context, video_id: str, area: str) -> None:
    bucket = context.settings.media_bucket
    context.storage.delete(bucket, list(context.storage.keys(bucket, f"{area}/{video_id}/")))


def _belongs(video: Video) -> str:
    shown = video.status is Status.PUBLISHED and video.visibility is Visibility.PUBLIC
    return PUBLIC if shown else HIDDEN


def _area(playback: Mapping[str, Any]) -> str:
    return str(playback["hls_key"]).partition("/")[0]


def _replace(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new + value[len(old) :] if value.startswith(old) else value
    if isinstance(value, Mapping):
        return {name: _replace(inner, old, new) for name, inner in value.items()}
    return value

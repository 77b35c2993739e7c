"""Files follow the visibility: under `v/` lies what everybody may see, all else under `p/`."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.platform import outbox
from chalicelib.platform.breaker import Breaker, guard
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.videos import pages, store, transitions
from chalicelib.videos.delivery import HIDDEN, PUBLIC
from chalicelib.videos.models import Status, Video, Visibility

COPIES_AT_ONCE = 8
_SHOWN = (
    "(v.status = 'published' AND v.visibility = 'public'"
    " AND NOT (v.held OR v.age_restricted OR u.hidden))"
)


def ask_to_place(context: Context, transaction: Connection, video_id: str) -> None:
    """Have a video's files moved to where they belong, after the caller's transaction."""
    outbox.store(transaction, context.settings.finish_queue_url, {"place": video_id})


def is_misplaced(video: Video) -> bool:
    """Whether a video's files are where others find them, or don't, against its visibility."""
    return video.playback is not None and _area(video.playback) != _belongs(video)


def misplaced(transaction: Connection, limit: int) -> list[str]:
    """Return the ids of videos whose files are in the wrong place."""
    rows = transaction.execute(
        "SELECT v.public_id FROM videos v JOIN users u ON u.id = v.creator_id"  # noqa: S608
        " WHERE v.playback IS NOT NULL"
        f" AND (left(v.playback->>'hls_key', 1) = 'v') <> {_SHOWN} ORDER BY v.id LIMIT %s",
        (limit,),
    ).fetchall()
    return [row["public_id"] for row in rows]


def place(context: Context, video_id: str) -> None:
    """Move a video's files to where they belong; safe to repeat, and to die in.

    Everything is copied before the video says so, and removed from the old place after that.
    Raises BreakerOpen while the bucket behind the CDN keeps failing.
    """
    with guard(context, Breaker.CDN):
        while not _settle(context, video_id):
            logger.info("video_changed_while_moved", extra={"video": video_id})
        tidy(context, video_id)


def tidy(context: Context, video_id: str) -> None:
    """Remove what a finished video has where it isn't played from; renew a public one's page."""
    with context.database.transaction() as transaction:
        video = hold(transaction, video_id)
        if video is None or video.playback is None:
            return
        other = HIDDEN if _area(video.playback) == PUBLIC else PUBLIC
        context.storage.delete_all(context.settings.media_bucket, f"{other}/{video.id}/")
        if other == HIDDEN and not is_misplaced(video):
            pages.write(context, video)


def _settle(context: Context, video_id: str) -> bool:
    """Move a video's files if they must be. Returns whether it stayed as it was meanwhile."""
    with context.database.transaction() as transaction:
        video = hold(transaction, video_id)
        if video is None or not is_misplaced(video):
            return True
        _copy(context, video)
        return _repoint(transaction, video)


def hold(transaction: Connection, video_id: str) -> Video | None:
    """Return a video, whose files nobody else moves or removes until the end of the transaction.

    Two at once could remove what the other has just copied. Its row stays free for others.
    """
    transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('files of ' || %s, 0))", (video_id,)
    )
    return store.find_video(transaction, video_id)


def _copy(context: Context, video: Video) -> None:
    old, new = _prefixes(video)
    bucket = context.settings.media_bucket
    page = pages.key_of(video.id)
    keys = [key for key in context.storage.keys(bucket, old) if key != page]
    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        list(pool.map(lambda key: context.storage.copy(bucket, key, new + key[len(old) :]), keys))


def _repoint(transaction: Connection, video: Video) -> bool:
    """Let a video name the copies of its files, unless it was changed since it was read."""
    transaction.execute("SELECT FROM videos WHERE id = %s FOR NO KEY UPDATE", (video.row_id,))
    current = store.find_video(transaction, video.id)
    if current is None or _placing(current) != _placing(video) or video.playback is None:
        return False
    old, new = _prefixes(video)
    transitions.replace_playback(
        transaction,
        video.row_id,
        before=video.playback,
        after=_replace(video.playback, old, new),
        cover=video.cover and _replace(video.cover, old, new),
    )
    count("VideoMoved")
    logger.info("video_moved", extra={"video": video.id, "to": new})
    return True


def _placing(video: Video) -> tuple[object, ...]:
    """Return all that a move depends on."""
    return _belongs(video), video.playback, video.cover


def _prefixes(video: Video) -> tuple[str, str]:
    """Return where a misplaced video's files are and where they belong."""
    belongs = _belongs(video)
    lies = PUBLIC if belongs == HIDDEN else HIDDEN
    return f"{lies}/{video.id}/", f"{belongs}/{video.id}/"


def _belongs(video: Video) -> str:
    public = video.status is Status.PUBLISHED and video.visibility is Visibility.PUBLIC
    kept_away = video.held or video.age_restricted or video.creator_hidden
    return PUBLIC if public and not kept_away else HIDDEN


def _area(playback: Mapping[str, Any]) -> str:
    return str(playback["hls_key"]).partition("/")[0]


def _replace(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new + value[len(old) :] if value.startswith(old) else value
    if isinstance(value, Mapping):
        return {name: _replace(inner, old, new) for name, inner in value.items()}
    return value

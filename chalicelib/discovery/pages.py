"""Pages of hashtags and sounds, and which of them are trending."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from chalicelib.accounts.models import Session, UserRef
from chalicelib.discovery import page_store as store
from chalicelib.discovery.models import Hashtag, Sound
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found
from chalicelib.videos import listing
from chalicelib.videos.listing import Position
from chalicelib.videos.models import Video

WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
HALF_LIVES_IN_WINDOW = 4
KEPT_SECONDS = 15
MOST = 100  # of which a list is made

Kind = Literal["hashtags", "sounds"]
Item = TypeVar("Item", Hashtag, Sound)


@dataclass(frozen=True)
class Trend(Generic[Item]):
    """Something that is watched much now: its rank from 1, and by how many it rose.

    `change` is None for what wasn't watched a window ago.
    """

    item: Item
    rank: int
    change: int | None


def read_hashtag(context: Context, tag: str) -> Hashtag:
    """Return a hashtag. Raises Problem `not_found` for one that is on no public video."""
    with context.database.transaction() as transaction:
        found = store.find_hashtags(transaction, tag=_plain(tag))
    if not found:
        raise not_found("hashtag")
    return _hashtag(found[0])


def read_sound(context: Context, session: Session | None, sound_id: str) -> Sound:
    """Return a sound. Raises Problem `not_found` for one that the viewer may not know of."""
    viewer = session.user_row_id if session else None
    with context.database.transaction() as transaction:
        found = store.find_sounds(transaction, viewer, public_id=sound_id)
    if not found:
        raise not_found("sound")
    return sound_of(found[0])


def list_hashtag_videos(
    context: Context, session: Session | None, tag: str, *, before: Position | None, limit: int
) -> tuple[list[Video], Position | None]:
    """Return a page of a hashtag's videos, the newest first, and where the next one goes on."""
    read_hashtag(context, tag)
    return _list(context, session, "hashtag", _plain(tag), before=before, limit=limit)


def list_sound_videos(
    context: Context, session: Session | None, sound_id: str, *, before: Position | None, limit: int
) -> tuple[list[Video], Position | None]:
    """Return a page of a sound's videos, the newest first, and where the next one goes on."""
    read_sound(context, session, sound_id)
    return _list(context, session, "sound", sound_id, before=before, limit=limit)


def trending_hashtags(context: Context, window: str, limit: int) -> list[Trend[Hashtag]]:
    """Return the hashtags that are watched most now."""
    ranks = _ranks(context, "hashtags", window)
    with context.database.transaction() as transaction:
        rows = store.find_hashtags(transaction, row_ids=[rank[0] for rank in ranks])
    known = {row["row_id"]: _hashtag(row) for row in rows}
    return [Trend(known[i], rank, change) for i, rank, change in ranks if i in known][:limit]


def trending_sounds(
    context: Context, session: Session | None, window: str, limit: int
) -> list[Trend[Sound]]:
    """Return the sounds that are watched most now, of those the viewer may know of."""
    ranks = _ranks(context, "sounds", window)
    viewer = session.user_row_id if session else None
    with context.database.transaction() as transaction:
        rows = store.find_sounds(transaction, viewer, row_ids=[rank[0] for rank in ranks])
    known = {row["row_id"]: sound_of(row) for row in rows}
    return [Trend(known[i], rank, change) for i, rank, change in ranks if i in known][:limit]


def _ranks(context: Context, kind: Kind, window: str) -> list[tuple[int, int, int | None]]:
    """Return row ids with their rank and by how many they rose; kept for a quarter minute."""
    key = f"trending:{kind}:{window}"
    kept = context.cache.get(key)
    if kept is not None:
        return [(row_id, rank, change) for row_id, rank, change in json.loads(kept)]
    length = WINDOWS[window]
    with context.database.transaction() as transaction:
        rows = store.read_rates(
            transaction,
            kind,
            now=context.clock.now(),
            window=length,
            half_life=length / HALF_LIVES_IN_WINDOW,
        )
    now = _order([(row["row_id"], float(row["rate"])) for row in rows])
    before = _order([(row["row_id"], float(row["before"])) for row in rows if row["before"] > 0])
    ranks = [
        (row_id, rank, before[row_id] - rank if row_id in before else None)
        for row_id, rank in now.items()
    ][:MOST]
    context.cache.put(key, json.dumps(ranks).encode(), seconds=KEPT_SECONDS)
    return ranks


def _order(rates: Sequence[tuple[int, float]]) -> dict[int, int]:
    ordered = sorted(rates, key=lambda one: (-one[1], one[0]))
    return {row_id: rank for rank, (row_id, _) in enumerate(ordered, 1)}


def _list(
    context: Context,
    session: Session | None,
    kind: str,
    of: str,
    *,
    before: Position | None,
    limit: int,
) -> tuple[list[Video], Position | None]:
    with context.database.transaction() as transaction:

        def read(before: Position | None, limit: int) -> dict[int, Position]:
            return store.list_videos(transaction, kind, of, before, limit)

        return listing.visible_page(
            transaction, session, read, before=before, limit=limit, wanted_only=True
        )


def _plain(tag: str) -> str:
    return tag.removeprefix("#").lower()


def _hashtag(row: store.Row) -> Hashtag:
    return Hashtag(row["tag"], row["video_count"], row["view_count"])


def sound_of(row: store.Row) -> Sound:
    """Return a row's sound."""
    return Sound(
        id=row["id"],
        title=row["title"],
        creator=UserRef(row["user_id"], row["username"], row["display_name"]),
        duration_ms=row["duration_ms"],
        video_count=row["video_count"],
        audio_key=row["audio_key"],
    )

"""Search: what is written as it was typed or nearly so, and what is like it; the well known first.

Two rankings of videos make one (reciprocal rank fusion: Cormack, Clarke and Büttcher, 2009): by
words, also begun and mistyped ones; and by how near they are, in the space that the feed has
learned, to the best that the words find. What has all words as they were typed comes first.

Nobody finds what they may not see: what is private, held, for adults only or hidden, whom one of
the two has blocked, what they have reported, and who is too young for the public eye.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from math import log1p
from typing import Any

from chalicelib.accounts.ages import SHIELDED_UNTIL
from chalicelib.accounts.models import Session, UserRef
from chalicelib.discovery import search_store as store
from chalicelib.discovery.asking import BEGUN, Meant, understand
from chalicelib.discovery.models import Found, Hashtag, Kind, Suggestion
from chalicelib.discovery.pages import sound_of
from chalicelib.discovery.search_store import Row
from chalicelib.feed import similar
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import may_see

SUGGESTED = 8
KNOWN = 0.02  # for each doubling or so of how well known something is
SEEDS = 10  # the best that words find, of which the middle is taken
NEAR = 100
FUSION = 60  # so that the first places of a ranking aren't everything


def search(
    context: Context, session: Session | None, asked: str, kinds: Sequence[Kind], limit: int
) -> Found:
    """Return the best that the viewer may see, of each kind asked for."""
    with context.database.transaction() as transaction:
        meant = understand(transaction, asked)
        if not meant:
            return Found()
        given = {
            "viewer": session.user_row_id if session else None,
            "shielded_after": _years_before(context.clock.now().date(), SHIELDED_UNTIL),
        }
        wanted = [one.wanted for one in meant]
        rows = {kind: _rank(store.find(transaction, kind, wanted, given), meant) for kind in kinds}
        ids = _fuse_with_near(transaction, rows.get(Kind.VIDEOS, []), given)
        videos = _videos(transaction, ids[: 2 * limit], session)
    return Found(
        videos=videos[:limit],
        users=[_person(row) for row in rows.get(Kind.USERS, [])[:limit]],
        hashtags=[
            Hashtag(row["tag"], row["video_count"], row["view_count"])
            for row in rows.get(Kind.HASHTAGS, [])[:limit]
        ],
        sounds=[sound_of(row) for row in rows.get(Kind.SOUNDS, [])[:limit]],
    )


def suggest(context: Context, session: Session | None, asked: str) -> list[Suggestion]:
    """Return what somebody may be about to look for: hashtags, people and sounds in turn."""
    kinds = (Kind.HASHTAGS, Kind.USERS, Kind.SOUNDS)
    found = search(context, session, asked, kinds, SUGGESTED)
    lists = [
        [Suggestion(one.tag, "hashtag") for one in found.hashtags],
        [Suggestion(one.username, "user") for one in found.users],
        [Suggestion(one.title, "sound") for one in found.sounds],
    ]
    turns = [item for i in range(SUGGESTED) for items in lists for item in items[i : i + 1]]
    return list(dict.fromkeys(turns))[:SUGGESTED]


def _rank(rows: list[Row], meant: Sequence[Meant]) -> list[Row]:
    """Return rows in the order of how near they are and how well known."""
    for row in rows:
        near = [one.nearness(row) for one in meant]
        row["least"] = min(near)
        row["score"] = sum(near) / len(near) + KNOWN * log1p(float(row["popularity"]))
    found = [row for row in rows if row["least"]]
    return sorted(found, key=lambda row: float(row["score"]), reverse=True)


def _fuse_with_near(
    transaction: Connection, rows: list[Row], given: Mapping[str, Any]
) -> list[int]:
    """Return the videos that words find and those near the best of them, as one list of row ids."""
    words = [row["row_id"] for row in rows]
    near = similar.find_near(transaction, words[:SEEDS], NEAR) if words else []
    typed = {row["row_id"] for row in rows if row["least"] >= BEGUN}
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in (words, store.find_videos(transaction, near, given) if near else []):
        for place, row_id in enumerate(ranking, 1):
            scores[row_id] += 1 / (FUSION + place)
    return sorted(scores, key=lambda row_id: (row_id not in typed, -scores[row_id]))


def _videos(transaction: Connection, row_ids: list[int], session: Session | None) -> list[Video]:
    viewer = session.user_row_id if session else None
    found = video_store.find_videos(transaction, row_ids, viewer_row_id=viewer)
    return [video for video in found if may_see(video, session)]


def _person(row: Row) -> UserRef:
    return UserRef(row["id"], row["username"], row["display_name"])


def _years_before(day: date, years: int) -> date:
    """Return the day some years before; for the 29th of February, the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)

"""Search: words as they are written, begun or nearly so, and what is well known first.

Nobody finds what they may not see: what is private, held, for adults only or hidden, whom one of
the two has blocked, what they have reported, and who is too young for the public eye.
"""

from collections.abc import Sequence
from datetime import date
from math import log1p

from chalicelib.accounts.ages import SHIELDED_UNTIL
from chalicelib.accounts.models import Session, UserRef
from chalicelib.discovery import search_store as store
from chalicelib.discovery.models import Found, Hashtag, Kind, Suggestion
from chalicelib.discovery.pages import sound_of
from chalicelib.discovery.search_store import Row
from chalicelib.discovery.spelling import distance, errors_forgiven
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import may_see

MOST_WORDS = 8
MOST_BEGINNINGS = 50
SUGGESTED = 8
EXACT, BEGUN, ERROR = 1.0, 0.8, 0.3  # what a word counts; each error takes its share off
KNOWN = 0.02  # for each doubling or so of how well known something is

Meanings = dict[str, float]  # words, and how near each is to what was typed


def search(
    context: Context, session: Session | None, asked: str, kinds: Sequence[Kind], limit: int
) -> Found:
    """Return the best that the viewer may see, of each kind asked for."""
    with context.database.transaction() as transaction:
        meanings = _meanings(transaction, asked)
        if not meanings:
            return Found()
        given = {
            "viewer": session.user_row_id if session else None,
            "shielded_after": _years_before(context.clock.now().date(), SHIELDED_UNTIL),
        }
        rows = {
            kind: _rank(
                store.find(transaction, kind, [list(one) for one in meanings], given), meanings
            )
            for kind in kinds
        }
        videos = _videos(transaction, rows.get(Kind.VIDEOS, []), session)
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


def _meanings(transaction: Connection, asked: str) -> list[Meanings]:
    """Return what may be meant by each word of a query; the last one may be only begun."""
    words = store.split(transaction, asked)[:MOST_WORDS]
    return [
        _meanings_of(transaction, word, begun=place == len(words) - 1)
        for place, word in enumerate(words)
    ]


def _meanings_of(transaction: Connection, word: str, *, begun: bool) -> Meanings:
    meanings: Meanings = {}
    errors = errors_forgiven(word)
    if errors:
        for other in store.find_alike(transaction, word, errors):
            off = distance(word, other, errors)
            if off <= errors:
                meanings[other] = EXACT - ERROR * off
    if begun:
        for other in store.find_beginning(transaction, word, MOST_BEGINNINGS):
            meanings[other] = BEGUN
    return {**meanings, word: EXACT}


def _rank(rows: list[Row], meanings: list[Meanings]) -> list[Row]:
    def score(row: Row) -> float:
        near = sum(max(one.get(word, 0.0) for word in row["words"]) for one in meanings)
        return near / len(meanings) + KNOWN * log1p(float(row["popularity"]))

    return sorted(rows, key=score, reverse=True)


def _videos(transaction: Connection, rows: list[Row], session: Session | None) -> list[Video]:
    viewer = session.user_row_id if session else None
    found = video_store.find_videos(
        transaction, [row["row_id"] for row in rows], viewer_row_id=viewer
    )
    return [video for video in found if may_see(video, session)]


def _person(row: Row) -> UserRef:
    return UserRef(row["id"], row["username"], row["display_name"])


def _years_before(day: date, years: int) -> date:
    """Return the day some years before; for the 29th of February, the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)

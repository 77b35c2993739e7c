"""Lists of videos that belong to somebody."""

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.accounts import relationship_store
from chalicelib.accounts.models import Session
from chalicelib.accounts.relationships import find_known
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store
from chalicelib.videos.models import Video, Visibility
from chalicelib.videos.visibility import is_staff, may_see

Position = tuple[datetime, int]


def visible_page(
    transaction: Connection,
    session: Session | None,
    read: Callable[[Position | None, int], Mapping[int, Position]],
    *,
    before: Position | None,
    limit: int,
    wanted_only: bool = False,
) -> tuple[list[Video], Position | None]:
    """Return a page of those videos of a list that the viewer may see; the others take no place.

    With `wanted_only`, those with words that the viewer has hidden take none either. `read` gives
    row ids and their positions after a position, in order. Also returns where the next page goes
    on; None at the end.
    """
    viewer = session.user_row_id if session else None
    shown: list[tuple[Video, Position]] = []
    while len(shown) <= limit:
        places = read(before, limit + 1)
        found = store.find_videos(transaction, list(places), viewer_row_id=viewer)
        if wanted_only and viewer is not None:
            unwanted = store.find_unwanted(transaction, list(places), viewer)
            found = [video for video in found if video.row_id not in unwanted]
        shown += [(video, places[video.row_id]) for video in found if may_see(video, session)]
        if len(places) <= limit:
            break
        before = list(places.values())[-1]
    page = shown[:limit]
    return [video for video, _ in page], page[-1][1] if len(shown) > limit else None


def of_person(
    context: Context,
    name: str,
    session: Session | None,
    *,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Video]:
    """Return a person's published videos that the viewer may see, the newest first.

    Raises Problem `not_found` for somebody the viewer may not know of.
    """
    with context.database.transaction() as transaction:
        person = find_known(transaction, name, session)
        own = session is not None and session.user_row_id == person.row_id
        everything = own or is_staff(session)
        return store.list_published(
            transaction,
            person.row_id,
            viewer_row_id=session.user_row_id if session else None,
            visibilities=list(Visibility)
            if everything
            else _visibilities(transaction, session, person.row_id),
            everything=everything,
            before=before,
            limit=limit,
        )


def _visibilities(
    transaction: Connection, session: Session | None, person: int
) -> list[Visibility]:
    if session is None:
        return [Visibility.PUBLIC]
    relationship = relationship_store.find_relationship(transaction, session.user_row_id, person)
    if relationship.blocking:
        return []
    follows = [Visibility.FOLLOWERS] if relationship.following else []
    return [Visibility.PUBLIC, *follows]

"""What somebody has liked or saved, as far as they may still see it."""

from typing import Literal

from chalicelib.accounts.models import Session
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import listing
from chalicelib.videos.listing import Position
from chalicelib.videos.models import Video

Kind = Literal["likes", "saves"]


def list_collected(
    context: Context, session: Session, kind: Kind, *, before: Position | None, limit: int
) -> tuple[list[Video], Position | None]:
    """Return a page of the caller's `likes` or `saves`, the newest first.

    Also where the next page goes on; None at the end.
    """
    with context.database.transaction() as transaction:

        def read(before: Position | None, limit: int) -> dict[int, Position]:
            return _read(transaction, kind, session.user_row_id, before, limit)

        return listing.visible_page(transaction, session, read, before=before, limit=limit)


def _read(
    transaction: Connection, kind: Kind, user: int, before: Position | None, limit: int
) -> dict[int, Position]:
    at, row_id = before or (None, None)
    rows = transaction.execute(
        f"SELECT video_id, created_at FROM {kind} WHERE user_id = %(user)s"  # noqa: S608 - constants
        " AND (%(at)s::timestamptz IS NULL OR (created_at, video_id) < (%(at)s, %(row)s))"
        " ORDER BY created_at DESC, video_id DESC LIMIT %(limit)s",
        {"user": user, "at": at, "row": row_id, "limit": limit},
    ).fetchall()
    return {row["video_id"]: (row["created_at"], row["video_id"]) for row in rows}

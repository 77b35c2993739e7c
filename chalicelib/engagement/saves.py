"""Saves: the row and the count change in one transaction."""

from chalicelib.accounts.models import Session
from chalicelib.platform.context import Context
from chalicelib.videos.visibility import find_visible


def set_save(context: Context, session: Session, public_id: str, *, saved: bool) -> int:
    """Save a video or not any more, any number of times, and return its saves afterwards.

    Raises Problem for a video that the caller may not know of.
    """
    with context.database.transaction() as transaction:
        video = find_visible(transaction, public_id, session)
        pair = session.user_row_id, video.row_id
        if saved:
            step = transaction.execute(
                "INSERT INTO saves (user_id, video_id, created_at) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (*pair, context.clock.now()),
            ).rowcount
        else:
            step = -transaction.execute(
                "DELETE FROM saves WHERE user_id = %s AND video_id = %s", pair
            ).rowcount
        row = transaction.execute(
            "UPDATE video_stats SET saves = saves + %s WHERE video_id = %s RETURNING saves",
            (step, video.row_id),
        ).fetchone()
    return int(row["saves"]) if row else 0

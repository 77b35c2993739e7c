"""Shares: counted once per sharer and hour."""

from chalicelib.accounts.models import Session
from chalicelib.platform.context import Context
from chalicelib.videos.visibility import find_visible


def share(
    context: Context, session: Session | None, viewer: str, public_id: str, channel: str
) -> tuple[str, int]:
    """Note that somebody shares a video. Returns its address and its shares afterwards.

    `viewer` is a person, or an address without a session. Raises Problem for a video that the
    caller may not know of.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        video = find_visible(transaction, public_id, session)
        step = transaction.execute(
            "INSERT INTO shares (video_id, viewer, hour, channel, created_at)"
            " VALUES (%s, %s, date_trunc('hour', %s::timestamptz, 'UTC'), %s, %s)"
            " ON CONFLICT DO NOTHING",
            (video.row_id, viewer, now, channel, now),
        ).rowcount
        row = transaction.execute(
            "UPDATE video_stats SET shares = shares + %s WHERE video_id = %s RETURNING shares",
            (step, video.row_id),
        ).fetchone()
    return f"{context.settings.public_origin}/v/{video.id}", int(row["shares"]) if row else 0

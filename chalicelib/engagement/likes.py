"""Likes: the row and the count change in one transaction, so that they can't part."""

from chalicelib.platform.database import Connection
from chalicelib.videos.models import Video


def set_like(transaction: Connection, user_row_id: int, video: Video, *, liked: bool) -> int:
    """Like or unlike a video, any number of times, and return its likes afterwards."""
    if liked:
        statement = "INSERT INTO likes (user_id, video_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
    else:
        statement = "DELETE FROM likes WHERE user_id = %s AND video_id = %s"
    changed = transaction.execute(statement, (user_row_id, video.row_id)).rowcount
    step = changed if liked else -changed
    row = transaction.execute(
        "UPDATE video_stats SET likes = likes + %s WHERE video_id = %s RETURNING likes",
        (step, video.row_id),
    ).fetchone()
    if step:
        transaction.execute(
            "UPDATE user_stats SET received_likes = received_likes + %s WHERE user_id = %s",
            (step, video.creator_row_id),
        )
    return int(row["likes"]) if row else 0

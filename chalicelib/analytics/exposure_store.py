"""SQL of how videos are tried out."""

from typing import Any

from chalicelib.platform.database import Connection

Row = dict[str, Any]


def read(transaction: Connection, video: int) -> Row | None:
    """Return how far a video has got in being tried out; None for one that isn't shown."""
    return transaction.execute(
        "SELECT stage::text AS stage, shown, viewings, quantile_sum, standard, judged_at"
        " FROM video_features WHERE video_id = %s",
        (video,),
    ).fetchone()

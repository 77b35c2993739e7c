"""SQL of what feeds have shown: one row per page, written before it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class ServedPage:
    """Slots of a feed, from `first` on, as they were chosen; the exposure log keeps them so.

    `values` holds the feature values of each slot, little-endian float64, slot after slot.
    """

    feed_id: str
    first: int
    started_at: datetime
    served_at: datetime
    viewer: str
    user_row_id: int | None
    source: str
    mode: str
    space_id: int
    ranker_run_id: int | None
    variants: Mapping[str, str]
    video_ids: Sequence[int]
    found: Sequence[int]
    propensities: Sequence[float]
    scores: Sequence[float]
    features: Sequence[str]
    weights: Sequence[float]
    values: bytes

    @property
    def end(self) -> int:
        """The first slot after these."""
        return self.first + len(self.video_ids)


_COLUMNS = """
    feed_id, first, started_at, served_at, viewer, user_id AS user_row_id, source, mode, space_id,
    ranker_run_id, variants, video_ids, found, propensities, scores, features, weights,
    feature_values AS values
"""


def read_pages(transaction: Connection, feed_id: str, started_at: datetime) -> list[ServedPage]:
    """Return all that a feed has shown, in order."""
    rows = transaction.execute(
        f"SELECT {_COLUMNS} FROM feed_pages"  # noqa: S608 - a constant of this module
        " WHERE feed_id = %s AND started_at = %s ORDER BY first",
        (feed_id, started_at),
    ).fetchall()
    return [ServedPage(**row) for row in rows]


def find_page(transaction: Connection, feed_id: str, slot: int) -> ServedPage | None:
    """Return the page that a slot of a feed is on."""
    row = transaction.execute(
        f"SELECT {_COLUMNS} FROM feed_pages"  # noqa: S608 - a constant of this module
        " WHERE feed_id = %s AND first <= %s ORDER BY first DESC LIMIT 1",
        (feed_id, slot),
    ).fetchone()
    page = ServedPage(**row) if row else None
    return page if page and slot < page.end else None


def insert_page(transaction: Connection, page: ServedPage) -> None:
    """Keep a page; the feed must be held, so that nobody else fills these slots."""
    transaction.execute(
        "INSERT INTO feed_pages (feed_id, first, started_at, served_at, viewer, user_id, source,"
        " mode, space_id, ranker_run_id, variants, video_ids, found, propensities, scores,"
        " features, weights, feature_values) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s, %s, %s, %s, %s, %s, %s)",
        (
            page.feed_id, page.first, page.started_at, page.served_at, page.viewer,
            page.user_row_id, page.source, page.mode, page.space_id, page.ranker_run_id,
            Jsonb(dict(page.variants)), list(page.video_ids), list(page.found),
            list(page.propensities), list(page.scores), list(page.features),
            list(page.weights), page.values,
        ),
    )  # fmt: skip


def hold(transaction: Connection, feed_id: str) -> None:
    """Let only one transaction at a time go on with a feed, so that its pages follow closely."""
    transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('feed ' || %s, 0))", (feed_id,)
    )


def ensure_partitions(transaction: Connection, today: date) -> None:
    """Create the partitions of this month and the next two that are missing."""
    transaction.execute("SELECT ensure_feed_pages_partitions(%s)", (today,))

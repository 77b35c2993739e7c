"""What is kept where, and for how long: one table, from which what is due is removed.

Every table of the database is in a line of it; a test walks the schema and demands that. A line
without a limit says who removes its rows, or why they stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.engagement.store import LONGEST_DELAY
from chalicelib.moderation import audit_checks
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import erasing, exporting
from chalicelib.upkeep import retention_store as store
from chalicelib.upkeep.models import Tell
from chalicelib.upkeep.retention_store import Limit

DAY = timedelta(days=1)
YEAR = 365 * DAY
AT_ONCE = 5000
Forget = Callable[[Context, bool], int]


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Parameters
    ----------
    hot, warm, cold: where the data is, first, then, and in the end.
    deleted: when it is gone, in words.
    tables: what of the database is meant.
    limits: rows to be removed by this module.
    forget: what else removes, or with True only counts, what is due.
    """

    data: str
    hot: str
    deleted: str
    tables: tuple[str, ...]
    warm: str = ""
    cold: str = ""
    limits: tuple[Limit, ...] = ()
    forget: Forget | None = None


TABLE = (
    Line("active videos", "S3", "never, unless their maker deletes them",
         ("videos", "video_stats", "processing_stages", "media_jobs", "video_hashes",
          "video_duplicates", "sounds", "sound_landmarks", "video_features", "video_tags",
          "video_embeddings", "video_neighbors", "hashtags")),
    Line("deleted videos", "", "after 30 days, unless a court wants them: the job `archive`", (),
         cold="archive bucket, Glacier class, with `metadata.json`"),
    Line("people", "PostgreSQL", "30 days after they leave",
         ("users", "user_stats", "blocks", "not_interested"), forget=lambda context, look:
         erasing.count_due(context) if look else erasing.erase_due(context)),
    Line("what people do", "PostgreSQL", "with the person, or when it is taken back",
         ("likes", "saves", "shares", "follows", "comments", "comment_likes")),
    Line("watch history", "PostgreSQL", "after 1 year", ("watch_history", "video_viewers"),
         limits=(Limit("watch_history", "created_at", YEAR, months=True),
                 Limit("video_viewers", "viewed_at", YEAR))),
    Line("when histories were paused or deleted", "PostgreSQL", "when no report of before can come",
         ("history_pauses", "history_deletions"),
         limits=(Limit("history_pauses", "resumed_at", LONGEST_DELAY),
                 Limit("history_deletions", "deleted_at", LONGEST_DELAY))),
    Line("sessions", "PostgreSQL, and Redis for a minute", "7 days after their last use",
         ("sessions",), limits=(Limit("sessions", "expires_at", timedelta()),)),
    Line("rate-limit counters", "Redis; PostgreSQL while it is away", "when no window holds them",
         ("rate_limit_hits",), limits=(Limit("rate_limit_hits", "expires_at", timedelta()),)),
    Line("idempotency keys", "PostgreSQL", "after 24 hours", ("idempotency_keys",),
         limits=(Limit("idempotency_keys", "created_at", DAY),)),
    Line("showings and feed pages", "PostgreSQL", "after 2 years; of feeds after 3 months",
         ("playbacks", "feed_pages"),
         limits=(Limit("playbacks", "shown_at", 2 * YEAR, months=True),
                 Limit("feed_pages", "started_at", 92 * DAY, months=True))),
    Line("analytics events", "queue", "after 2 years",
         ("analytics_events", "watch_events", "event_log"), warm="PostgreSQL",
         limits=(Limit("analytics_events", "shown_at", 2 * YEAR, months=True),
                 Limit("watch_events", "received_at", 2 * YEAR),
                 Limit("event_log", "at", 2 * YEAR, months=True))),
    Line("figures", "PostgreSQL", "never: nobody is named in them",
         ("rollups", "rollup_marks", "watch_histograms", "audience_heat", "audience_counted")),
    Line("user embeddings", "PostgreSQL", "kept current; with the person",
         ("user_embeddings", "user_tastes", "model_runs")),
    Line("notifications", "PostgreSQL", "after 1 year",
         ("notifications", "notification_actors", "put_off_notices"),
         limits=(Limit("notifications", "updated_at", YEAR),)),
    Line("messages to be sent", "PostgreSQL", "when they are sent", ("outbox",)),
    Line("copies of people's data", "S3", "after 7 days", ("data_exports",),
         forget=exporting.forget_expired),
    Line("jobs", "PostgreSQL", "after 1 year", ("admin_jobs",),
         limits=(Limit("admin_jobs", "ended_at", YEAR),)),
    Line("reports and decisions", "PostgreSQL", "never: what was decided rests on them",
         ("reports", "moderation_cases")),
    Line("settings", "PostgreSQL", "never: it is the history of what was in force",
         ("configuration", "schema_migrations")),
    Line("search words", "PostgreSQL", "with what they are of",
         ("search_entries", "search_vocabulary")),
    Line("audit log", "PostgreSQL", "after 7 years", ("audit_log", "audit_heads"),
         warm="S3, sealed daily", cold="Glacier class after 90 days", forget=audit_checks.forget),
)  # fmt: skip


def run(context: Context, *, dry_run: bool, tell: Tell) -> dict[str, int]:
    """Remove what is due, and return how many rows that were, by the name of the data.

    Each batch is a transaction of its own: a run that dies has done what it has done.
    """
    done: dict[str, int] = {}
    for number, line in enumerate(TABLE):
        found = sum(_apply(context, limit, dry_run=dry_run) for limit in line.limits)
        found += line.forget(context, dry_run) if line.forget else 0
        if line.limits or line.forget:
            done[line.data] = found
        tell(100 * number // len(TABLE))
    if not dry_run:
        count("RowsForgotten", sum(done.values()))
        logger.info("retained", extra={"removed": done})
    return done


def count_overdue(context: Context, grace: timedelta) -> dict[str, int]:
    """Return how many rows should have been removed already, for so long, by table."""
    now = context.clock.now() - grace
    found: dict[str, int] = {}
    for limit in (limit for line in TABLE for limit in line.limits):
        with context.database.transaction() as transaction:
            if overdue := store.count_due(transaction, limit, now):
                found[limit.table] = overdue
    return found


def _apply(context: Context, limit: Limit, *, dry_run: bool) -> int:
    now = context.clock.now()
    if dry_run:
        with context.database.transaction() as transaction:
            return store.count_due(transaction, limit, now)
    removed = 0
    if limit.months:
        for month in _whole_months(context, limit):
            with context.database.transaction() as transaction:
                removed += store.drop_month(transaction, limit, month)
    while True:
        with context.database.transaction() as transaction:
            batch = store.delete_due(transaction, limit, now, AT_ONCE)
        removed += batch
        if batch < AT_ONCE:
            return removed


def _whole_months(context: Context, limit: Limit) -> list[str]:
    with context.database.transaction() as transaction:
        return store.find_whole_months(transaction, limit, context.clock.now())

"""How the whole platform does, for moderators and administrators."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.analytics import reading, store
from chalicelib.analytics.models import FeedHealth, PlatformReport
from chalicelib.feed import experiments
from chalicelib.feed.tables import Found
from chalicelib.platform.context import Context


def report(context: Context, days: int) -> PlatformReport:
    """Return what went on in the last days, today included, up to this moment."""
    now = context.clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=days - 1)
    with context.database.snapshot() as transaction:
        uploads, published = store.count_uploads(transaction, since)
        shown = store.count_shown(transaction, since, int(Found.EXPLORATION))
        return PlatformReport(
            as_of=now,
            days=days,
            daily_actives=store.daily_actives(transaction, since),
            uploads=uploads,
            published=published,
            failures=store.count_failures(transaction, since),
            watch_time_ms=reading.watch_time_ms(transaction, since),
            feed_health=_health(shown),
            experiments=experiments.report(context, transaction, since),
        )


def _health(shown: Mapping[str, Any]) -> FeedHealth:
    impressions = shown["impressions"] or 0
    videos, total = shown["videos"], shown["total"] or 0
    if not impressions:
        return FeedHealth(0, None, None, None, None)
    gini = 2 * shown["ranked"] / (videos * total) - (videos + 1) / videos if total else None
    return FeedHealth(
        impressions=impressions,
        coverage=shown["covered"] / videos if videos else None,
        concentration=gini,
        novelty=shown["new"] / impressions,
        exploration=shown["explored"] / impressions,
    )

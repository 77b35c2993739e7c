"""How the platform is: queues and dead letters, what lags, what ran last."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts.models import Session
from chalicelib.admin import configuration, job_store
from chalicelib.analytics import rolling
from chalicelib.platform import audit, breaker
from chalicelib.platform.breaker import Breaker, BreakerState, Forced
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found
from chalicelib.platform.queues import DeadLetter, QueueState

# As they are called in storage.yaml, where each has its dead letters under `<name>-dead`.
QUEUES = (
    "uploads", "fast", "transcode", "background", "finish", "feeds", "admin-jobs", "job-events",
    "watch-events",
)  # fmt: skip
REGULAR = ("train", "backup", "integrity", "archive", "retention", "seal-audit", "recount")
DEAD_AT_ONCE = 10


@dataclass(frozen=True)
class Health:
    """The state of everything that works in the background; times in seconds."""

    as_of: datetime
    queues: dict[str, QueueState]
    breakers: dict[str, BreakerState]
    outbox_waiting: int
    outbox_age_seconds: float
    feed_lag_seconds: float | None
    analytics_lag_seconds: float | None
    last_jobs: dict[str, datetime | None]


def read(context: Context) -> Health:
    """Return how the platform is now."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        waiting, oldest = job_store.read_outbox(transaction)
        tended_at = job_store.read_feed_tended(transaction)
        last_jobs = {name: job_store.last_done(transaction, name) for name in REGULAR}
    return Health(
        as_of=now,
        queues={name: context.queues.state(_url(context, name)) for name in QUEUES},
        breakers={name: breaker.read(context, name) for name in Breaker},
        outbox_waiting=waiting,
        outbox_age_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        feed_lag_seconds=(now - tended_at).total_seconds() if tended_at else None,
        analytics_lag_seconds=rolling.lag_seconds(context),
        last_jobs=last_jobs,
    )


def list_dead(context: Context, queue: str) -> list[DeadLetter]:
    """Return some of a queue's dead letters, which stay there. Raises Problem `not_found`."""
    return context.queues.peek(f"{_url(context, queue)}-dead", DEAD_AT_ONCE)


def redrive(context: Context, session: Session, queue: str) -> int:
    """Send a queue's dead letters to it again, and return how many.

    Each is sent before it is removed: a crash in between delivers it twice, which every consumer
    stands.
    """
    url = _url(context, queue)
    moved = context.queues.move_all(f"{url}-dead", url)
    with context.database.transaction() as transaction:
        detail = {"messages": moved}
        audit.append(
            context, transaction, session, action="redrive", target=f"queue:{queue}", detail=detail
        )
    return moved


def force_breaker(context: Context, session: Session, name: str, forced: Forced) -> BreakerState:
    """Open or close a breaker, or leave it to itself again. Raises Problem `not_found`."""
    if name not in set(Breaker):
        raise not_found("breaker")
    key = breaker.FORCED[Breaker(name)].key
    configuration.change(context, session, None, {key: forced.value}, f"breaker {forced}")
    return breaker.read(context, Breaker(name))


def _url(context: Context, queue: str) -> str:
    if queue not in QUEUES:
        raise not_found("queue")
    uploads = context.settings.uploads_queue_url
    return uploads.removesuffix("uploads") + queue

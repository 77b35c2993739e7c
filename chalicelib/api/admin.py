"""How the platform does, and what the operators start: figures, health, dead letters, jobs."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from chalicelib.accounts.models import Action
from chalicelib.admin import health, jobs
from chalicelib.admin.models import Job
from chalicelib.analytics import platform
from chalicelib.analytics.models import PlatformReport
from chalicelib.api.paging import WholeNumber
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.schemas import Moment
from chalicelib.api.validation import Input
from chalicelib.feed.experiments import LayerReport
from chalicelib.platform.breaker import Forced, State
from chalicelib.platform.limits import LimitClass


class PlatformQuery(Input):
    """How many days, today included."""

    days: Annotated[WholeNumber, Field(ge=1, le=60)] = 7


class JobParams(Input):
    """What a job may be told: of `replay` the time it is about, or else it is the last 24 hours."""

    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: AwareDatetime | None = None


class JobOrder(Input):
    """How a job is to be done; a dry run only says what it would do."""

    dry_run: bool = False
    params: JobParams = JobParams()


class DailyCount(BaseModel):
    """A figure of a day, in UTC."""

    day: str
    value: int


class SampleRatio(BaseModel):
    """How likely the shares of an experiment's variants are by chance, and whether to trust it."""

    p: float | None
    trustworthy: bool


class ShownLayer(BaseModel):
    """An experiment and what came of its variants."""

    layer: str
    sample_ratio: SampleRatio
    variants: list[dict[str, Any]]


class PlatformAnalytics(BaseModel):
    """The platform's figures; `feed_health` are shares and rates between 0 and 1."""

    as_of: Moment
    days: int
    daily_actives: list[DailyCount]
    uploads: int
    published: int
    failures: dict[str, int]
    watch_time_ms: int
    feed_health: dict[str, Any]
    experiments: list[ShownLayer]


class ShownJob(BaseModel):
    """A job: how far it is, and what came of it."""

    id: str
    name: str
    state: str
    dry_run: bool
    params: dict[str, Any]
    percent: int
    result: dict[str, Any] | None
    error: str | None
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


class QueueHealth(BaseModel):
    """How many messages wait, are being worked on, and have died; null where SQS doesn't say."""

    depth: int | None
    in_flight: int | None
    dead_letters: int | None


class BreakerOrder(Input):
    """What is to be made of a breaker; `auto` leaves it to itself."""

    state: Forced


class BreakerHealth(BaseModel):
    """Whether calls go through, and whether somebody has made it so."""

    state: State
    forced: Forced


class Lags(BaseModel):
    """How far behind what follows other things is, in seconds; null where nothing waits.

    Figures of analytics are right meanwhile: what isn't rolled up is counted when it is asked for.
    """

    outbox_seconds: float
    feed_seconds: float | None
    analytics_seconds: float | None


class PlatformHealth(BaseModel):
    """How everything in the background is."""

    as_of: Moment
    queues: dict[str, QueueHealth]
    breakers: dict[str, BreakerHealth]
    outbox_waiting: int
    lags: Lags
    last_jobs: dict[str, Moment | None]


class ShownDeadLetter(BaseModel):
    """A message that nobody could do anything with; `code` says why, if it was never tried again.

    Without one, the message failed as often as it was tried.
    """

    id: str
    body: str
    receive_count: int
    sent_at: Moment
    code: str | None


class DeadLetters(BaseModel):
    """Some of a queue's dead letters."""

    items: list[ShownDeadLetter]


class Redriven(BaseModel):
    """How many dead letters were sent to their queue again."""

    redriven: int


@endpoint(
    "GET",
    "/admin/analytics",
    allow=Action.VIEW_ALL_ANALYTICS,
    limit=LimitClass.ADMIN,
    query=PlatformQuery,
    response=PlatformAnalytics,
)
def read_platform_analytics(request: Request, *, query: PlatformQuery) -> Reply:
    """Return how the platform does: people, uploads, watching, the feed and its experiments."""
    return Reply(_show(platform.report(request.context, query.days)))


@endpoint(
    "POST",
    "/admin/jobs/{job}",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    body=JobOrder,
    response=ShownJob,
    status=202,
    problems=("not_found", "validation_failed"),
    idempotent=True,
    links={"read_job": ("job", "/id")},
)
def start_job(request: Request, *, body: JobOrder) -> Reply:
    """Have a job done in the background."""
    params = body.params.model_dump(mode="json", by_alias=True, exclude_none=True)
    job = jobs.start(
        request.context,
        request.params["job"],
        dry_run=body.dry_run,
        params=params,
        session=request.caller,
    )
    return Reply(_show_job(job), 202)


@endpoint(
    "GET",
    "/admin/jobs/{job}",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    response=ShownJob,
    problems=("not_found",),
)
def read_job(request: Request) -> Reply:
    """Tell how far a job is, and what came of it."""
    return Reply(_show_job(jobs.find(request.context, request.params["job"])))


@endpoint(
    "GET",
    "/admin/health",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    response=PlatformHealth,
)
def read_health(request: Request) -> Reply:
    """Tell how full the queues are, what lags and what ran last."""
    found = health.read(request.context)
    shown = PlatformHealth(
        as_of=found.as_of,
        queues={name: QueueHealth(**vars(state)) for name, state in found.queues.items()},
        breakers={name: BreakerHealth(**vars(one)) for name, one in found.breakers.items()},
        outbox_waiting=found.outbox_waiting,
        lags=Lags(
            outbox_seconds=found.outbox_age_seconds,
            feed_seconds=found.feed_lag_seconds,
            analytics_seconds=found.analytics_lag_seconds,
        ),
        last_jobs=found.last_jobs,
    )
    return Reply(shown)


@endpoint(
    "GET",
    "/admin/dlq/{queue}",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    response=DeadLetters,
    problems=("not_found",),
)
def read_dead_letters(request: Request) -> Reply:
    """Show some of a queue's dead letters."""
    found = health.list_dead(request.context, request.params["queue"])
    return Reply(DeadLetters(items=[ShownDeadLetter(**vars(one)) for one in found]))


@endpoint(
    "POST",
    "/admin/dlq/{queue}/redrive",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    response=Redriven,
    problems=("not_found",),
)
def redrive(request: Request) -> Reply:
    """Send a queue's dead letters to it again."""
    moved = health.redrive(request.context, request.caller, request.params["queue"])
    return Reply(Redriven(redriven=moved))


@endpoint(
    "POST",
    "/admin/breakers/{breaker}",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    body=BreakerOrder,
    response=BreakerHealth,
    problems=("not_found",),
)
def force_breaker(request: Request, *, body: BreakerOrder) -> Reply:
    """Open or close a circuit breaker by hand, or leave it to itself again."""
    name = request.params["breaker"]
    found = health.force_breaker(request.context, request.caller, name, body.state)
    return Reply(BreakerHealth(**vars(found)))


def _show_job(job: Job) -> ShownJob:
    return ShownJob(**asdict(job))


def _show(report: PlatformReport) -> PlatformAnalytics:
    return PlatformAnalytics(
        as_of=report.as_of,
        days=report.days,
        daily_actives=[
            DailyCount(day=one.day.isoformat(), value=one.value) for one in report.daily_actives
        ],
        uploads=report.uploads,
        published=report.published,
        failures=dict(report.failures),
        watch_time_ms=report.watch_time_ms,
        feed_health=asdict(report.feed_health),
        experiments=[_show_layer(layer) for layer in report.experiments],
    )


def _show_layer(layer: LayerReport) -> ShownLayer:
    return ShownLayer(
        layer=layer.name,
        sample_ratio=SampleRatio(p=layer.sample_ratio_p, trustworthy=layer.is_trustworthy),
        variants=[asdict(variant) for variant in layer.variants],
    )

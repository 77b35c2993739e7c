"""For those who look after the platform."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from chalicelib.accounts.models import Action
from chalicelib.admin import jobs
from chalicelib.admin.models import Job
from chalicelib.analytics import platform
from chalicelib.analytics.models import PlatformReport
from chalicelib.api.paging import WholeNumber
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.schemas import utc
from chalicelib.api.validation import Input
from chalicelib.feed.experiments import LayerReport


class PlatformQuery(Input):
    """How many days, today included."""

    days: Annotated[WholeNumber, Field(ge=1, le=60)] = 7


@endpoint("GET", "/admin/analytics", allow=Action.VIEW_ALL_ANALYTICS, query=PlatformQuery)
def read_platform_analytics(request: Request, *, query: PlatformQuery) -> Reply:
    """Return how the platform does: people, uploads, watching, the feed and its experiments."""
    return Reply(_show(platform.report(request.context, query.days)))


class JobOrder(Input):
    """How a job is to be done; a dry run only says what it would do."""

    dry_run: bool = False
    params: dict[str, Any] = Field(default_factory=dict, max_length=0)


@endpoint("POST", "/admin/jobs/{job}", allow=Audience.ADMINS, body=JobOrder, idempotent=True)
def start_job(request: Request, *, body: JobOrder) -> Reply:
    """Have a job done in the background."""
    name, by = request.params["job"], request.caller.user_row_id
    return Reply(_show_job(jobs.start(request.context, name, dry_run=body.dry_run, by=by)), 202)


@endpoint("GET", "/admin/jobs/{job}", allow=Audience.ADMINS)
def read_job(request: Request) -> Reply:
    """Tell how far a job is, and what came of it."""
    return Reply(_show_job(jobs.find(request.context, request.params["job"])))


def _show_job(job: Job) -> dict[str, Any]:
    moments = ("created_at", "started_at", "ended_at")
    shown = {name: getattr(job, name) and utc(getattr(job, name)) for name in moments}
    return {**asdict(job), **shown}


def _show(report: PlatformReport) -> dict[str, Any]:
    return {
        "as_of": utc(report.as_of),
        "days": report.days,
        "daily_actives": [
            {"day": one.day.isoformat(), "value": one.value} for one in report.daily_actives
        ],
        "uploads": report.uploads,
        "published": report.published,
        "failures": report.failures,
        "watch_time_ms": report.watch_time_ms,
        "feed_health": asdict(report.feed_health),
        "experiments": [_show_layer(layer) for layer in report.experiments],
    }


def _show_layer(layer: LayerReport) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "sample_ratio": {"p": layer.sample_ratio_p, "trustworthy": layer.is_trustworthy},
        "variants": [asdict(variant) for variant in layer.variants],
    }

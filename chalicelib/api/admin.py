"""For those who look after the platform."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from chalicelib.accounts.models import Action
from chalicelib.analytics import platform
from chalicelib.analytics.models import PlatformReport
from chalicelib.api.paging import WholeNumber
from chalicelib.api.requests import Request
from chalicelib.api.routing import Reply, endpoint
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

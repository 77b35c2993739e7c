"""How a creator's videos do."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from chalicelib.accounts.models import Action
from chalicelib.analytics import creators
from chalicelib.analytics.models import Exposure, Figures
from chalicelib.api import schemas
from chalicelib.api.fields import Said
from chalicelib.api.paging import Page, read_moment, whole_number, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.platform.limits import LimitClass
from chalicelib.videos.delivery import media_urls

Metric = Literal[
    "impressions", "views", "unique_viewers", "watch_time_ms", "full_watches", "likes", "comments",
    "shares", "saves", "profile_views", "followers_gained",
]  # fmt: skip
EXPORTED: tuple[Metric, ...] = (
    "impressions", "views", "unique_viewers", "watch_time_ms", "full_watches", "likes", "comments",
    "shares", "saves", "profile_views", "followers_gained",
)  # fmt: skip
Days = Annotated[Literal[7, 28, 60, 365], BeforeValidator(whole_number)]


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("use a time zone of the IANA's, such as Europe/Berlin") from error


Zone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_known_zone)]


class SpanQuery(Input):
    """Whose figures, over how many days, today included; days begin where the time zone says."""

    days: Days = 28
    timezone: Zone = "UTC"
    user_id: Annotated[str, Field(min_length=1, max_length=64), Said] | None = None


class SeriesQuery(SpanQuery):
    """A metric by hour or by day."""

    metric: Metric
    grain: Literal["hour", "day"] = "day"


class VideosQuery(Page):
    """Whose videos' figures, over how many days."""

    days: Days = 28
    timezone: Zone = "UTC"
    user_id: Annotated[str, Field(min_length=1, max_length=64), Said] | None = None


class VideoQuery(Input):
    """Over how many days."""

    days: Days = 28
    timezone: Zone = "UTC"


class ExportQuery(SpanQuery):
    """A table of all metrics by day."""

    format: Literal["csv"] = "csv"


class ShownFigures(BaseModel):
    """What videos came to.

    An impression is a video shown, at least half of it for at least 200 ms; it counts when it was
    shown. A view is a second played, or the whole of a shorter video, once per viewer, video and
    half hour. A full watch reaches 95 % of the length; watch time is cut to the time that passed
    and to ten times the length. Rates are between 0 and 1, and like averages over all showings that
    were watched; null before anybody did. Unique viewers are exact up to 2,000; above, they are
    estimated with a standard error of 0.81 %.
    """

    impressions: int
    views: int
    unique_viewers: int
    watch_time_ms: int
    average_watch_ms: float | None
    completion_rate: float | None
    likes: int
    comments: int
    shares: int
    saves: int
    profile_views: int

    @classmethod
    def of(cls, figures: Figures) -> "ShownFigures":
        """Show figures."""
        return cls(**vars(figures))


class PreviousFigures(ShownFigures):
    """The same of as many days before."""

    followers_gained: int


class CreatorOverview(ShownFigures):
    """How a creator's videos did up to `as_of`."""

    as_of: schemas.Moment
    followers_gained: int
    previous: PreviousFigures


class Point(BaseModel):
    """A metric in the hour or day that begins then."""

    at: schemas.Moment
    value: int


class Series(BaseModel):
    """A metric over time."""

    as_of: schemas.Moment
    points: list[Point]


class VideoFigures(ShownFigures):
    """A video and what it came to."""

    video: schemas.Video


class VideoFiguresPage(BaseModel):
    """A page of videos with their figures."""

    as_of: schemas.Moment
    items: list[VideoFigures]
    next_cursor: str | None


class Funnel(BaseModel):
    """From being shown to being followed up."""

    impressions: int
    views: int
    full_watches: int
    engaged: int
    profile_views: int


class ShownExposure(BaseModel):
    """How a video was tried out on people who didn't ask for it, and what came of it."""

    stage: str
    shown: int
    watch_through: float | None
    threshold: float | None
    decision: str

    @classmethod
    def of(cls, exposure: Exposure) -> "ShownExposure":
        """Show it."""
        return cls(**vars(exposure))


class VideoAnalytics(VideoFigures):
    """All there is to say about a video; `retention` is the share still watching each second."""

    as_of: schemas.Moment
    retention: list[float]
    sources: dict[str, int]
    funnel: Funnel
    exposure: ShownExposure | None


@endpoint(
    "GET",
    "/analytics/overview",
    allow=Action.VIEW_OWN_ANALYTICS,
    limit=LimitClass.READ,
    query=SpanQuery,
    response=CreatorOverview,
    problems=("not_found",),
)
def read_overview(request: Request, *, query: SpanQuery) -> Reply:
    """Sum up how a creator's videos did."""
    found = creators.overview(
        request.context,
        request.caller,
        user_id=query.user_id,
        days=query.days,
        zone=query.timezone,
    )
    previous = PreviousFigures(
        **vars(found.previous), followers_gained=found.previous_followers_gained
    )
    return Reply(
        CreatorOverview(
            **vars(found.figures),
            as_of=found.as_of,
            followers_gained=found.followers_gained,
            previous=previous,
        )
    )


@endpoint(
    "GET",
    "/analytics/series",
    allow=Action.VIEW_OWN_ANALYTICS,
    limit=LimitClass.READ,
    query=SeriesQuery,
    response=Series,
    problems=("not_found",),
)
def read_series(request: Request, *, query: SeriesQuery) -> Reply:
    """Return a metric of a creator's by hour or day."""
    points = _points(request, query, [query.metric], query.grain)
    shown = [Point(at=at, value=value) for at, (value,) in points]
    return Reply(Series(as_of=request.context.clock.now(), points=shown))


@endpoint(
    "GET",
    "/analytics/videos",
    allow=Action.VIEW_OWN_ANALYTICS,
    limit=LimitClass.READ,
    query=VideosQuery,
    response=VideoFiguresPage,
    problems=("not_found",),
)
def list_video_figures(request: Request, *, query: VideosQuery) -> Reply:
    """List a creator's published videos with what they came to, the newest first."""
    filters = f"figures {query.user_id} {query.days} {query.timezone}"
    rows, last = creators.by_video(
        request.context,
        request.caller,
        user_id=query.user_id,
        days=query.days,
        zone=query.timezone,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit,
    )
    media = media_urls(request.context)
    items = [
        VideoFigures(**vars(figures), video=schemas.Video.of(video, media))
        for video, figures in rows
    ]
    cursor = write_moment(request, filters, last.created_at, last.row_id) if last else None
    as_of = request.context.clock.now()
    return Reply(VideoFiguresPage(as_of=as_of, items=items, next_cursor=cursor))


@endpoint(
    "GET",
    "/analytics/videos/{video_id}",
    allow=Action.VIEW_OWN_ANALYTICS,
    limit=LimitClass.READ,
    query=VideoQuery,
    response=VideoAnalytics,
    problems=("not_found",),
)
def read_video_analytics(request: Request, *, query: VideoQuery) -> Reply:
    """Tell all there is to say about how a video does."""
    found = creators.of_video(
        request.context,
        request.caller,
        request.params["video_id"],
        days=query.days,
        zone=query.timezone,
    )
    figures = found.figures
    funnel = Funnel(
        impressions=figures.impressions,
        views=figures.views,
        full_watches=found.full_watches,
        engaged=figures.likes + figures.comments + figures.shares + figures.saves,
        profile_views=figures.profile_views,
    )
    return Reply(
        VideoAnalytics(
            **vars(figures),
            as_of=found.as_of,
            video=schemas.Video.of(found.video, media_urls(request.context)),
            retention=list(found.retention),
            sources=dict(found.sources),
            funnel=funnel,
            exposure=ShownExposure.of(found.exposure) if found.exposure else None,
        )
    )


@endpoint(
    "GET",
    "/analytics/export",
    allow=Action.VIEW_OWN_ANALYTICS,
    limit=LimitClass.READ,
    query=ExportQuery,
    response=str,
    media_type="text/csv",
    problems=("not_found",),
)
def export_analytics(request: Request, *, query: ExportQuery) -> Reply:
    """Return all metrics of a creator's by day, as a table."""
    points = _points(request, query, EXPORTED, "day")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["day", *EXPORTED])
    zone = ZoneInfo(query.timezone)
    for at, values in points:
        writer.writerow([at.astimezone(zone).date().isoformat(), *values])
    return Reply(text.getvalue(), headers={"Content-Type": "text/csv; charset=utf-8"})


def _points(
    request: Request, query: SpanQuery, metrics: Sequence[Metric], grain: str
) -> list[tuple[datetime, list[int]]]:
    given: dict[str, Any] = {"user_id": query.user_id, "days": query.days, "zone": query.timezone}
    return creators.series(request.context, request.caller, metrics=metrics, grain=grain, **given)

"""How a creator's videos do, up to this moment, today included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from chalicelib.accounts.models import Action, Session
from chalicelib.accounts.permissions import is_allowed
from chalicelib.accounts.relationships import find_known
from chalicelib.analytics import exposure_store
from chalicelib.analytics.grains import Grain
from chalicelib.analytics.models import Exposure, Figures, Overview, VideoReport
from chalicelib.analytics.reading import Span as Moments
from chalicelib.analytics.reading import read
from chalicelib.analytics.row_store import MOST_SECONDS, Of
from chalicelib.analytics.tallies import Tally
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import find_managed

SOURCES = ("for_you", "following", "profile", "search", "hashtag", "sound", "share", "other")


@dataclass(frozen=True)
class Span:
    """Some whole days of a time zone, today included."""

    since: datetime
    until: datetime
    days: int
    zone: str

    @property
    def before(self) -> "Span":
        """As many days before these."""
        first = self.since.astimezone(ZoneInfo(self.zone))
        since = _midnight(first - timedelta(days=self.days))
        return Span(since, self.since, self.days, self.zone)


def span(now: datetime, days: int, zone: str) -> Span:
    """Return the last days of a time zone up to now: until the quarter of an hour is over."""
    first = now.astimezone(ZoneInfo(zone)) - timedelta(days=days - 1)
    return Span(_midnight(first), Grain.QUARTER.after(Grain.QUARTER.floor(now)), days, zone)


def whose(transaction: Connection, session: Session, user_id: str | None) -> int:
    """Return the row id of whom figures are asked of.

    Raises Problem `forbidden` for somebody else's unless the caller may see all.
    """
    if user_id is None:
        return session.user_row_id
    person = find_known(transaction, user_id, session)
    own = person.row_id == session.user_row_id
    if not own and not is_allowed(session.role, Action.VIEW_ALL_ANALYTICS):
        raise Problem("forbidden", "Only the staff sees other people's figures.")
    return person.row_id


def overview(
    context: Context, session: Session, *, user_id: str | None, days: int, zone: str
) -> Overview:
    """Return a creator's figures."""
    now = context.clock.now()
    asked = span(now, days, zone)
    spans = [(asked.since, asked.until), (asked.before.since, asked.before.until)]
    with context.database.snapshot() as transaction:
        creator = whose(transaction, session, user_id)
        current, previous = read(transaction, Of.CREATOR, [creator], spans)[creator]
    return Overview(
        as_of=now,
        figures=_figures(current),
        followers_gained=current.of("followers_gained"),
        previous=_figures(previous),
        previous_followers_gained=previous.of("followers_gained"),
    )


def series(
    context: Context,
    session: Session,
    *,
    user_id: str | None,
    metrics: Sequence[str],
    days: int,
    grain: str,
    zone: str,
) -> list[tuple[datetime, list[int]]]:
    """Return metrics, in their order, by hour or day, the first first; zero where nothing was."""
    asked = span(context.clock.now(), days, zone)
    steps = _steps(asked, grain)
    spans: list[Moments] = list(pairwise([*steps, asked.until]))
    with context.database.snapshot() as transaction:
        creator = whose(transaction, session, user_id)
        viewers = "unique_viewers" in metrics
        tallies = read(transaction, Of.CREATOR, [creator], spans, viewers=viewers)[creator]
    values = [[tally.of(metric) for metric in metrics] for tally in tallies]
    return list(zip(steps, values, strict=True))


def by_video(
    context: Context,
    session: Session,
    *,
    user_id: str | None,
    days: int,
    zone: str,
    before: tuple[datetime, int] | None,
    limit: int,
) -> tuple[list[tuple[Video, Figures]], Video | None]:
    """Return a page of a creator's videos with their figures, the newest first.

    Also the last of them, where there are more.
    """
    asked = span(context.clock.now(), days, zone)
    with context.database.snapshot() as transaction:
        creator = whose(transaction, session, user_id)
        found = video_store.list_own(
            transaction, creator, status="published", before=before, limit=limit + 1
        )
        shown = found[:limit]
        ids = [video.row_id for video in shown]
        tallies = read(transaction, Of.VIDEO, ids, [(asked.since, asked.until)])
    rows = [(video, _figures(tallies[video.row_id][0])) for video in shown]
    return rows, shown[-1] if len(found) > limit else None


def of_video(
    context: Context, session: Session, video_id: str, *, days: int, zone: str
) -> VideoReport:
    """Return all there is to say about a video of the caller's, or for the staff anybody's."""
    now = context.clock.now()
    asked = span(now, days, zone)
    with context.database.snapshot() as transaction:
        video = find_managed(transaction, video_id, session)
        row_id, spans = video.row_id, [(asked.since, asked.until)]
        (tally,) = read(transaction, Of.VIDEO, [row_id], spans, detail=True)[row_id]
        exposure = exposure_store.read(transaction, row_id)
    return VideoReport(
        as_of=now,
        video=video,
        figures=_figures(tally),
        retention=retention(tally.seconds, (video.duration_ms or 0) // 1000),
        sources=_named(tally.sources),
        full_watches=tally.of("full_watches"),
        exposure=_exposure(exposure),
    )


def retention(watched: Mapping[int, int], seconds: int) -> list[float]:
    """Return the share still watching at each second, from 0 on.

    `watched` says how many showings were watched for how many whole seconds.
    """
    total = sum(watched.values())
    if not total:
        return []
    return [
        sum(n for second, n in watched.items() if second >= at) / total
        for at in range(min(seconds, MOST_SECONDS) + 1)
    ]


def _figures(tally: Tally) -> Figures:
    watched = tally.of("watched")
    return Figures(
        impressions=tally.of("impressions"),
        views=tally.of("views"),
        unique_viewers=tally.unique_viewers,
        watch_time_ms=tally.of("watch_time_ms"),
        average_watch_ms=tally.of("watch_time_ms") / watched if watched else None,
        completion_rate=tally.of("full_watches") / watched if watched else None,
        likes=tally.of("likes"),
        comments=tally.of("comments"),
        shares=tally.of("shares"),
        saves=tally.of("saves"),
        profile_views=tally.of("profile_views"),
    )


def _named(sources: Mapping[str, int]) -> dict[str, int]:
    named = dict.fromkeys(SOURCES, 0)
    for source, views in sources.items():
        named[source if source in named else "other"] += views
    return named


def _exposure(row: exposure_store.Row | None) -> Exposure | None:
    if row is None:
        return None
    judged = row["judged_at"] is not None
    return Exposure(
        stage=row["stage"],
        shown=row["shown"],
        watch_through=row["quantile_sum"] / row["viewings"] if row["viewings"] else None,
        threshold=row["standard"],
        decision=row["stage"] if judged else "pending",
    )


def _steps(asked: Span, grain: str) -> list[datetime]:
    """Return where each hour or day begins; a day may have 23 or 25 hours."""
    zone = ZoneInfo(asked.zone)
    at = asked.since
    steps = []
    while at < asked.until:
        steps.append(at)
        if grain == "hour":
            at = at + timedelta(hours=1)
        else:
            at = _midnight(at.astimezone(zone) + timedelta(days=1))
    return steps


def _midnight(moment: datetime) -> datetime:
    """Return where a moment's day begins, in its own time zone, as an instant in UTC."""
    naive = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return naive.astimezone(ZoneInfo("UTC"))

"""Creators' figures: exact, at once, right at the borders of days, and of nobody else's."""

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.analytics import creators
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import PASSWORD, NewClient
from tests.component.feed_world import World
from tests.fakes import FrozenClock
from tests.gateway import Client

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
def maker(context: Context, new_user: NewClient) -> Client:
    with context.database.transaction() as transaction:
        transaction.execute("SELECT ensure_monthly_partitions('playbacks', %s)", (NOON.date(),))
        transaction.execute("SELECT ensure_watch_history_partitions(%s)", (NOON.date(),))
        transaction.execute("SELECT ensure_feed_pages_partitions(%s)", (NOON.date(),))
    return new_user("maker", creator=True)


def watch(
    world: World, client: Client, share: float, *, kind: str = "progress", source: str = ""
) -> None:
    """Let somebody watch the first video of their feed."""
    item = client.get(f"/feed?limit=1{source}").json["items"][0]
    world.clock.advance(seconds=20)
    events = [
        {
            "id": str(uuid4()),
            "type": kind,
            "impression_token": item["impression_token"],
            "watch_ms": int(share * item["video"]["duration_ms"]),
            "at": world.clock.now().isoformat(),
        }
    ]
    assert client.post("/events", {"events": events}).json["accepted"] == 1


def log_in(client: Client) -> None:
    """Begin a session anew, for one lasts a week."""
    login = {"username": "maker", "password": PASSWORD}
    assert client.post("/auth/login", login).status == 200


def overview(client: Client, more: str = "") -> Any:
    answer = client.get(f"/analytics/overview?days=7{more}")
    assert answer.status == 200, answer.text
    return answer.json


def test_everything_that_happens_is_in_the_figures_at_once(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    video = publish_video(context, maker, "a clip")
    empty = overview(maker)
    assert (empty["views"], empty["completion_rate"], empty["average_watch_ms"]) == (0, None, None)
    ada, bert, nobody = new_user("ada"), new_user("bert"), Client()
    watch(world, ada, 1.0)
    watch(world, bert, 0.5)
    watch(world, nobody, 0.1, kind="skip")
    ada.put(f"/videos/{video}/like")
    ada.put(f"/videos/{video}/save")
    ada.put("/users/@maker/follow")
    headers = {"X-Idempotency-Key": uuid4().hex}
    assert bert.post(f"/videos/{video}/comments", {"text": "hi"}, headers=headers).status == 201
    for _ in range(2):
        assert bert.post(f"/videos/{video}/share", {"channel": "copy"}).json["share_count"] == 1
    found = overview(maker)
    assert {name: found[name] for name in (
        "impressions", "views", "unique_viewers", "watch_time_ms", "likes", "comments", "shares",
        "saves", "followers_gained",
    )} == {
        "impressions": 3, "views": 2, "unique_viewers": 2, "watch_time_ms": 8000, "likes": 1,
        "comments": 1, "shares": 1, "saves": 1, "followers_gained": 1,
    }  # fmt: skip
    assert found["completion_rate"] == 0.5
    assert found["average_watch_ms"] == 4000
    assert datetime.fromisoformat(found["as_of"]) == clock.now()
    ada.delete(f"/videos/{video}/like")
    assert overview(maker)["likes"] == 0


def test_a_video_tells_its_retention_sources_funnel_and_trial(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    video = publish_video(context, maker, "a clip #sea")
    for share in (1.0, 0.6, 0.6, 0.25):
        watch(world, new_user(), share)
    watch(world, Client(), 1.0, source="&source=hashtag:sea&mode=popular")
    found = maker.get(f"/analytics/videos/{video}?days=7").json
    assert found["retention"] == [1.0, 1.0, 0.8, 0.8, 0.4, 0.4]
    assert found["sources"]["for_you"] == 4
    assert found["sources"]["hashtag"] == 1
    assert found["funnel"] == {
        "impressions": 5, "views": 5, "full_watches": 2, "engaged": 0, "profile_views": 0,
    }  # fmt: skip
    assert found["exposure"]["stage"] == "testing"
    assert found["exposure"]["decision"] == "pending"
    assert found["exposure"]["shown"] == 4  # of those with an account
    (row,) = maker.get("/analytics/videos?days=7").json["items"]
    assert (row["video"]["id"], row["views"]) == (video, 5)


def test_days_begin_where_the_time_zone_says(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    publish_video(context, maker, "a clip")
    clock.advance(hours=11, minutes=59)  # 23:59 in UTC, tomorrow in Berlin
    watch(world, new_user(), 1.0)
    clock.advance(hours=1)

    def points(zone: str) -> dict[str, int]:
        path = f"/analytics/series?days=7&metric=views&timezone={zone}"
        found = maker.get(path).json["points"]
        assert len(found) == 7
        return {point["at"]: point["value"] for point in found if point["value"]}

    assert points("UTC") == {"2026-11-20T00:00:00.000Z": 1}
    assert points("Europe/Berlin") == {"2026-11-20T23:00:00.000Z": 1}
    hours = maker.get("/analytics/series?days=7&metric=views&grain=hour").json["points"]
    assert [point["at"] for point in hours if point["value"]] == ["2026-11-20T23:00:00.000Z"]
    assert maker.get("/analytics/series?metric=views&timezone=Mars/Base").status == 422


def test_a_day_of_25_hours_is_one_day() -> None:
    asked = creators.span(datetime(2026, 10, 27, 12, tzinfo=UTC), 7, "Europe/Berlin")
    days = creators._steps(asked, "day")
    assert len(days) == 7
    lengths = [(later - day) // timedelta(hours=1) for day, later in pairwise(days)]
    assert sorted(lengths) == [24, 24, 24, 24, 24, 25]
    assert asked.before.until == asked.since
    assert len(creators._steps(asked.before, "day")) == 7


def test_what_was_before_is_told_beside_it(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    publish_video(context, maker, "a clip")
    watch(world, new_user(), 1.0)
    clock.advance(days=6)
    log_in(maker)
    assert (overview(maker)["views"], overview(maker)["previous"]["views"]) == (1, 0)
    clock.advance(days=1)
    log_in(maker)
    assert (overview(maker)["views"], overview(maker)["previous"]["views"]) == (0, 1)


def test_the_same_viewer_counts_once_in_half_an_hour_and_as_one_viewer(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    publish_video(context, maker, "a clip")
    ada = new_user()
    watch(world, ada, 1.0)
    watch(world, ada, 1.0)
    clock.advance(minutes=31)
    watch(world, ada, 1.0)
    found = overview(maker)
    assert (found["impressions"], found["views"], found["unique_viewers"]) == (3, 2, 1)
    assert found["watch_time_ms"] == 15_000


def test_figures_are_ones_own_or_the_staffs(
    maker: Client, new_user: NewClient, moderator: Client, context: Context
) -> None:
    video = publish_video(context, maker, "a clip")
    other = new_user("other", creator=True)
    for path in ("overview", "videos", "series?metric=views", "export"):
        more = "&" if "?" in path else "?"
        asked = f"/analytics/{path}{more}user_id=@maker"
        assert maker.get(asked).status == 200
        assert moderator.get(asked).status == 200
        assert other.get(asked).status == 403
        assert new_user().get(f"/analytics/{path}").status == 403
    assert other.get(f"/analytics/videos/{video}").status == 404
    assert moderator.get(f"/analytics/videos/{video}").status == 200


def test_a_table_of_all_metrics_by_day(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    publish_video(context, maker, "a clip")
    watch(world, new_user(), 1.0)
    answer = maker.get("/analytics/export?days=7&format=csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["day"] for row in rows] == [f"2026-11-{day}" for day in range(14, 21)]
    assert (rows[-1]["views"], rows[-1]["watch_time_ms"], rows[0]["views"]) == ("1", "5000", "0")
    # Nothing that people have written is in it, so nothing that a spreadsheet would calculate.
    assert all(value[0].isdigit() for row in rows for value in row.values())


@pytest.mark.parametrize("query", ["days=8", "days=x", "timezone=", "metric=joy", "grain=week"])
def test_what_cant_be_asked_is_refused(maker: Client, query: str) -> None:
    base = "" if query.startswith("metric") else "metric=views&"
    assert maker.get(f"/analytics/series?{base}{query}").status == 422

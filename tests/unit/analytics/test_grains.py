"""Any span of any time zone is put together of buckets, without a gap and without an overlap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from chalicelib.analytics import creators
from chalicelib.analytics.grains import Cell, Grain, cover

GRAINS = tuple(Grain)
ZONES = (
    "UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo",
)  # fmt: skip


def check(cells: list[Cell], since: datetime, until: datetime, stale: list[datetime]) -> None:
    assert [cells[0].since, cells[-1].until] == [since, until]
    for one, following in pairwise(cells):
        assert one.until == following.since
    for cell in cells:
        assert cell.since < cell.until
        if cell.grain:
            assert cell.grain.floor(cell.since) == cell.since
            assert cell.grain.floor(cell.until) == cell.until
            assert not any(cell.since <= at < cell.until for at in stale)


@pytest.mark.parametrize("seed", range(200))
def test_a_span_is_covered_exactly(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - times, not secrets
    since = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(400_000))
    until = since + timedelta(minutes=random.randrange(1, random.choice((90, 5000, 600_000))))
    stale = sorted(
        Grain.QUARTER.floor(since + (until - since) * random.random())
        for _ in range(random.choice((0, 0, 1, 5, 40)))
    )
    grains = GRAINS[random.randrange(2) :]
    check(list(cover(since, until, grains, stale)), since, until, stale)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [7, 365])
def test_days_of_every_zone_need_no_rows(zone: str, days: int) -> None:
    """Also those of 23, 24.5 and 25 hours: rollups are enough for each of them."""
    for month in (1, 4, 7, 11):
        now = datetime(2026, month, 9, 12, 7, tzinfo=UTC)
        asked = creators.span(now, days, zone)
        steps = [*creators._steps(asked, "day"), asked.until]
        assert len(steps) == days + 1
        assert all(step.astimezone(ZoneInfo(zone)).hour == 0 for step in steps[:-1])
        for since, until in pairwise(steps):
            cells = list(cover(since, until, GRAINS, []))
            check(cells, since, until, [])
            assert all(cell.grain for cell in cells)


def test_a_year_needs_few_cells() -> None:
    asked = creators.span(datetime(2026, 11, 20, 12, 7, tzinfo=UTC), 365, "Asia/Kathmandu")
    assert len(list(cover(asked.since, asked.until, GRAINS, []))) <= 7

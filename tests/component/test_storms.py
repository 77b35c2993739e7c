"""Counts are exact whatever dies meanwhile; and the storm finds it where they aren't."""

from tests.component.races import scaled
from tests.storms import likes, views


def test_every_like_is_as_it_was_acknowledged() -> None:
    operations, clients = scaled(1200, 100_000), scaled(6, 32)
    outcome = likes.run(likes.Plan(operations, clients, kill_every=(0.3, 1.2)))
    assert outcome.wrong == []
    assert outcome.acknowledged == operations // clients * clients
    assert sum(outcome.kills.values()) > 0


def test_the_storm_finds_what_counts_by_reading_and_writing() -> None:
    plan = likes.Plan(operations=800, clients=6, videos=2, kill_every=(300, 301), naive=True)
    assert any("counts" in wrong for wrong in likes.run(plan).wrong)


def test_every_event_counts_once_however_often_it_comes() -> None:
    outcome = views.run(views.Plan(scaled(2400, 80_000), scaled(4, 16), kill_every=(0.3, 1.2)))
    assert outcome.wrong == []
    assert sum(outcome.kills.values()) > 0

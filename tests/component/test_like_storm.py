"""Likes are exact whatever dies meanwhile; and the storm finds it where they aren't."""

from tests.component.races import scaled
from tests.storms.likes import Plan, run


def test_every_like_is_as_it_was_acknowledged() -> None:
    plan = Plan(operations=scaled(1200, 100_000), clients=scaled(6, 32), kill_every=(0.3, 1.2))
    outcome = run(plan)
    assert outcome.wrong == []
    assert outcome.acknowledged == plan.operations // plan.clients * plan.clients
    assert sum(outcome.kills.values()) > 0


def test_the_storm_finds_what_counts_by_reading_and_writing() -> None:
    outcome = run(Plan(operations=800, clients=6, videos=2, kill_every=(300, 301), naive=True))
    assert any("counts" in wrong for wrong in outcome.wrong)

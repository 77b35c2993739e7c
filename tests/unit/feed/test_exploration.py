"""New videos: slots of their own, drawn fairly, and a verdict by what people watch."""

import numpy as np
import pytest

from chalicelib.feed.exploration import (
    Stage,
    Trial,
    draw,
    is_exploring_slot,
    judge,
    probability_better,
    under_quota,
)
from tests.unit.feed.tables import floats


def test_one_slot_in_ten_explores_and_never_one_of_the_first_three() -> None:
    slots = set()
    for feed in range(200):
        for decade in range(5):
            found = [
                slot
                for slot in range(10 * decade, 10 * decade + 10)
                if is_exploring_slot(f"feed{feed}", slot)
            ]
            assert len(found) == 1
            slots.add(found[0])
    assert min(slots) == 3
    assert len(slots) == 47


def test_newcomers_are_shown_three_new_videos_in_ten() -> None:
    for feed in range(50):
        slots = [slot for slot in range(30) if is_exploring_slot(f"feed{feed}", slot, 3)]
        assert [sum(slot // 10 == decade for slot in slots) for decade in range(3)] == [3, 3, 3]
        assert slots[0] >= 3


def test_no_creator_takes_more_than_their_part_of_exploration() -> None:
    creators = np.array([1] * 5 + list(range(2, 40)))
    shown = np.array([100] * 5 + [10] * 38)
    assert under_quota(creators, shown).tolist() == [False] * 5 + [True] * 38
    assert under_quota(np.array([1, 2]), np.array([5, 5])).all()


def _draw(feed: str, means: list[float], viewings: float = 20.0) -> int:
    count = len(means)
    drawn = draw(
        feed,
        5,
        means=floats(*means),
        viewings=np.full(count, viewings, np.float32),
        likeness=np.zeros(count, np.float32),
    )
    assert drawn is not None
    return drawn.place


def test_the_same_slot_draws_the_same_and_better_videos_are_drawn_more_often() -> None:
    means = [0.3, 0.5, 0.7]
    assert _draw("a", means) == _draw("a", means)
    drawn = np.bincount([_draw(f"feed{n}", means) for n in range(300)], minlength=3)
    assert drawn[2] > drawn[1] > drawn[0]
    assert drawn[1] > 0


def test_propensities_are_how_often_a_video_is_drawn() -> None:
    told: dict[int, list[float]] = {}
    for n in range(400):
        drawn = draw(
            f"feed{n}", 5, means=floats(0.45, 0.55),
            viewings=floats(15, 15), likeness=floats(0, 0),
        )  # fmt: skip
        assert drawn is not None
        told.setdefault(drawn.place, []).append(drawn.propensity)
    for given in told.values():
        assert np.mean(given) == pytest.approx(len(given) / 400, abs=0.08)


def test_only_the_nearest_come_into_question() -> None:
    likeness = np.zeros(50, np.float32)
    likeness[7:27] = 1
    for n in range(50):
        drawn = draw(
            f"feed{n}", 5, means=np.full(50, 0.5, np.float32),
            viewings=np.full(50, 10, np.float32), likeness=likeness,
        )  # fmt: skip
        assert drawn is not None
        assert 7 <= drawn.place < 27
    assert draw("x", 5, means=floats(), viewings=floats(), likeness=floats()) is None


@pytest.mark.parametrize(
    ("stage", "shown", "mean", "after"),
    [
        (Stage.TESTING, 99, 0.1, Stage.TESTING),
        (Stage.TESTING, 100, 0.2, Stage.DEMOTED),
        (Stage.TESTING, 100, 0.5, Stage.GROWING),
        (Stage.GROWING, 999, 0.9, Stage.GROWING),
        (Stage.GROWING, 1000, 0.6, Stage.OPEN),
        (Stage.GROWING, 1000, 0.45, Stage.DEMOTED),
        (Stage.GROWING, 1000, 0.5, Stage.GROWING),
        (Stage.GROWING, 2000, 0.5, Stage.OPEN),
        (Stage.OPEN, 5000, 0.1, Stage.OPEN),
        (Stage.DEMOTED, 5000, 0.9, Stage.DEMOTED),
    ],
)
def test_verdicts(stage: Stage, shown: int, mean: float, after: Stage) -> None:
    assert judge(Trial(stage, shown, shown, mean * shown), 0.5) is after


def test_the_more_is_watched_the_surer() -> None:
    few = probability_better(Trial(Stage.TESTING, 10, 10, 6.0), 0.5)
    many = probability_better(Trial(Stage.TESTING, 1000, 1000, 600.0), 0.5)
    assert 0.5 < few < many
    assert Trial(Stage.TESTING, 10, 10, 6.0).watch_through == 0.6
    assert Trial(Stage.TESTING, 10, 0, 0.0).watch_through is None

"""New videos: slots of their own, drawn fairly, and a verdict by what people watch."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from chalicelib.feed.exploration import (
    Drawn,
    Stage,
    Trial,
    Trials,
    draw,
    is_exploring_slot,
    judge,
    probability_better,
)
from tests.unit.feed.tables import floats

HOUR = timedelta(hours=1)


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


def trials(*means: float, viewings: float = 20.0, testing: bool = True) -> Trials:
    count = len(means)
    return Trials(
        quantile_sums=floats(*means) * np.float32(viewings),
        viewings=np.full(count, viewings, np.float32),
        priors=np.full(count, 0.5, np.float32),
        likeness=np.zeros(count, np.float32),
        creators=np.arange(count),
        testing=np.full(count, testing),
    )


def drawn(feed: str, of: Trials) -> Drawn:
    found = draw(feed, 5, of)
    assert found is not None
    return found


def shares(of: Trials, feeds: int = 600) -> list[float]:
    places = [drawn(f"feed{n}", of).place for n in range(feeds)]
    counts = np.bincount(places, minlength=len(of.viewings)) / feeds
    return [float(share) for share in counts]


def test_the_same_slot_draws_the_same_and_better_videos_are_drawn_more_often() -> None:
    three = trials(0.3, 0.5, 0.7)
    assert drawn("a", three) == drawn("a", three)
    found = shares(three)
    assert found[2] > found[1] > found[0]
    assert found[1] > 0


def test_propensities_are_how_often_a_video_is_drawn() -> None:
    two = trials(0.45, 0.55, viewings=15)
    given = [drawn(f"feed{n}", two) for n in range(400)]
    for place in range(2):
        told = [one.propensity for one in given if one.place == place]
        assert np.mean(told) == pytest.approx(len(told) / 400, abs=0.08)


def test_only_the_nearest_come_into_question() -> None:
    likeness = np.zeros(50, np.float32)
    likeness[7:27] = 1
    many = replace(trials(*[0.5] * 50), likeness=likeness)
    for n in range(50):
        assert 7 <= drawn(f"feed{n}", many).place < 27
    assert draw("x", 5, trials()) is None


def test_no_creator_has_more_than_one_video_in_a_draw() -> None:
    many = replace(
        trials(*[0.5] * 12, viewings=0), creators=np.array([1] * 10 + [2, 3]),
        likeness=floats(*[0.01] * 9, 0.03, 0.02, 0.02),
    )  # fmt: skip
    found = shares(many)
    assert sum(found[:9]) == 0
    assert found[9] == pytest.approx(1 / 3, abs=0.07)


def test_what_is_not_known_yet_has_its_chance_beside_what_is_known_to_be_good() -> None:
    both = replace(
        trials(0.5, 0.9), viewings=floats(0, 300), quantile_sums=floats(0, 270),
        testing=np.array([True, False]),
    )  # fmt: skip
    assert shares(both)[0] == pytest.approx(2 / 3, abs=0.06)
    assert shares(trials(0.9, testing=False)) == [1.0]


def test_of_two_as_good_the_one_that_fits_is_drawn_more_often() -> None:
    two = replace(trials(0.5, 0.5), likeness=floats(0.8, 0.2))
    assert shares(two)[0] > 0.9


def test_what_a_creator_has_reached_speaks_for_their_next_video() -> None:
    new = replace(trials(0.5, 0.5, viewings=0), priors=floats(0.2, 0.8))
    found = shares(new)
    assert found[1] > 2 * found[0] > 0


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
    assert judge(Trial(stage, shown, shown, mean * shown, HOUR), 0.5) is after


@pytest.mark.parametrize(
    ("stage", "days", "mean", "after"),
    [
        (Stage.TESTING, 1, 0.1, Stage.TESTING),
        (Stage.TESTING, 2, 0.1, Stage.DEMOTED),
        (Stage.TESTING, 2, 0.6, Stage.GROWING),
        (Stage.GROWING, 13, 0.9, Stage.GROWING),
        (Stage.GROWING, 14, 0.7, Stage.OPEN),
        (Stage.GROWING, 14, 0.5, Stage.GROWING),
        (Stage.GROWING, 28, 0.5, Stage.OPEN),
    ],
)
def test_nobody_waits_for_a_verdict_for_ever(
    stage: Stage, days: int, mean: float, after: Stage
) -> None:
    assert judge(Trial(stage, 40, 40, 40 * mean, timedelta(days=days)), 0.5) is after
    assert judge(Trial(Stage.TESTING, 0, 0, 0.0, timedelta(days=2)), 0.5) is Stage.GROWING


def test_the_more_is_watched_the_surer() -> None:
    few = probability_better(Trial(Stage.TESTING, 10, 10, 6.0, HOUR), 0.5)
    many = probability_better(Trial(Stage.TESTING, 1000, 1000, 600.0, HOUR), 0.5)
    assert 0.5 < few < many
    assert Trial(Stage.TESTING, 10, 10, 6.0, HOUR).watch_through == 0.6
    assert Trial(Stage.TESTING, 10, 0, 0.0, HOUR).watch_through is None

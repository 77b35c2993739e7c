"""Histories: in order, each video once, nobody's longer than what counts."""

import numpy as np
import pytest

from chalicelib.feed.learning.interactions import LONGEST, interactions
from tests.unit.feed.learning.planted import events


def test_events_are_sorted_by_user_and_time() -> None:
    found = interactions(
        np.array([1, 0, 1, 0], np.int32),
        np.array([5, 6, 7, 8], np.int32),
        np.array([9.0, 4.0, 3.0, 1.0]),
        n_users=2,
        n_items=9,
    )
    assert found.users.tolist() == [0, 0, 1, 1]
    assert found.items.tolist() == [8, 6, 7, 5]
    assert found.ages.tolist() == [1, 0, 1, 0]


def test_a_video_watched_twice_counts_once_where_it_came_last() -> None:
    found = events([[3, 1, 3, 2]], 4)
    assert found.items.tolist() == [1, 3, 2]
    assert found.viewers.tolist() == [0, 1, 1, 1]


def test_of_a_long_history_the_latest_events_count() -> None:
    found = events([list(range(LONGEST + 50)), [7]], LONGEST + 50)
    assert found.lengths.tolist() == [LONGEST, 1]
    assert found.items[:LONGEST].tolist() == list(range(50, LONGEST + 50))


def test_without_order_nothing_is_old() -> None:
    found = events([[1, 2, 3]], 4, ordered=False)
    assert not found.ordered
    assert found.ages.tolist() == [0, 0, 0]


@pytest.mark.parametrize("ordered", [True, False])
def test_one_event_of_each_history_is_held_out(ordered: bool) -> None:
    known, held = events([[1, 2, 3], [4], [5, 6]], 7, ordered=ordered).hold_out_last()
    assert held.users.tolist() == [0, 2]
    assert known.lengths.tolist() == [2, 1, 1]
    assert sorted([*known.items, *held.items]) == [1, 2, 3, 4, 5, 6]
    if ordered:
        assert held.items.tolist() == [3, 6]

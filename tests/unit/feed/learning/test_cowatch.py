"""What is watched together: near in time, in order, and nobody is the model."""

import numpy as np
import pytest

from chalicelib.feed.learning.cowatch import cowatch
from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.tables import Floats
from tests.unit.feed.learning.planted import chains, events


def table(
    found: Interactions, *, window: int, backward: float = 0.5, user_norm: float = 0.0
) -> Floats:
    made = cowatch(found, window=window, lag_decay=1.0, backward=backward, user_norm=user_norm)
    dense = np.zeros(made.shape, np.float32)
    dense[made.rows(), made.columns] = made.values
    return dense


def test_a_pair_weighs_by_its_distance_and_less_against_its_order() -> None:
    found = table(events([[0, 1, 2]], 3), window=2)
    assert found == pytest.approx(np.array([[0, 1, 0.5], [0.5, 0, 1], [0.25, 0.5, 0]]))


def test_what_is_further_apart_than_the_window_is_no_pair() -> None:
    found = table(events([[0, 1, 2, 3]], 4), window=1)
    assert found[0, 2] == found[0, 3] == found[3, 0] == 0


def test_whole_histories_count_alike_in_both_directions() -> None:
    found = table(events([[0, 1, 2], [2, 0]], 3, ordered=False), window=0)
    assert found == pytest.approx(np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]]))


def test_pairs_never_cross_from_one_user_to_the_next() -> None:
    found = table(events([[0, 1], [2, 3]], 4), window=4)
    assert found[1, 2] == found[2, 1] == 0


def test_who_watches_much_says_less_of_each_pair() -> None:
    found = table(events([[0, 1], [2, 3, 4, 5]], 6), window=1, user_norm=1.0)
    assert found[0, 1] == pytest.approx(1 / 2)
    assert found[2, 3] == pytest.approx(1 / 4)


def test_the_next_of_a_planted_chain_is_the_nearest() -> None:
    found = table(chains(300, 60, 6), window=4)
    assert (found.argmax(axis=1) == (np.arange(60) + 1) % 60).all()


def test_many_pairs_are_added_up_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = table(chains(40, 20, 6), window=4)
    monkeypatch.setattr("chalicelib.feed.learning.cowatch.PAIRS", 50)
    assert table(chains(40, 20, 6), window=4) == pytest.approx(whole, abs=1e-5)

"""Tuning: never worse than what is in force, the same again, and no look at what is known."""

import numpy as np
import pytest

from chalicelib.feed.learning.item_model import Parts, Settings, fit
from chalicelib.feed.learning.tuning import Tuned, measure, ndcg, recommend, tune, wanted_by
from tests.unit.feed.learning.planted import (
    PER_TOPIC,
    chains,
    events,
    topic_graph,
    topics,
)

GOOD = Settings(a=0.3, g=0.35, vector_weight=0.3, lag_decay=1.5, backward=1.0)
POOR = Settings(a=0.3, g=0.7, vector_weight=1.0, content_weight=0.8, window=16, tau=50.0)


def tuned(seed: int, trials: int, incumbent: Settings | None = None) -> Tuned:
    known, target = chains(150, 80, 6).hold_out_last()
    return tune(known, target, None, seed=seed, trials=trials, incumbent=incumbent)


@pytest.mark.parametrize("seed", range(4))
def test_the_result_is_never_worse_than_what_is_in_force(seed: int) -> None:
    known, target = topics(150, ordered=True).hold_out_last()
    found = tune(known, target, None, seed=seed, trials=4, incumbent=GOOD)
    model = fit(Parts(known, None, seed=seed), GOOD)
    in_force = measure(model, known, target, np.flatnonzero(target.lengths))
    assert found.incumbent_ndcg == pytest.approx(in_force)
    assert found.ndcg >= in_force


def test_a_single_trial_is_that_of_the_settings_in_force() -> None:
    found = tuned(1, 1, POOR)
    assert (found.settings, found.trials) == (POOR, 1)
    assert found.ndcg == found.incumbent_ndcg


def test_poor_settings_give_way_to_better_ones() -> None:
    found = tuned(1, 12, POOR)
    assert found.settings != POOR
    assert found.ndcg > (found.incumbent_ndcg or 0)


def test_the_figure_is_that_of_the_settings() -> None:
    known, target = chains(150, 80, 6).hold_out_last()
    found = tuned(2, 5)
    model = fit(Parts(known, None, seed=2), found.settings)
    assert measure(model, known, target, np.flatnonzero(target.lengths)) == pytest.approx(
        found.ndcg
    )


def test_the_same_seed_finds_the_same_settings() -> None:
    assert tuned(3, 6) == tuned(3, 6)


def test_time_ends_it_after_the_first_trial() -> None:
    known, target = chains(50, 40, 5).hold_out_last()
    assert tune(known, target, None, seed=1, trials=50, seconds=0).trials == 1


def test_progress_is_told() -> None:
    heard: list[tuple[int, int]] = []
    known, target = chains(50, 40, 5).hold_out_last()
    tune(known, target, None, seed=1, trials=4,
         progress=lambda done, total, _: heard.append((done, total)))  # fmt: skip
    assert heard == [(2, 4), (3, 4), (4, 4)]


def test_sets_without_order_are_tuned_without_it() -> None:
    known, target = topics(150, ordered=False).hold_out_last()
    found = tune(known, target, topic_graph(), seed=1, trials=8)
    assert found.settings.window == 0
    assert found.ndcg > 0.2


def test_what_somebody_knows_is_not_recommended() -> None:
    known = topics(100, ordered=True)
    users = np.arange(100)
    model = fit(Parts(known, None, seed=1), Settings())
    for user, top in zip(users, recommend(model, known, users), strict=True):
        own = known.items[known.users == user]
        assert not np.isin(top, own).any()
        assert np.mean(top // PER_TOPIC == own[0] // PER_TOPIC) > 0.5


def test_gain_is_that_of_the_places_of_what_was_wanted() -> None:
    top = np.arange(20)
    assert ndcg(top, np.array([0], np.int32)) == 1
    assert ndcg(top, np.array([1], np.int32)) == pytest.approx(1 / np.log2(3))
    assert ndcg(top, np.array([99], np.int32)) == 0
    assert ndcg(top, np.array([0, 1, 2], np.int32)) == pytest.approx(1)
    assert ndcg(top, np.arange(30, dtype=np.int32)) == pytest.approx(1)


def test_targets_are_those_of_each_user() -> None:
    found = wanted_by(events([[1], [], [2, 3]], 4), np.array([2, 0]))
    assert [part.tolist() for part in found] == [[2, 3], [1]]

"""The item model: votes add up, recent ones weigh more, and planted neighbours are found."""

from dataclasses import replace

import numpy as np
import pytest

from chalicelib.feed.learning.item_model import NEIGHBOURS, ItemModel, Parts, Settings, fit
from chalicelib.feed.tables import Floats
from tests.unit.feed.learning.planted import (
    PER_TOPIC,
    TOPICS,
    chains,
    events,
    topic_graph,
    topics,
)

ORDERED = Settings(window=4, lag_decay=1.0, backward=0.3, tau=2.0)


@pytest.fixture(scope="module")
def model() -> ItemModel:
    return fit(Parts(topics(300, ordered=True), topic_graph(), seed=1), ORDERED)


def weights(*values: float) -> Floats:
    return np.array(values, np.float32)


def test_a_planted_sequence_goes_on() -> None:
    made = fit(Parts(chains(400, 60, 6), None, seed=1), ORDERED)
    following = [int(made.scores(np.array([item]), weights(1.0)).argmax()) for item in range(60)]
    assert following == [(item + 1) % 60 for item in range(60)]


def test_scores_are_the_sums_of_what_single_events_give(model: ItemModel) -> None:
    items, worth = np.array([3, 40, 41]), weights(1.0, 0.5, -0.3)
    single = sum(model.scores(items[[k]], worth[[k]]) for k in range(3))
    assert model.scores(items, worth) == pytest.approx(single, abs=1e-6)


def test_no_events_score_nothing(model: ItemModel) -> None:
    assert not model.scores(np.zeros(0, np.int64), weights()).any()


def test_many_users_at_once_score_as_each_alone(model: ItemModel) -> None:
    watched = topics(300, ordered=True)
    together = model.score_users(watched, np.array([2, 7]))
    for row, user in enumerate((2, 7)):
        own = watched.where(watched.users == user)
        recency = np.exp(-own.ages / model.settings.tau).astype(np.float32)
        assert together[row] == pytest.approx(model.scores(own.items, recency), abs=1e-5)


def test_the_latest_event_decides() -> None:
    made = fit(Parts(topics(300, ordered=True), None, seed=1), ORDERED)
    watched = events([[0, 1, 2, 3, 5 * PER_TOPIC]], TOPICS * PER_TOPIC)
    best = made.score_users(watched, np.array([0]))[0].argmax()
    assert best // PER_TOPIC == 5


def test_a_video_that_was_worth_more_says_more(model: ItemModel) -> None:
    liked = events([[0]], TOPICS * PER_TOPIC, rewards=2.0)
    watched = events([[0]], TOPICS * PER_TOPIC, rewards=1.0)
    user = np.array([0])
    assert model.score_users(liked, user) == pytest.approx(2 * model.score_users(watched, user))


def test_the_served_form_is_the_formula() -> None:
    """Fewer than 100 neighbours each, so nothing is cut off and K can be written out."""
    watched = topics(200, ordered=True)
    graph = topic_graph()
    parts = Parts(watched, graph, seed=1)
    settings = replace(ORDERED, a=0.6, g=0.35, vector_weight=0.3, content_weight=0.2)
    n = np.maximum(watched.viewers, 1).astype(np.float64)
    votes, alike = np.zeros((2, len(n), len(n)))
    together, vectors = parts.cowatch(settings), parts.vectors()
    votes[together.rows(), together.columns] = together.values
    alike[graph.rows(), graph.columns] = graph.values
    inner = votes * n ** (0.35 - 0.5) + (0.3 * vectors @ vectors.T + 0.2 * alike) * n**0.35
    expected = n[:, None] ** -0.6 * inner
    made = fit(parts, settings)
    for item in (0, 31, 200):
        assert made.scores(np.array([item]), weights(1.0)) == pytest.approx(
            expected[item], rel=1e-3, abs=1e-5
        )


def test_of_many_neighbours_the_strongest_hundred_are_served() -> None:
    others = list(range(1, 151))
    histories = [[0, other] for other in others for _ in range(1 + (other > 50))]
    settings = Settings(window=1, backward=1.0, vector_weight=0.0, a=0.0, g=0.5)
    made = fit(Parts(events(histories, 151), None, seed=1), settings)
    assert made.neighbours.shape == (151, NEIGHBOURS)
    assert set(made.neighbours[0].tolist()) == set(range(51, 151))
    assert made.neighbours[1].tolist() == [0] + [-1] * (NEIGHBOURS - 1)


def test_content_reaches_what_nobody_has_watched() -> None:
    watched = topics(300, ordered=True)
    watched = watched.where(watched.items != 0)
    plain = fit(Parts(watched, None, seed=1), ORDERED)
    told = fit(Parts(watched, topic_graph(), seed=1), replace(ORDERED, content_weight=0.4))
    like = topic_graph()
    near = np.array([like.rows()[like.columns == 0][0]])
    assert plain.scores(near, weights(1.0))[0] == 0
    assert told.scores(near, weights(1.0))[0] > 0
    assert np.isfinite(told.vectors).all()


def test_the_same_events_and_seed_make_the_same_model() -> None:
    first, second = (
        fit(Parts(topics(100, ordered=True), topic_graph(), seed=4), ORDERED) for _ in range(2)
    )
    for name in ("vectors", "give", "take", "neighbours", "cowatch", "content"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()

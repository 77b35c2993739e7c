"""What videos are about: the like are found, and a new one is at home at once."""

import numpy as np
import pytest

from chalicelib.feed.learning.content import blend, content_graph, place_new, tf_idf
from chalicelib.feed.learning.factors import item_vectors, unit, watch_matrix
from chalicelib.feed.learning.sparse import sparse
from tests.unit.feed.learning.planted import PER_TOPIC, TOPICS, topic_graph, topic_words, topics
from tests.unit.feed.tables import axis


def test_rare_words_say_more_and_common_ones_nothing() -> None:
    rows = np.array([*range(10), 0, 1, 2, 0])
    words = np.array([0] * 10 + [1, 1, 1, 2])
    found = tf_idf(sparse(rows, words, np.ones(len(rows), np.float32), (20, 3)))
    rare = np.log([20 / 3, 20])
    assert found.values[:3] == pytest.approx([0, *(rare / np.hypot(*rare))], abs=1e-5)
    assert not found.values[found.columns == 0].any()


@pytest.mark.parametrize("kind", ["words", "dense", "both"])
def test_neighbours_are_of_the_same_topic(kind: str) -> None:
    random = np.random.default_rng(1)
    topic = np.arange(TOPICS * PER_TOPIC) // PER_TOPIC
    dense = random.standard_normal((TOPICS, 12))[topic] + 0.2 * random.standard_normal(
        (len(topic), 12)
    )
    graph = content_graph(
        None if kind == "dense" else topic_words(),
        None if kind == "words" else dense.astype(np.float32),
        nearest=10,
    )
    assert (np.diff(graph.starts) == 10).all()
    assert (topic[graph.rows()] == topic[graph.columns]).all()
    assert (graph.rows() != graph.columns).all()


def test_the_graph_is_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = topic_graph()
    monkeypatch.setattr("chalicelib.feed.learning.content.PRODUCTS", 700)
    again = topic_graph()
    assert again.columns.tolist() == whole.columns.tolist()
    assert again.values == pytest.approx(whole.values)


def test_a_new_video_lands_among_those_of_its_topic() -> None:
    """The last video of topic 3 has never been watched; all that is known of it are its words."""
    new, topic = 4 * PER_TOPIC - 1, 3
    watched = topics(400, ordered=False)
    watched = watched.where(watched.items != new)
    vectors = unit(item_vectors(watch_matrix(watched), seed=1, dimensions=TOPICS))
    words = np.zeros((TOPICS * PER_TOPIC, TOPICS * 4), np.float32)
    found = topic_words()
    words[found.rows(), found.columns] = found.values
    others = np.arange(len(words)) != new
    placed = place_new(words[others] @ words[new], vectors[others])
    nearest = np.flatnonzero(others)[np.argsort(-vectors[others] @ placed)[:20]]
    assert (nearest // PER_TOPIC == topic).all()


def test_what_is_like_nothing_has_no_place_yet() -> None:
    assert not place_new(np.zeros(5, np.float32), np.ones((5, 8), np.float32)).any()


def test_watchers_move_a_young_video_from_what_content_says() -> None:
    content, audience = axis(0), axis(1)
    towards = [float(blend(content, audience * watchers) @ audience) for watchers in (0, 1, 2, 8)]
    assert towards == sorted(towards)
    assert towards[0] == 0
    assert towards[2] == pytest.approx(np.sqrt(0.5))
    assert towards[3] > 0.95

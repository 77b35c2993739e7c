"""Made-up watching with a structure that a recommender has to find."""

import numpy as np

from chalicelib.feed.learning.content import content_graph, tf_idf
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.learning.sparse import Sparse, sparse

TOPICS, PER_TOPIC = 8, 30


def events(
    histories: list[list[int]], n_items: int, *, ordered: bool = True, rewards: float = 1.0
) -> Interactions:
    """Return what users have watched, one history each."""
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    items = np.array([item for history in histories for item in history], np.int32)
    return interactions(
        users.astype(np.int32),
        items,
        np.arange(len(items), dtype=np.float64) if ordered else None,
        n_users=len(histories),
        n_items=n_items,
        rewards=np.full(len(items), rewards, np.float32),
    )


def chains(n_users: int, n_items: int, length: int, *, seed: int = 0) -> Interactions:
    """Return users who each watch a run of items in their order, from anywhere in a circle."""
    starts = np.random.default_rng(seed).integers(0, n_items, n_users).tolist()
    return events([[(start + step) % n_items for step in range(length)] for start in starts],
                  n_items)  # fmt: skip


def topics(n_users: int, *, ordered: bool, length: int = 8, seed: int = 0) -> Interactions:
    """Return users who each watch items of one topic; item i is of topic i // PER_TOPIC."""
    random = np.random.default_rng(seed)
    histories = [
        (random.integers(TOPICS) * PER_TOPIC + random.permutation(PER_TOPIC)[:length]).tolist()
        for _ in range(n_users)
    ]
    return events(histories, TOPICS * PER_TOPIC, ordered=ordered)


def topic_words() -> Sparse:
    """Return tf-idf weights of items of which each has two of its topic's four words."""
    n_items = TOPICS * PER_TOPIC
    rows = np.repeat(np.arange(n_items), 2)
    which = np.stack([np.arange(n_items) % 4, (np.arange(n_items) // 4 + 1) % 4], 1)
    words = (np.arange(n_items)[:, None] // PER_TOPIC) * 4 + which
    counts = sparse(rows, words.ravel(), np.ones(len(rows), np.float32), (n_items, TOPICS * 4))
    return tf_idf(counts)


def topic_graph() -> Sparse:
    """Return the content graph of those words."""
    return content_graph(topic_words(), None, nearest=20)

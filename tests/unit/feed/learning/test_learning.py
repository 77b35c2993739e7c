"""The item model on small worlds whose structure is known."""

import numpy as np
import pytest

from chalicelib.feed.learning.content import blend, content_graph, place_new, tf_idf
from chalicelib.feed.learning.cowatch import cowatch
from chalicelib.feed.learning.factors import align, item_vectors, unit, watch_matrix
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.learning.item_model import Parts, Settings, fit
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.learning.tuning import measure, ndcg, tune
from tests.unit.feed.tables import floats

GROUPS, EACH = 4, 15  # of items; users watch those of one group, one after the other


def world(users: int = 80, seed: int = 0) -> Interactions:
    random = np.random.default_rng(seed)
    people, items, times = [], [], []
    for user in range(users):
        first = random.integers(0, EACH)
        for step in range(8):
            people.append(user)
            items.append((user % GROUPS) * EACH + (first + step) % EACH)
            times.append(float(step))
    return interactions(
        np.array(people, np.int32),
        np.array(items, np.int32),
        np.array(times),
        n_users=users,
        n_items=GROUPS * EACH,
    )


def test_histories_are_in_order_without_repeats_and_not_endless() -> None:
    users = np.array([1, 0, 1, 1, 0] + [2] * 300, np.int32)
    items = np.array([5, 6, 7, 5, 8, *range(300)], np.int32)
    times = np.array([3.0, 9, 1, 4, 2, *range(300)])
    made = interactions(users, items, times, n_users=3, n_items=300)
    assert made.items[made.users == 1].tolist() == [7, 5]
    assert made.items[made.users == 0].tolist() == [8, 6]
    assert made.items[made.users == 2].tolist() == list(range(100, 300))
    assert made.ages[made.users == 0].tolist() == [1, 0]
    known, held = made.hold_out_last()
    assert held.items.tolist() == [6, 5, 299]
    assert len(known.items) + len(held.items) == len(made.items)


def test_sparse_products_are_those_of_dense_matrices() -> None:
    random = np.random.default_rng(0)
    rows, columns = random.integers(0, 30, 200), random.integers(0, 20, 200)
    values = random.random(200).astype(np.float32)
    matrix = sparse(rows, columns, values, (30, 20))
    dense = np.zeros((30, 20), np.float32)
    np.add.at(dense, (rows, columns), values)
    other = random.random((20, 5)).astype(np.float32)
    assert matrix.times(other) == pytest.approx(dense @ other, abs=1e-5)
    assert matrix.transposed().times(np.eye(30, dtype=np.float32)) == pytest.approx(dense.T)
    best = matrix.top(2)
    assert np.diff(best.starts).max() <= 2
    assert best.values[best.rows() == 0] == pytest.approx(
        sorted(sorted(dense[0][dense[0] > 0])[-2:], key=lambda v: dense[0].tolist().index(v))
    )


def test_what_is_watched_next_gets_more_than_what_was_before() -> None:
    users, items = np.zeros(3, np.int32), np.array([0, 1, 2], np.int32)
    events = interactions(users, items, np.array([1.0, 2, 3]), n_users=1, n_items=3)
    together = cowatch(events, window=2, lag_decay=1.0, backward=0.25, user_norm=0.0)
    dense = together.times(np.eye(3, dtype=np.float32))
    assert dense == pytest.approx(np.array([[0, 1, 0.5], [0.25, 0, 1], [0.125, 0.25, 0]]))


def test_the_svd_is_exact_where_it_can_be_and_the_same_every_time() -> None:
    events = world()
    matrix = watch_matrix(events)
    vectors = item_vectors(matrix, seed=3)
    again = item_vectors(matrix, seed=3)
    assert np.array_equal(vectors, again)
    dense = matrix.times(np.eye(matrix.shape[1], dtype=np.float32))
    right = np.linalg.svd(dense)[2]
    rank = int((np.linalg.svd(dense)[1] > 1e-4).sum())
    ours = vectors[:, :rank]
    assert np.abs(ours.T @ ours - np.eye(rank)).max() < 1e-3
    assert np.linalg.norm(right[:rank] @ ours) == pytest.approx(np.sqrt(rank), rel=1e-2)


def test_a_turned_space_is_turned_back() -> None:
    random = np.random.default_rng(0)
    old = random.standard_normal((400, 128)).astype(np.float32)
    turn = np.linalg.qr(random.standard_normal((128, 128)))[0].astype(np.float32)
    new = old @ turn
    assert new @ align(new, old) == pytest.approx(old, abs=1e-3)


def _words(videos: list[list[int]], count: int) -> Sparse:
    rows = np.repeat(np.arange(len(videos)), [len(words) for words in videos])
    columns = np.concatenate([np.array(words) for words in videos])
    return sparse(rows, columns, np.ones(len(rows), np.float32), (len(videos), count))


def test_videos_with_the_same_rare_words_are_neighbours() -> None:
    everywhere = 10
    said = [[video // 2, everywhere] for video in range(20)]
    graph = content_graph(tf_idf(_words(said, 11)), None, nearest=3)
    for video in range(20):
        assert graph.columns[graph.rows() == video].tolist() == [video ^ 1]


def test_a_new_video_lands_where_its_like_are_and_its_watchers_move_it() -> None:
    known = np.eye(128, dtype=np.float32)[:3]
    placed = place_new(floats(0.9, 0.9, 0.0), known)
    assert placed[:3] == pytest.approx([0.707, 0.707, 0], abs=1e-3)
    watched = 10 * np.eye(128, dtype=np.float32)[2]
    assert blend(placed, watched)[2] > 0.9
    assert not place_new(floats(0, 0, 0), known).any()


def test_users_are_recommended_what_their_group_watches_next() -> None:
    events = world()
    model = fit(Parts(events, None, seed=1), Settings())
    scores = model.score_users(events, np.arange(GROUPS))
    for user in range(GROUPS):
        own = events.items[events.users == user]
        scores[user, own] = -np.inf
        best = np.argsort(-scores[user])[:5]
        assert (best // EACH == user % GROUPS).all()


def test_many_users_are_scored_as_each_of_them() -> None:
    events = world()
    graph = content_graph(
        tf_idf(_words([[item % 7, 10] for item in range(60)], 11)), None, nearest=5
    )
    model = fit(Parts(events, graph, seed=1), Settings(content_weight=0.4))
    together = model.score_users(events, np.array([5, 9]))
    for row, user in enumerate((5, 9)):
        mine = events.users == user
        weights = events.rewards[mine] * np.exp(-events.ages[mine] / 8.0).astype(np.float32)
        assert together[row] == pytest.approx(model.scores(events.items[mine], weights), abs=1e-5)


def test_tuning_is_never_worse_than_what_is_in_force() -> None:
    known, target = world().hold_out_last()
    incumbent = Settings(a=0.3, g=0.6, vector_weight=1.0, tau=50, window=16)
    tuned = tune(known, target, None, seed=1, trials=10, incumbent=incumbent)
    again = tune(known, target, None, seed=1, trials=10, incumbent=incumbent)
    assert tuned == again
    assert tuned.trials == 10
    assert tuned.incumbent_ndcg is not None
    assert tuned.ndcg >= tuned.incumbent_ndcg
    users = np.flatnonzero(target.lengths)
    model = fit(Parts(known, None, seed=1), tuned.settings)
    assert measure(model, known, target, users) == pytest.approx(tuned.ndcg)


def test_a_time_limit_ends_tuning_with_what_there_is() -> None:
    known, target = world().hold_out_last()
    assert tune(known, target, None, seed=1, trials=1000, seconds=0.0).trials == 1


def test_ndcg_is_that_of_the_textbook() -> None:
    top = np.array([3, 1, 7])
    assert ndcg(top, np.array([3], np.int32)) == 1
    assert ndcg(top, np.array([1], np.int32)) == pytest.approx(1 / np.log2(3))
    assert ndcg(top, np.array([9], np.int32)) == 0
    assert unit(floats(3, 4)) == pytest.approx([0.6, 0.8])

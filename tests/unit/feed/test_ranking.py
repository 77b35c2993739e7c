"""Scores that add up, slots that keep the rules, and pages whose size changes nothing."""

import numpy as np
import pytest

from chalicelib.feed import features, ranking
from chalicelib.feed.diversity import Mask, Shown
from chalicelib.feed.features import Affinities, Feature
from chalicelib.feed.ranking import Draw
from chalicelib.feed.scoring import score_parts
from chalicelib.feed.tables import Found, Ints, Neighbours, Pool, Space
from chalicelib.feed.taste import Event, rebuild
from tests.unit.feed.tables import axis, floats, videos

SPACE = Space(1, tau=4.0, vector_weight=0.5, scale=2.0)


def test_k_is_the_sum_over_events_of_votes_and_likeness() -> None:
    table = videos(3, vectors=np.stack([axis(0), axis(1), axis(0)]), take=np.array([1.0, 1, 3]))
    events = [Event(1, 50, 1.0, 0.0), Event(2, 51, 1.0, 0.0)]
    taste = rebuild(1, SPACE, events, {50: axis(0), 51: axis(1)})
    near = {51: Neighbours(np.array([3, 2, 99]), floats(0.2, 0.1, 9), floats(0.0, 0.4, 0))}
    parts = score_parts(table, taste, near, SPACE)
    old = np.exp(-1 / 4)
    assert parts.cowatch == pytest.approx([0, 0.2, 0.4])
    assert parts.content == pytest.approx([0, 0.8, 0])
    assert parts.vector == pytest.approx([old, 1, 3 * old])


def test_a_viewer_without_events_has_no_k() -> None:
    parts = score_parts(videos(2), None, {}, SPACE)
    assert parts.cowatch.tolist() == parts.vector.tolist() == [0, 0]


def test_scores_are_the_sum_of_weights_times_values() -> None:
    table = videos(4, appeal=np.array([0.1, 0.9, 0.5, 0.5]), hot=np.array([0.0, 0, 9, 0]))
    pool = Pool(table.ids, np.array([0, 0, 0, Found.FOLLOWING], np.uint16))
    parts = score_parts(table, None, {}, SPACE)
    made = features.build(pool, table, parts, affinity=Affinities(), now=0.0)
    weights = features.weights_of({})
    scores = ranking.score(made, weights)
    assert scores == pytest.approx([sum(row * weights) for row in made])
    assert scores[1] > scores[0]
    assert scores[2] > scores[0]
    assert scores[3] > scores[0]


def test_weights_of_unknown_features_are_refused() -> None:
    assert features.weights_of({"appeal": 2.0})[features.FEATURES.index(Feature.APPEAL)] == 2
    with pytest.raises(ValueError, match="charm: no such feature; there are cowatch"):
        features.weights_of({"charm": 1.0})


def test_affinities_are_shares_of_what_was_liked() -> None:
    table = videos(3, creators=np.array([8, 9, 8]), tags=np.array([[1, 2, 0, 0]] * 2 + [[3] * 4]))
    affinity = features.affinities(table, floats(1, 1, -5))
    assert affinity.creators == {8: 0.5, 9: 0.5}
    assert affinity.tags == {1: 1.0, 2: 1.0}
    assert affinity.sounds == {}


def _creators(chosen: list[ranking.Chosen], creators: Ints) -> list[int]:
    return [int(creators[item.row]) for item in chosen]


def test_creators_and_sounds_are_kept_apart() -> None:
    random = np.random.default_rng(0)
    creators, sounds = random.integers(1, 40, 600), random.integers(0, 30, 600)
    table = videos(600, creators=creators, sounds=sounds)
    chosen = ranking.fill(table, np.asarray(random.random(600)), first=0, count=100, shown=Shown())
    shown = _creators(chosen, creators)
    heard = [int(sounds[item.row]) for item in chosen]
    for place in range(100):
        assert shown[place] not in shown[max(0, place - 7) : place]
        assert shown[max(0, place - 19) : place].count(shown[place]) < 2
        assert not heard[place] or heard[place] not in heard[max(0, place - 4) : place]


def test_the_size_of_pages_changes_nothing() -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((300, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = videos(300, creators=random.integers(1, 30, 300), vectors=vectors)
    scores = random.random(300)
    whole = ranking.fill(table, scores, first=0, count=40, shown=Shown())
    rows = [item.row for item in whole[:15]]
    left = np.setdiff1d(np.arange(300), rows)
    rest = ranking.fill(
        table.take_rows(left.tolist()),
        scores[left],
        first=15,
        count=25,
        shown=Shown.of(table.take_rows(rows)),
    )
    assert [int(left[item.row]) for item in rest] == [item.row for item in whole[15:]]


def test_a_feed_of_one_creator_goes_on() -> None:
    table = videos(5, creators=np.full(5, 3))
    chosen = ranking.fill(table, np.arange(5.0), first=0, count=9, shown=Shown())
    assert [item.row for item in chosen] == [4, 3, 2, 1, 0]


def test_what_is_alike_comes_later() -> None:
    vectors = np.stack([axis(0), axis(0), axis(1)])
    table = videos(3, vectors=vectors)
    chosen = ranking.fill(table, np.array([1.0, 0.9, 0.8]), first=0, count=3, shown=Shown())
    assert [item.row for item in chosen] == [0, 2, 1]


def test_exploration_takes_the_slots_that_it_wants() -> None:
    def explore(slot: int, free: Mask) -> Draw | None:
        return Draw(int(np.flatnonzero(free)[0]), 0.25) if slot == 1 else None

    chosen = ranking.fill(
        videos(4), np.array([0.0, 1, 2, 3]), first=0, count=3, shown=Shown(), explore=explore
    )
    assert [item.row for item in chosen] == [3, 0, 2]
    assert [(item.explored, item.propensity) for item in chosen] == [
        (False, 1.0),
        (True, 0.25),
        (False, 1.0),
    ]

"""The order of the first feed."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.feed.candidates import interleave, unseen_first
from chalicelib.feed.models import Source

ROW_IDS = st.lists(st.integers(1, 50), unique=True, max_size=30)


@given(ROW_IDS, ROW_IDS)
def test_both_lists_come_in_turn_and_nothing_twice(newest: list[int], watched: list[int]) -> None:
    pool = [candidate.video_row_id for candidate in interleave(newest, watched)]
    assert len(pool) == len(set(pool))
    assert set(pool) == set(newest) | set(watched)
    if newest:
        assert pool[0] == newest[0]


@given(ROW_IDS, ROW_IDS)
def test_the_unseen_come_first_and_the_longest_unseen_before_the_rest(
    newest: list[int], seen: list[int]
) -> None:
    pool = list(interleave(newest, []))
    order = [candidate.video_row_id for candidate in unseen_first(pool, seen)]
    unseen = [row_id for row_id in newest if row_id not in seen]
    assert order == unseen + [row_id for row_id in seen if row_id in newest]


def test_the_source_is_kept() -> None:
    sources = [candidate.source for candidate in interleave([1], [2])]
    assert sources == [Source.NEWEST, Source.MOST_WATCHED]

"""The live state of a viewer: event by event it is what it would be from the beginning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.feed.tables import Space
from chalicelib.feed.taste import Event, rebuild, unpack
from tests.unit.feed.tables import axis

SPACE = Space(7, tau=4.0, vector_weight=0.3, scale=1.0)
GIVE_VECTORS = {video: axis(video, 0.5 + video / 10) for video in range(5)}

EVENTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 5), st.floats(-1, 2, width=32)), max_size=60
)


@given(EVENTS)
def test_live_updates_come_to_the_same_as_a_rebuilding(heard: list[tuple[int, int, float]]) -> None:
    live = rebuild(0, SPACE, [], GIVE_VECTORS)
    last: dict[int, Event] = {}
    for key, video, reward in heard:
        event = Event(key, last[key].video if key in last else video, reward, 0.0)
        last[key] = event
        live = live.heard(live.version + 1, event, GIVE_VECTORS.get(event.video))
    anew = rebuild(len(heard), SPACE, list(last.values()), GIVE_VECTORS)
    assert live.version == anew.version
    assert live.short == pytest.approx(anew.short, abs=1e-4)
    assert live.long == pytest.approx(anew.long, abs=1e-4)
    assert live.events.tolist() == anew.events.tolist()


def test_packing_keeps_everything() -> None:
    events = [Event(key, key % 5, 1.0, float(key)) for key in range(300)]
    taste = rebuild(3, SPACE, events, GIVE_VECTORS)
    packed = taste.pack()
    same = unpack(packed)
    assert len(packed) < 7000
    assert (same.version, same.space_id, same.tau) == (3, 7, 4.0)
    assert same.short == pytest.approx(taste.short)
    assert same.events.tolist() == taste.events.tolist()
    assert len(same.events) == 200


@pytest.mark.parametrize("data", [b"", b"nonsense", b"x" * 5000])
def test_anything_else_is_no_taste(data: bytes) -> None:
    with pytest.raises(ValueError, match="taste"):
        unpack(data)


def test_the_last_liked_videos_come_first_and_each_once() -> None:
    rewards = [(1, 0.9), (2, 0.1), (3, 0.8), (1, 0.7), (4, -1.0)]
    events = [Event(key, video, worth, 0.0) for key, (video, worth) in enumerate(rewards)]
    assert rebuild(1, SPACE, events, {}).positives(30).tolist() == [1, 3]


def test_recent_events_weigh_more() -> None:
    events = [Event(key, key, 1.0, 0.0) for key in range(3)]
    _, weights = rebuild(1, SPACE, events, {}).votes()
    assert weights == pytest.approx(np.exp([-2 / 4, -1 / 4, 0]))

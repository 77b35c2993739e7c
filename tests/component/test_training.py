"""Training on what people watched, and what viewers notice of it."""

import numpy as np
import pytest

from chalicelib.feed import candidate_store, space_store, training, upkeep
from chalicelib.platform.context import Context
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.component.test_feed_engine import ids, scroll, tags
from tests.fakes import FrozenClock


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


@pytest.fixture
def watched(world: World, new_user: NewClient) -> dict[str, list[str]]:
    """Two groups of viewers who each watch one kind of videos; no video says which it is."""
    made = {kind: world.publish("clips", creators=6, videos=3) for kind in ("a", "b")}
    for videos in made.values():
        for _ in range(6):
            client = new_user()
            for item in scroll(client, 30):
                if item["video"]["id"] in videos:
                    world.watch(client, item)
    return made


def test_people_are_shown_what_others_like_them_watched(
    context: Context, world: World, watched: dict[str, list[str]], new_user: NewClient
) -> None:
    figures = training.train(context)
    assert figures["events"] == 12 * 18
    client = new_user()
    page = client.get("/feed?limit=20").json
    seen = [item for item in page["items"] if item["video"]["id"] in watched["a"]][:4]
    for item in seen:
        world.watch(client, item)
    after = client.get("/feed?limit=10").json["items"]
    shown = [video for video in ids(after) if video in watched["a"]]
    assert len(shown) >= 7
    codes = [reason["code"] for item in after for reason in item["reasons"]]
    assert "similar_taste" in codes


def test_training_again_switches_the_space_and_drops_the_old_one(
    context: Context, watched: dict[str, list[str]], new_user: NewClient
) -> None:
    first = training.train(context)["run"]
    client = new_user()
    cursor = client.get("/feed?limit=5").json["next_cursor"]
    second = training.train(context)
    assert second["incumbent_ndcg"] is not None
    assert second["ndcg"] >= second["incumbent_ndcg"]
    with context.database.transaction() as transaction:
        assert space_store.find_space(transaction).id == second["run"]
        assert candidate_store.read_neighbours(transaction, np.arange(100), first) == {}
        runs = transaction.execute("SELECT state FROM model_runs ORDER BY id").fetchall()
    assert [run["state"] for run in runs] == ["retired", "champion"]
    assert client.get(f"/feed?limit=5&cursor={cursor}").json["items"]


def test_the_same_events_train_the_same_model(
    context: Context, watched: dict[str, list[str]]
) -> None:
    settings = []
    for _ in range(2):
        training.train(context)
        with context.database.transaction() as transaction:
            champion = space_store.find_champion(transaction, "items")
            assert champion is not None
            settings.append((champion["settings"], champion["metrics"]["ndcg"]))
    assert settings[0] == settings[1]


def test_there_is_a_model_before_anybody_has_watched(context: Context, world: World) -> None:
    assert training.train(context)["videos"] == 0
    world.publish("cooking", creators=3, videos=2)
    assert training.train(context)["videos"] == 6
    assert upkeep.tend(context)["videos_judged"] == 0


def test_what_is_watched_now_is_hot_and_cools_down(
    context: Context, world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=8, videos=1)
    client = new_user()
    chosen = client.get("/feed?limit=8").json["items"][-1]
    for _ in range(3):
        viewer = new_user()
        item = next(
            item for item in scroll(viewer, 10) if item["video"]["id"] == chosen["video"]["id"]
        )
        world.watch(viewer, item)
    upkeep.tend(context)
    assert ids(scroll(client, 5, query="&source=trending"))[0] == chosen["video"]["id"]
    assert upkeep.tend(context)["videos_heated"] == 0
    world.clock.advance(hours=24)
    assert upkeep.tend(context)["videos_heated"] == 1


def test_a_bad_new_video_is_demoted_and_a_good_one_goes_on(
    context: Context, world: World, new_user: NewClient
) -> None:
    good, bad = world.publish("any", creators=2, videos=1)
    with context.database.transaction() as transaction:
        for video, mean in ((good, 0.8), (bad, 0.2)):
            transaction.execute(
                "UPDATE video_features f SET shown = 100, viewings = 90, quantile_sum = 90 * %s"
                " FROM videos v WHERE v.id = f.video_id AND v.public_id = %s",
                (mean, video),
            )
    assert upkeep.tend(context)["videos_judged"] == 2
    with context.database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT v.public_id, f.stage::text AS stage FROM video_features f"
            " JOIN videos v ON v.id = f.video_id"
        ).fetchall()
    assert {row["public_id"]: row["stage"] for row in rows} == {good: "growing", bad: "demoted"}
    assert tags(scroll(new_user(), 5)) == ["any", "any"]

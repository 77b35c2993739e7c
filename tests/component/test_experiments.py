"""Experiments and the network of heads, from feeds to the figures that staff reads."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from chalicelib.feed import page_store, ranker_training, rankers
from chalicelib.feed.features import FEATURES, HEADS
from chalicelib.feed.page_store import ServedPage
from chalicelib.platform.context import Context
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.fakes import FrozenClock
from tests.gateway import Client

EXPERIMENT = {
    "feed.layers": [
        {
            "name": "fresh",
            "salt": "1",
            "variants": [
                {"name": "control", "share": 0.5},
                {"name": "more", "share": 0.5, "weights": {"freshness": 5.0}},
            ],
        }
    ]
}
INPUTS = len(FEATURES) - len(HEADS)


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


def variant_of(context: Context, feed_id: str) -> str:
    with context.database.transaction() as transaction:
        page = page_store.find_page(transaction, feed_id, 0)
    assert page is not None
    return page.variants["fresh"]


def test_variants_rank_differently_and_are_reported(
    context: Context, world: World, new_user: NewClient, admin: Client, moderator: Client
) -> None:
    changed = admin.patch("/admin/config", EXPERIMENT, headers={"If-Match": "*"})
    assert changed.status == 200, changed.text
    world.publish("any", creators=12, videos=2)
    variants = []
    for _ in range(8):
        client = new_user()
        page = client.get("/feed?limit=10").json
        variants.append(variant_of(context, page["feed_id"]))
        why = client.get(f"/feed/why/{page['items'][0]['impression_token']}").json
        weights = {part["feature"]: part["weight"] for part in why["contributions"]}
        assert weights["freshness"] == (5.0 if variants[-1] == "more" else 0.1)
        for item in page["items"]:
            world.watch(client, item)
    report = moderator.get("/admin/analytics?days=7").json
    layer = report["experiments"][0]
    assert (layer["layer"], layer["sample_ratio"]["trustworthy"]) == ("fresh", True)
    told = {variant["name"]: variant for variant in layer["variants"]}
    for name in ("control", "more"):
        assert told[name]["viewers"] == variants.count(name)
        assert told[name]["impressions"] == told[name]["viewings"] == 10 * variants.count(name)
    assert any(variant["equal_chance"] for variant in told.values())
    health = report["feed_health"]
    assert health["impressions"] == 80
    assert 0 < health["exploration"] < 0.5
    assert health["novelty"] == 1.0
    assert 0 < health["coverage"] <= 1
    assert 0 <= health["concentration"] < 1
    assert report["daily_actives"][-1]["value"] == 8
    assert (report["uploads"], report["published"], report["failures"]) == (24, 24, {})
    assert report["watch_time_ms"] == 80 * 5000


def test_only_staff_sees_the_platform_and_an_empty_one_has_figures_too(
    new_user: NewClient, moderator: Client, visitor: Client
) -> None:
    assert visitor.get("/admin/analytics").status == 401
    assert new_user(creator=True).get("/admin/analytics").status == 403
    report = moderator.get("/admin/analytics").json
    assert report["feed_health"]["coverage"] is None
    assert report["experiments"] == []
    assert moderator.get("/admin/analytics?days=61").status == 422


def plant(context: Context, rows: int, *, rewarded: bool, seed: int) -> None:
    """Log feeds of which no plain sum says what is watched, if the product of features does."""
    random = np.random.default_rng(seed)
    with context.database.transaction() as transaction:
        videos = [row["id"] for row in transaction.execute("SELECT id FROM videos").fetchall()]
        users = [row["id"] for row in transaction.execute("SELECT id FROM users").fetchall()]
        for number in range(rows // 10):
            values = np.zeros((10, len(FEATURES)))
            values[:, :INPUTS] = random.standard_normal((10, INPUTS)) * 0.3
            odds = 40 * values[:, 0] * values[:, 1] if rewarded else np.zeros(10)
            good = random.random(10) < 1 / (1 + np.exp(-odds))
            at = context.clock.now() - timedelta(minutes=(rows // 10 - number) * 3 + 1)
            user = int(random.choice(users))
            page_store.insert_page(
                transaction,
                ServedPage(
                    feed_id=f"planted{seed}.{number}", first=0, started_at=at, served_at=at,
                    viewer=f"u:{user}", user_row_id=user, source="for_you", mode="personal",
                    space_id=0, ranker_run_id=None, variants={}, video_ids=videos[:10],
                    found=[64] * 10, propensities=[1.0] * 10, scores=[0.0] * 10,
                    features=FEATURES, weights=[0.0] * len(FEATURES),
                    values=values.astype("<f8").tobytes(),
                ),
            )  # fmt: skip
            transaction.cursor().executemany(
                "INSERT INTO watch_history (user_id, video_id, impression_id, watch_duration_ms,"
                " completion_rate, skipped, quantile, reward, created_at)"
                " VALUES (%s, %s, %s, 1, %s, %s, %s, %s, date_trunc('milliseconds', %s))",
                [
                    (user, video, uuid4(), float(liked), not liked, 0.8 if liked else 0.1,
                     0.8 if liked else -0.2, at)
                    for video, liked in zip(videos[:10], good.tolist(), strict=True)
                ],
            )  # fmt: skip


def forget(context: Context) -> None:
    """Let a minute go by for the warm process."""
    rankers._KEPT.pop(context.database, None)


def test_a_network_is_in_force_while_it_orders_feeds_better_than_the_plain_sum(
    context: Context, world: World, new_user: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish("any", creators=5, videos=2)
    assert ranker_training.train(context) == {"slots": 0, "in_force": None}
    monkeypatch.setattr(ranker_training, "LEAST_SLOTS", 5000)
    plant(context, 8000, rewarded=True, seed=1)
    figures: dict[str, Any] = ranker_training.train(context)
    assert figures["champion"] is True
    assert figures["challenger"] > figures["plain"] + 0.05
    forget(context)
    viewer = new_user()
    page = viewer.get("/feed?limit=5").json
    with context.database.transaction() as transaction:
        served = page_store.find_page(transaction, page["feed_id"], 0)
    assert served is not None
    assert served.ranker_run_id == figures["run"]
    why = viewer.get(f"/feed/why/{page['items'][0]['impression_token']}").json
    parts = {part["feature"]: part for part in why["contributions"]}
    assert 0 < parts["p_watch"]["value"] < 1
    assert parts["p_negative"]["weight"] < 0
    total = sum(part["value"] * part["weight"] for part in why["contributions"])
    assert total == pytest.approx(why["score"], abs=1e-6)

    world.clock.advance(days=10)
    with context.database.transaction() as transaction:
        page_store.ensure_partitions(transaction, context.clock.now().date())
    plant(context, 8000, rewarded=False, seed=2)
    again = ranker_training.train(context)
    assert again["champion"] is False
    forget(context)
    with context.database.transaction() as transaction:
        in_force = rankers.load(context, transaction)
    assert in_force is None or again["incumbent"] >= again["plain"]

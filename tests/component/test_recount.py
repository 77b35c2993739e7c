"""Counts that have drifted are found and set right, also while people go on."""

from typing import Any
from uuid import uuid4

import pytest

from chalicelib.admin import jobs
from chalicelib.platform.context import Context
from chalicelib.upkeep.recount_store import COUNTS
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.races import fork, reconnect, unlimited
from tests.gateway import Client


@pytest.fixture
def video(context: Context, new_user: NewClient) -> str:
    """A video with one of everything that is counted."""
    maker, ada = new_user("maker", creator=True), new_user("ada")
    video = publish_video(context, maker, "a clip")
    for path in (f"/videos/{video}/like", f"/videos/{video}/save", "/users/@maker/follow"):
        assert ada.put(path).status == 200
    assert ada.post(f"/videos/{video}/share", {"channel": "copy"}).status == 200
    top = _comment(ada, video)
    _comment(maker, video, top)
    assert maker.put(f"/comments/{top}/like").status == 200
    return video


def _comment(client: Client, video: str, parent: str | None = None) -> str:
    body = {"text": "hello", **({"parent_id": parent} if parent else {})}
    headers = {"X-Idempotency-Key": uuid4().hex}
    return str(client.post(f"/videos/{video}/comments", body, headers=headers).json["id"])


def recount(context: Context, *, dry_run: bool = False) -> dict[str, Any]:
    job = jobs.start(context, "recount", dry_run=dry_run)
    jobs.run(context, job.id)
    done = jobs.find(context, job.id)
    assert done.error is None
    return dict(done.result or {})


def _plant(context: Context) -> None:
    with context.database.transaction() as transaction:
        for one in COUNTS:
            transaction.execute(
                f"UPDATE {one.table} SET {one.column} = {one.column} + 3"  # noqa: S608 - constants
            )


def test_what_has_drifted_is_named_and_set_right(context: Context, video: str) -> None:
    assert recount(context)["drifted"] == {}
    _plant(context)
    looked = recount(context, dry_run=True)
    assert set(looked["drifted"]) == {one.name for one in COUNTS}
    assert {sample["off_by"] for sample in looked["samples"]} == {3}
    assert recount(context)["drifted"] == looked["drifted"]
    assert recount(context)["drifted"] == {}
    stats = Client().get(f"/videos/{video}").json["stats"]
    assert (stats["likes"], stats["saves"], stats["shares"], stats["comments"]) == (1, 1, 1, 2)


def _toggle(given: tuple[Client, str, int]) -> None:
    client, video, times = given
    for n in range(times):
        path = f"/videos/{video}/like"
        assert (client.delete(path) if n % 2 else client.put(path)).status == 200


def test_counts_stay_right_while_people_go_on(
    context: Context, video: str, new_user: NewClient
) -> None:
    unlimited(context)
    people = [(new_user(), video, 41) for _ in range(4)]
    with fork.Pool(4, reconnect, (context,)) as pool:
        going = pool.map_async(_toggle, people, chunksize=1)
        while not going.ready():
            _plant(context)
            recount(context)
        going.get()
    recount(context)
    assert Client().get(f"/videos/{video}").json["stats"]["likes"] == 5
    assert recount(context)["drifted"] == {}

"""Every route, called by everybody, on things in every state: who may, and who may know.

One case is a request in a transaction that is taken back. What is expected stands in
permission_table.py.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chalicelib.api.routing import ROUTES
from chalicelib.platform import context as context_module
from chalicelib.platform.context import Context
from tests.component import conftest
from tests.component.permission_table import (
    ANONYMOUS,
    ENDED,
    OWN,
    PASSES,
    PRIVATE,
    ROLES,
    STATES,
    TABLE,
    expected,
)
from tests.component.permission_world import Known, forget, populate
from tests.fakes import FrozenClock
from tests.gateway import Client

LEAST_CASES = 1500
QUERIES = {
    "/search": "?q=clip",
    "/search/suggest": "?q=clip",
    "/analytics/series": "?metric=views",
}
REFUSALS = frozenset({401, 403, 404, 410})
# These only read, in a transaction of their own kind, which can't be part of another one.
SNAPSHOTS = frozenset(
    ("GET", path)
    for path in (
        "/admin/analytics",
        "/admin/audit/verify",
        "/analytics/export",
        "/analytics/overview",
        "/analytics/series",
        "/analytics/videos",
        "/analytics/videos/{video_id}",
    )
)
Case = tuple[str, str, str, str]  # method, path, role, state


def _cases() -> Iterator[Case]:
    for (method, path), row in TABLE.items():
        for role in ROLES:
            if row.kind is None:
                yield method, path, role, OWN
                continue
            for state in STATES:
                # Nobody can block, nor own anything as, somebody who isn't signed in.
                if role not in (ANONYMOUS, ENDED) or state not in (OWN, PRIVATE):
                    yield method, path, role, state


CASES = list(_cases())


class _TakenBack(Exception):
    """Ends a case, so that nothing of it stays."""


def test_every_route_stands_in_the_table() -> None:
    assert set(TABLE) == {(method, path) for path, method in ROUTES}
    assert len(CASES) >= LEAST_CASES


@pytest.fixture(scope="module")
def world(
    server_url: str, template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Context, Known]]:
    """One world for all cases; each leaves it as it was."""
    with pytest.MonkeyPatch.context() as patch, conftest.database(server_url, template) as url:
        clock = FrozenClock()
        root: Path = tmp_path_factory.mktemp("permissions")
        context = conftest.make_context(url, redis_url, clock, root)
        patch.setattr(context_module, "current", lambda: context)
        forget(redis_url)
        yield context, populate(context, redis_url)
        context.database.close()
        context.cache.close()


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_permissions(world: tuple[Context, Known], redis_url: str, case: Case) -> None:
    context, known = world
    method, path, role, state = case
    row = TABLE[method, path]
    wanted = expected(row, role, state)
    forget(redis_url)
    name = known.things[row.kind, role, state] if row.kind else ""
    parameter = path[path.find("{") : path.find("}") + 1]
    called = path.replace(parameter, name) if row.kind else path
    called += QUERIES.get(path, "")
    caller = known.clients[role]
    client = Client(caller.address, dict(caller.cookies))
    headers = {"X-Idempotency-Key": uuid4().hex, "If-Match": "*"}

    def call() -> int:
        answer = client.call(method, called, row.body, headers=headers)
        assert answer.status < 500, answer.text
        return answer.status

    if (method, path) in SNAPSHOTS:
        status = call()
    else:
        with pytest.raises(_TakenBack), context.database.transaction():
            status = call()
            raise _TakenBack
    if wanted == PASSES:
        assert status not in REFUSALS
    else:
        assert status == wanted

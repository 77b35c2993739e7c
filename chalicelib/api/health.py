"""Whether the service lives, whether it can serve, and what is running."""

from pydantic import BaseModel

from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.platform.errors import Problem
from chalicelib.version import VERSION


class Liveness(BaseModel):
    """That it lives."""

    status: str = "ok"


class Readiness(BaseModel):
    """Which parts answer: `degraded` without the cache, `unavailable` without the database."""

    status: str
    checks: dict[str, bool]


class Version(BaseModel):
    """What runs, and where."""

    version: str
    stage: str


@endpoint("GET", "/health/live", allow=Audience.ANYONE, limit=None, response=Liveness)
def live(request: Request) -> Reply:
    """Answer; that is all."""
    return Reply(Liveness())


@endpoint("GET", "/health/ready", allow=Audience.ANYONE, limit=None, response=Readiness)
def ready(request: Request) -> Reply:
    """Say which parts answer: 503 without the database, 200 and degraded without the cache."""
    database = _database_answers(request)
    cache = request.context.cache.ping()
    checks = {"database": database, "cache": cache}
    status = "ok" if all(checks.values()) else "degraded" if database else "unavailable"
    headers = {} if database else {"Retry-After": "2"}
    return Reply(Readiness(status=status, checks=checks), 200 if database else 503, headers)


@endpoint("GET", "/version", allow=Audience.ANYONE, limit=None, response=Version)
def version(request: Request) -> Reply:
    """Name the release and the stage."""
    return Reply(Version(version=VERSION, stage=request.context.settings.stage))


def _database_answers(request: Request) -> bool:
    try:
        with request.context.database.transaction() as transaction:
            transaction.execute("SELECT 1")
    except Problem:
        return False
    return True

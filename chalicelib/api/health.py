"""Whether the service lives, whether it can serve, and what is running."""

from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.platform.errors import Problem
from chalicelib.version import VERSION


@endpoint("GET", "/health/live", allow=Audience.ANYONE)
def live(request: Request) -> Reply:
    """Answer; that is all."""
    return Reply({"status": "ok"})


@endpoint("GET", "/health/ready", allow=Audience.ANYONE)
def ready(request: Request) -> Reply:
    """Say which parts answer: 503 without the database, 200 and degraded without the cache."""
    database = _database_answers(request)
    cache = request.context.cache.ping()
    checks = {"database": database, "cache": cache}
    status = "ok" if all(checks.values()) else "degraded" if database else "unavailable"
    headers = {} if database else {"Retry-After": "2"}
    return Reply({"status": status, "checks": checks}, 200 if database else 503, headers)


@endpoint("GET", "/version", allow=Audience.ANYONE)
def version(request: Request) -> Reply:
    """Name the release and the stage."""
    return Reply({"version": VERSION, "stage": request.context.settings.stage})


def _database_answers(request: Request) -> bool:
    try:
        with request.context.database.transaction() as transaction:
            transaction.execute("SELECT 1")
    except Problem:
        return False
    return True

"""The API's description of itself."""

from typing import Any

from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.platform.limits import LimitClass


@endpoint(
    "GET",
    "/openapi.json",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=dict[str, Any],
    tagged=True,
)
def read_openapi(request: Request) -> Reply:
    """Describe every route, schema, role, limit and error."""
    from chalicelib.api import conditional, openapi  # noqa: PLC0415 - few ask for it

    return conditional.reply(request, openapi.document(), 1)

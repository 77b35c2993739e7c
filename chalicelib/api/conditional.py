"""Conditional requests (RFC 9110, section 13): strong ETags, If-None-Match and If-Match.

An ETag is `"{version}.{digest}"`: the digest of all that is answered, for those who read, and the
version of what can be edited, for those who write: a like meanwhile doesn't stand in their way.
"""

import hashlib
from typing import Any

from pydantic import BaseModel

from chalicelib.api.requests import Request
from chalicelib.api.routing import Reply, render
from chalicelib.platform.errors import Problem

DIGEST_LENGTH = 20


def reply(request: Request, body: BaseModel | dict[str, Any], version: int) -> Reply:
    """Return a resource with its ETag, or 304 without a body to whoever has it already."""
    digest = hashlib.sha256(render(body).encode()).hexdigest()[:DIGEST_LENGTH]
    tag = f'"{version}.{digest}"'
    if request.method == "GET" and tag in _tags(request, "if-none-match"):
        return Reply(None, 304, {"ETag": tag})
    return Reply(body, 200, {"ETag": tag})


def check_version(request: Request, version: int) -> None:
    """Refuse a change of anything but this version.

    Raises Problem `precondition_required` without an If-Match, `precondition_failed` with another.
    """
    tags = _tags(request, "if-match")
    if not tags:
        detail = "Send If-Match with the ETag of what you have read."
        raise Problem("precondition_required", detail)
    current = any(tag == "*" or tag.strip('"').partition(".")[0] == str(version) for tag in tags)
    if not current:
        raise Problem("precondition_failed", "It has changed since; read it again.")


def _tags(request: Request, header: str) -> list[str]:
    return [tag.strip() for tag in request.headers.get(header, "").split(",") if tag.strip()]

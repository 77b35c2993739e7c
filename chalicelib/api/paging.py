"""Lists in pages: signed cursors that belong to one viewer and one set of filters."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from chalicelib.api.requests import Request
from chalicelib.api.validation import Input
from chalicelib.platform.errors import Problem
from chalicelib.platform.signing import SignatureInvalid

LIFETIME = timedelta(hours=24)


def whole_number(value: Any) -> Any:
    """Return a number that is written as one; anything else as it is."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


# Queries arrive as text; a number is one only if it is written as one.
WholeNumber = Annotated[int, BeforeValidator(whole_number)]


class Page(Input):
    """The query of every list."""

    limit: Annotated[WholeNumber, Field(ge=1, le=50)] = 20
    cursor: str | None = None


def write_cursor(request: Request, filters: str, position: Any) -> str:
    """Return a cursor that goes on after a position, for this viewer and these filters."""
    issued = int(request.context.clock.now().timestamp())
    return request.context.signer.sign(_purpose(request, filters), [issued, position])


def read_cursor(request: Request, filters: str, cursor: str | None) -> Any:
    """Return a cursor's position, None without one. Raises `cursor_invalid` or `cursor_expired`."""
    if cursor is None:
        return None
    try:
        issued, position = request.context.signer.read(_purpose(request, filters), cursor)
    except SignatureInvalid as error:
        detail = "Take next_cursor as it came, with the same filters and the same person."
        raise Problem("cursor_invalid", detail) from error
    if request.context.clock.now().timestamp() - issued > LIFETIME.total_seconds():
        raise Problem("cursor_expired", "Start again from the first page.")
    return position


def read_moment(request: Request, filters: str, cursor: str | None) -> tuple[datetime, int] | None:
    """Return the moment and row id after which a list in order of time goes on."""
    position = read_cursor(request, filters, cursor)
    return (datetime.fromisoformat(position[0]), position[1]) if position else None


def write_moment(request: Request, filters: str, at: datetime, row_id: int) -> str:
    """Return a cursor that goes on after a moment and a row id."""
    return write_cursor(request, filters, [at.isoformat(), row_id])


def _purpose(request: Request, filters: str) -> str:
    return f"cursor {request.viewer} {filters}"

"""The one registry of error codes, and the exceptions that carry them to the edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with the input: a JSON pointer, a code and a sentence."""

    pointer: str
    code: str
    detail: str


# code: (HTTP status, title). The detail says what to do about it, where it is raised.
REGISTRY: dict[str, tuple[int, str]] = {
    "authentication_required": (401, "Sign in first"),
    "banned": (403, "This account is suspended"),
    "body_invalid": (400, "The body is not valid JSON"),
    "claimed": (409, "Somebody else is looking at this case"),
    "comments_off": (403, "Comments are switched off"),
    "cross_site": (403, "Cross-site request refused"),
    "cursor_expired": (410, "This page has expired"),
    "cursor_invalid": (400, "The cursor is not valid"),
    "decided": (409, "This case is decided"),
    "deleted": (410, "This video was deleted"),
    "effects_invalid": (422, "The effects can't be applied"),
    "forbidden": (403, "You may not do this"),
    "idempotency_key_invalid": (400, "The idempotency key is not valid"),
    "idempotency_key_required": (400, "An idempotency key is required"),
    "idempotency_key_reused": (422, "The idempotency key was used for another request"),
    "internal": (500, "Something went wrong on our side"),
    "invalid_credentials": (401, "The name or the password is wrong"),
    "last_admin": (409, "There must be an administrator"),
    "media_too_large": (413, "The file is too large"),
    "method_not_allowed": (405, "This method is not allowed here"),
    "not_found": (404, "There is nothing here"),
    "not_ready": (409, "This video is not ready"),
    "not_restorable": (409, "This video can't be restored"),
    "not_retryable": (409, "This video can't be tried again"),
    "password_breached": (422, "This password is known to attackers"),
    "password_too_short": (422, "The password is too short"),
    "payload_too_large": (413, "The request is too large"),
    "precondition_failed": (412, "It has changed meanwhile"),
    "precondition_required": (428, "Say which version you change"),
    "rate_limited": (429, "Too many requests"),
    "request_in_flight": (409, "The same request is still running"),
    "unavailable": (503, "Temporarily unavailable"),
    "under_age": (422, "Too young for an account"),
    "unknown_field": (422, "The request has a field we don't know"),
    "unsupported_media_type": (415, "This kind of file or body is not accepted"),
    "upload_finished": (409, "This upload is finished"),
    "username_taken": (409, "This name is taken"),
    "validation_failed": (422, "The request is not valid"),
}


class Problem(Exception):
    """A refusal with a code of the registry; the API turns it into a problem document."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status, self.title = REGISTRY[code]
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extra = dict(extra or {})


def not_found(what: str) -> Problem:
    """Return the answer for what doesn't exist, or what the caller may not know of."""
    return Problem("not_found", f"There is no such {what}.")


def unavailable(detail: str, retry_after: int = 2) -> Problem:
    """Return the answer for a part that is down; `retry_after` in seconds."""
    return Problem("unavailable", detail, headers={"Retry-After": str(retry_after)})

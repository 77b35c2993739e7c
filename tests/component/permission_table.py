"""Who may do what to what: written by hand, apart from the routes, to hold them against it.

Each row says who may call a route at all, what kind of thing its path names, and by which rule it
is decided whose things one may touch.
"""

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS, USER, CREATOR, MODERATOR, ADMIN = "anonymous", "user", "creator", "moderator", "admin"
ENDED = "ended"  # somebody whose session was ended: nobody any more
ROLES = (ANONYMOUS, ENDED, USER, CREATOR, MODERATOR, ADMIN)
SIGNED_IN = frozenset({USER, CREATOR, MODERATOR, ADMIN})
EVERYBODY = frozenset(ROLES)
MAKERS = frozenset({CREATOR, MODERATOR, ADMIN})
STAFF = frozenset({MODERATOR, ADMIN})
ADMINS = frozenset({ADMIN})

OWN, OTHERS, ABSENT, PRIVATE, BANNED, DELETED = (
    "own", "others", "absent", "private", "banned", "deleted",
)  # fmt: skip
STATES = (OWN, OTHERS, ABSENT, PRIVATE, BANNED, DELETED)

PASSES = "passes"  # whatever the answer is, it isn't a refusal of the person
Verdict = int | str


@dataclass(frozen=True)
class Row:
    """What is expected of a route. `kind` is what its path names; none for those without."""

    roles: frozenset[str]
    kind: str | None = None
    rule: str = ""
    body: dict[str, Any] | None = field(default=None)


def expected(row: Row, role: str, state: str) -> Verdict:
    """Return the status that somebody must get, or PASSES."""
    if role not in row.roles:
        return 401 if role in (ANONYMOUS, ENDED) else 403
    if row.kind is None:
        return PASSES
    outsider, staff = RULES[row.rule]
    return (staff if role in STAFF else outsider)[state]


def _by_state(*verdicts: Verdict) -> dict[str, Verdict]:
    return dict(zip(STATES, verdicts, strict=True))


# By rule: what somebody without a badge gets for each state, and what the staff gets.
RULES: dict[str, tuple[dict[str, Verdict], dict[str, Verdict]]] = {
    #                 own     others  absent private banned deleted
    "see video": (
        _by_state(PASSES, PASSES, 404, 404, 404, 410),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, 410),
    ),
    "manage video": (
        _by_state(PASSES, 404, 404, 404, 404, 404),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "own video": (
        _by_state(PASSES, 404, 404, 404, 404, 404),
        _by_state(PASSES, 404, 404, 404, 404, 404),
    ),
    "change video": (
        _by_state(PASSES, 403, 404, 404, 404, 410),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, 410),
    ),
    "delete video": (
        _by_state(PASSES, 403, 404, 404, 404, 410),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "any video": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    # The private ones have blocked the caller.
    "see person": (
        _by_state(PASSES, PASSES, 404, 404, 404, 404),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "meet person": (
        _by_state(403, PASSES, 404, 404, 404, 404),
        _by_state(403, PASSES, 404, 404, PASSES, PASSES),
    ),
    "look up person": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "judge person": (
        _by_state(403, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(403, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "see comment": (
        _by_state(PASSES, PASSES, 404, 404, 404, 404),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, 404),
    ),
    "delete comment": (
        _by_state(PASSES, 403, 404, 404, 404, 404),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, 404),
    ),
    "own thing": (
        _by_state(PASSES, 404, 404, 404, 404, 404),
        _by_state(PASSES, 404, 404, 404, 404, 404),
    ),
    "decide case": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(403, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "claim case": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "watched video": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
    "named": (
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
        _by_state(PASSES, PASSES, 404, PASSES, PASSES, PASSES),
    ),
}

REASON = {"reason": "a reason"}
VIDEO = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}

TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/health/live"): Row(EVERYBODY),
    ("GET", "/health/ready"): Row(EVERYBODY),
    ("GET", "/version"): Row(EVERYBODY),
    ("GET", "/openapi.json"): Row(EVERYBODY),
    # Accounts
    ("POST", "/auth/register"): Row(EVERYBODY, body={}),
    ("POST", "/auth/login"): Row(EVERYBODY, body={}),
    ("POST", "/auth/logout"): Row(SIGNED_IN),
    ("GET", "/auth/session"): Row(EVERYBODY),
    ("GET", "/auth/sessions"): Row(SIGNED_IN),
    ("DELETE", "/auth/sessions"): Row(SIGNED_IN),
    ("DELETE", "/auth/sessions/{session_id}"): Row(SIGNED_IN, "session", "own thing"),
    ("POST", "/auth/password"): Row(SIGNED_IN, body={}),
    ("GET", "/users/me"): Row(SIGNED_IN),
    ("PATCH", "/users/me"): Row(SIGNED_IN, body={"bio": "hello"}),
    ("DELETE", "/users/me"): Row(SIGNED_IN, body={}),
    ("POST", "/users/me/creator"): Row(SIGNED_IN, body={"accept_terms": True}),
    ("POST", "/users/me/export"): Row(SIGNED_IN),
    ("GET", "/users/me/exports/{export_id}"): Row(SIGNED_IN, "export", "own thing"),
    ("GET", "/users/me/blocks"): Row(SIGNED_IN),
    ("GET", "/users/me/likes"): Row(SIGNED_IN),
    ("GET", "/users/me/saves"): Row(SIGNED_IN),
    ("GET", "/users/me/history"): Row(SIGNED_IN),
    ("DELETE", "/users/me/history"): Row(SIGNED_IN),
    ("DELETE", "/users/me/history/{video_id}"): Row(SIGNED_IN, "video", "watched video"),
    ("GET", "/users/{user_id}"): Row(EVERYBODY, "person", "see person"),
    ("GET", "/users/{user_id}/videos"): Row(EVERYBODY, "person", "see person"),
    ("GET", "/users/{user_id}/followers"): Row(EVERYBODY, "person", "see person"),
    ("GET", "/users/{user_id}/following"): Row(EVERYBODY, "person", "see person"),
    ("PUT", "/users/{user_id}/follow"): Row(SIGNED_IN, "person", "meet person"),
    ("DELETE", "/users/{user_id}/follow"): Row(SIGNED_IN, "person", "meet person"),
    ("PUT", "/users/{user_id}/block"): Row(SIGNED_IN, "person", "meet person"),
    ("DELETE", "/users/{user_id}/block"): Row(SIGNED_IN, "person", "meet person"),
    # Videos
    ("POST", "/videos"): Row(MAKERS, body=VIDEO),
    ("GET", "/videos/mine"): Row(MAKERS),
    ("GET", "/videos/{video_id}"): Row(EVERYBODY, "video", "see video"),
    ("PATCH", "/videos/{video_id}"): Row(SIGNED_IN, "video", "change video", {"labels": []}),
    ("DELETE", "/videos/{video_id}"): Row(MAKERS, "video", "delete video", REASON),
    ("POST", "/videos/{video_id}/restore"): Row(MAKERS, "video", "manage video"),
    ("GET", "/videos/{video_id}/processing"): Row(SIGNED_IN, "video", "manage video"),
    ("POST", "/videos/{video_id}/processing/retry"): Row(SIGNED_IN, "video", "manage video"),
    ("POST", "/videos/{video_id}/publish"): Row(MAKERS, "video", "own video"),
    ("GET", "/videos/{video_id}/upload"): Row(SIGNED_IN, "video", "own video"),
    ("POST", "/videos/{video_id}/upload/complete"): Row(SIGNED_IN, "video", "own video", {}),
    ("PUT", "/videos/{video_id}/like"): Row(SIGNED_IN, "video", "see video"),
    ("DELETE", "/videos/{video_id}/like"): Row(SIGNED_IN, "video", "see video"),
    ("PUT", "/videos/{video_id}/save"): Row(SIGNED_IN, "video", "see video"),
    ("DELETE", "/videos/{video_id}/save"): Row(SIGNED_IN, "video", "see video"),
    ("PUT", "/videos/{video_id}/not-interested"): Row(SIGNED_IN, "video", "see video", {}),
    ("DELETE", "/videos/{video_id}/not-interested"): Row(SIGNED_IN, "video", "see video", {}),
    ("GET", "/videos/{video_id}/comments"): Row(EVERYBODY, "video", "see video"),
    ("POST", "/videos/{video_id}/comments"): Row(
        SIGNED_IN, "video", "see video", {"text": "hello"}
    ),
    ("GET", "/comments/{comment_id}/replies"): Row(EVERYBODY, "comment", "see comment"),
    ("DELETE", "/comments/{comment_id}"): Row(SIGNED_IN, "comment", "delete comment"),
    ("PUT", "/comments/{comment_id}/like"): Row(SIGNED_IN, "comment", "see comment"),
    ("DELETE", "/comments/{comment_id}/like"): Row(SIGNED_IN, "comment", "see comment"),
    # Feed and discovery
    ("GET", "/feed"): Row(EVERYBODY),
    ("POST", "/feed/reset"): Row(SIGNED_IN),
    ("GET", "/feed/why/{impression_token}"): Row(SIGNED_IN, "impression", "own thing"),
    ("POST", "/events"): Row(EVERYBODY, body={}),
    ("GET", "/videos/{video_id}/similar"): Row(EVERYBODY, "video", "see video"),
    ("POST", "/videos/{video_id}/share"): Row(EVERYBODY, "video", "see video", {"channel": "copy"}),
    ("GET", "/hashtags/trending"): Row(EVERYBODY),
    ("GET", "/hashtags/{tag}"): Row(EVERYBODY, "hashtag", "named"),
    ("GET", "/hashtags/{tag}/videos"): Row(EVERYBODY, "hashtag", "named"),
    ("GET", "/sounds/trending"): Row(EVERYBODY),
    ("GET", "/sounds/{sound_id}"): Row(EVERYBODY, "sound", "named"),
    ("GET", "/sounds/{sound_id}/videos"): Row(EVERYBODY, "sound", "named"),
    ("GET", "/analytics/overview"): Row(MAKERS),
    ("GET", "/analytics/series"): Row(MAKERS),
    ("GET", "/analytics/videos"): Row(MAKERS),
    ("GET", "/analytics/videos/{video_id}"): Row(MAKERS, "video", "manage video"),
    ("GET", "/analytics/export"): Row(MAKERS),
    ("GET", "/search"): Row(EVERYBODY),
    ("GET", "/search/suggest"): Row(EVERYBODY),
    ("GET", "/notifications"): Row(SIGNED_IN),
    ("GET", "/notifications/count"): Row(SIGNED_IN),
    ("POST", "/notifications/read"): Row(SIGNED_IN, body={"all": True}),
    ("POST", "/reports"): Row(SIGNED_IN, body={}),
    # Administration
    ("GET", "/admin/analytics"): Row(STAFF),
    ("GET", "/admin/users"): Row(STAFF),
    ("GET", "/admin/users/{user_id}"): Row(STAFF, "person", "look up person"),
    ("POST", "/admin/users/{user_id}/role"): Row(
        ADMINS, "person", "judge person", {"role": "user", **REASON}
    ),
    ("POST", "/admin/users/{user_id}/ban"): Row(STAFF, "person", "judge person", REASON),
    ("DELETE", "/admin/users/{user_id}/ban"): Row(STAFF, "person", "judge person"),
    ("GET", "/admin/videos/flagged"): Row(STAFF),
    ("GET", "/admin/queue"): Row(STAFF),
    ("POST", "/admin/queue/{case_id}/claim"): Row(STAFF, "case", "claim case"),
    ("POST", "/admin/queue/{case_id}/decision"): Row(
        STAFF, "case", "decide case", {"action": "dismiss", **REASON}
    ),
    ("DELETE", "/admin/videos/{video_id}"): Row(STAFF, "video", "any video", REASON),
    ("POST", "/admin/videos/{video_id}/restore"): Row(STAFF, "video", "any video"),
    ("PUT", "/admin/videos/{video_id}/legal-hold"): Row(ADMINS, "video", "any video"),
    ("DELETE", "/admin/videos/{video_id}/legal-hold"): Row(ADMINS, "video", "any video"),
    ("GET", "/admin/config"): Row(STAFF),
    ("PATCH", "/admin/config"): Row(ADMINS, body={}),
    ("GET", "/admin/config/history"): Row(STAFF),
    ("POST", "/admin/config/rollback"): Row(ADMINS, body={"version": 0}),
    ("GET", "/admin/audit"): Row(ADMINS),
    ("GET", "/admin/audit/verify"): Row(ADMINS),
    ("GET", "/admin/health"): Row(STAFF),
    ("GET", "/admin/dlq/{queue}"): Row(ADMINS, "queue", "named"),
    ("POST", "/admin/dlq/{queue}/redrive"): Row(ADMINS, "queue", "named"),
    ("POST", "/admin/jobs/{job}"): Row(ADMINS, "job name", "named", {}),
    ("GET", "/admin/jobs/{job}"): Row(ADMINS, "job", "named"),
    ("POST", "/admin/breakers/{breaker}"): Row(ADMINS, "breaker", "named", {"state": "auto"}),
}

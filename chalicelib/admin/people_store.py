"""SQL of people as the staff sees them."""

from datetime import datetime
from typing import Any

from chalicelib.accounts.models import Role
from chalicelib.accounts.store import fold
from chalicelib.admin.models import Member
from chalicelib.platform.database import Connection

_MEMBER = """
    SELECT * FROM (
        SELECT u.id AS row_id, u.public_id AS id, u.username, u.username_key, u.display_name,
               u.role::text AS role, u.created_at, u.banned_until, u.ban_reason, u.purge_at,
               CASE WHEN u.purged_at IS NOT NULL THEN 'purged'
                    WHEN u.deleted_at IS NOT NULL THEN 'leaving'
                    WHEN u.banned_at IS NOT NULL
                        AND (u.banned_until IS NULL OR u.banned_until > %(now)s) THEN 'banned'
                    ELSE 'active' END AS status,
               s.videos AS video_count, s.followers AS follower_count,
               (SELECT count(*) FROM sessions o WHERE o.user_id = u.id
                   AND o.expires_at > %(now)s) AS open_sessions,
               (SELECT count(*) FROM reports r WHERE r.target_type = 'user'
                   AND r.target_id = u.id) AS reports_about
        FROM users u JOIN user_stats s ON s.user_id = u.id
    ) m
"""


def list_members(
    transaction: Connection,
    *,
    text: str | None,
    role: str | None,
    status: str | None,
    before: tuple[datetime, int] | None,
    now: datetime,
    limit: int,
) -> list[Member]:
    """Return people, who joined last first, by the start of their names, role and status."""
    at, row_id = before or (None, None)
    rows = transaction.execute(
        _MEMBER + "WHERE (%(text)s::text IS NULL OR starts_with(username_key, %(text)s)"
        "  OR starts_with(lower(display_name), %(text)s))"
        " AND (%(role)s::text IS NULL OR role = %(role)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(at)s::timestamptz IS NULL OR (created_at, row_id) < (%(at)s, %(row)s))"
        " ORDER BY created_at DESC, row_id DESC LIMIT %(limit)s",
        {
            "text": fold(text) if text else None, "role": role, "status": status, "at": at,
            "row": row_id, "now": now, "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [_member(row) for row in rows]


def find_member(transaction: Connection, name: str, now: datetime) -> Member | None:
    """Return the person of a public id, or of a name with an @ before it."""
    column = "username_key" if name.startswith("@") else "id"
    row = transaction.execute(
        _MEMBER + f"WHERE {column} = %(name)s",
        {"name": fold(name[1:]) if name.startswith("@") else name, "now": now},
    ).fetchone()
    return _member(row) if row else None


def _member(row: dict[str, Any]) -> Member:
    fields = {name: value for name, value in row.items() if name != "username_key"}
    return Member(**{**fields, "role": Role(row["role"])})

"""SQL of reports and cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.moderation.models import (
    DUPLICATE_SEVERITY,
    Case,
    Decision,
    Report,
    Reporter,
    ReportReason,
    TargetType,
)
from chalicelib.platform import ids
from chalicelib.platform.database import Connection

_TARGETS = {
    TargetType.VIDEO: "videos",
    TargetType.COMMENT: "comments",
    TargetType.USER: "users",
}
_CASE = """
    SELECT c.id AS row_id, c.public_id AS id, c.target_type, c.target_id AS target_row_id,
           coalesce(v.public_id, o.public_id, u.public_id) AS target_id, c.severity,
           c.weight::float8 AS weight, c.reports AS report_count, c.held, c.opened_at,
           m.public_id AS claimed_by, c.claimed_by AS claimed_by_row_id, c.claimed_until,
           c.decided_at, c.action, c.reason
    FROM moderation_cases c
    LEFT JOIN videos v ON c.target_type = 'video' AND v.id = c.target_id
    LEFT JOIN comments o ON c.target_type = 'comment' AND o.id = c.target_id
    LEFT JOIN users u ON c.target_type = 'user' AND u.id = c.target_id
    LEFT JOIN users m ON m.id = c.claimed_by
"""
_AFTER = """
    (%(severity)s::int IS NULL OR c.severity < %(severity)s OR c.severity = %(severity)s
        AND (c.weight::float8 < %(weight)s OR c.weight::float8 = %(weight)s AND c.id > %(row)s))
"""
MOST_DETAILS = 20


def find_row_id(transaction: Connection, kind: TargetType, public_id: str) -> int | None:
    """Return the row id of what can be reported."""
    row = transaction.execute(
        f"SELECT id FROM {_TARGETS[kind]} WHERE public_id = %s",  # noqa: S608 - constants
        (public_id,),
    ).fetchone()
    return int(row["id"]) if row else None


def find_report(
    transaction: Connection, reporter: int, kind: TargetType, target: int
) -> dict[str, Any] | None:
    """Return somebody's report of something."""
    return transaction.execute(
        "SELECT public_id AS id, reason, created_at FROM reports"
        " WHERE reporter_id = %s AND target_type = %s AND target_id = %s",
        (reporter, kind, target),
    ).fetchone()


def read_reporter(transaction: Connection, row_id: int) -> Reporter:
    """Return what is known of a reporter."""
    row = transaction.execute(
        "SELECT u.created_at AS joined_at, count(r.upheld) AS decided,"
        " count(*) FILTER (WHERE r.upheld) AS upheld"
        " FROM users u LEFT JOIN reports r ON r.reporter_id = u.id WHERE u.id = %s GROUP BY u.id",
        (row_id,),
    ).fetchone()
    assert row is not None  # noqa: S101 - whoever reports is there
    return Reporter(**row)


def hold_open_case(
    transaction: Connection, kind: TargetType, target: int, now: datetime
) -> dict[str, Any]:
    """Return the open case of something, a new one if need be, locked until the commit."""
    row = transaction.execute(
        "INSERT INTO moderation_cases AS c (public_id, target_type, target_id, opened_at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (target_type, target_id) WHERE decided_at IS NULL"
        " DO UPDATE SET opened_at = c.opened_at RETURNING id, severity, held",
        (ids.public_id(), kind, target, now),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING gives a row either way
    return row


def insert_report(
    transaction: Connection,
    *,
    case: int,
    reporter: int,
    kind: TargetType,
    target: int,
    reason: ReportReason,
    detail: str,
    weight: float,
    now: datetime,
) -> str:
    """Keep a report and return its public id."""
    public_id = ids.public_id()
    transaction.execute(
        "INSERT INTO reports (public_id, case_id, reporter_id, target_type, target_id, reason,"
        " detail, weight, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (public_id, case, reporter, kind, target, reason, detail, weight, now),
    )
    return public_id


def read_weights(transaction: Connection, case: int) -> list[float]:
    """Return what each report of a case is worth."""
    rows = transaction.execute(
        "SELECT weight::float8 AS weight FROM reports WHERE case_id = %s", (case,)
    ).fetchall()
    return [row["weight"] for row in rows]


def update_case(
    transaction: Connection, case: int, *, severity: int, weight: float, reports: int, held: bool
) -> None:
    """Note what the reports of a case come to."""
    transaction.execute(
        "UPDATE moderation_cases SET severity = %s, weight = %s, reports = %s, held = %s"
        " WHERE id = %s",
        (severity, weight, reports, held, case),
    )


def set_held(transaction: Connection, kind: TargetType, target: int, *, held: bool) -> None:
    """Hide something from everybody but its maker and the staff, or show it again."""
    if kind is not TargetType.USER:
        transaction.execute(
            f"UPDATE {_TARGETS[kind]} SET held = %s WHERE id = %s AND held <> %s",  # noqa: S608
            (held, target, held),
        )


def open_duplicate_cases(transaction: Connection, now: datetime) -> None:
    """Open a case for each video found to show the same as another, once."""
    rows = transaction.execute(
        "SELECT DISTINCT d.video_id FROM video_duplicates d JOIN videos v ON v.id = d.video_id"
        " WHERE v.status = 'published' AND NOT EXISTS (SELECT FROM moderation_cases c"
        "  WHERE c.target_type = 'video' AND c.target_id = d.video_id"
        "  AND (c.decided_at IS NULL OR c.decided_at >= d.created_at))"
        " ORDER BY 1 LIMIT 1000"
    ).fetchall()
    for row in rows:
        case = hold_open_case(transaction, TargetType.VIDEO, row["video_id"], now)
        transaction.execute(
            "UPDATE moderation_cases SET severity = greatest(severity, %s) WHERE id = %s",
            (DUPLICATE_SEVERITY, case["id"]),
        )


def list_open(
    transaction: Connection,
    *,
    kind: TargetType | None = None,
    after: tuple[int, float, int] | None,
    limit: int,
) -> list[Case]:
    """Return open cases, the gravest first, after a position of severity, weight and row id."""
    severity, weight, row_id = after or (None, None, None)
    rows = transaction.execute(
        f"{_CASE} WHERE c.decided_at IS NULL AND {_AFTER}"
        " AND (%(kind)s::text IS NULL OR c.target_type = %(kind)s)"
        " ORDER BY c.severity DESC, c.weight DESC, c.id LIMIT %(limit)s",
        {"severity": severity, "weight": weight, "row": row_id, "kind": kind, "limit": limit},
    ).fetchall()
    return _cases(transaction, rows)


def hold_case(transaction: Connection, public_id: str) -> Case | None:
    """Return a case, locked until the commit."""
    row = transaction.execute(
        f"{_CASE} WHERE c.public_id = %s FOR NO KEY UPDATE OF c",
        (public_id,),
    ).fetchone()
    return _cases(transaction, [row])[0] if row else None


def claim(transaction: Connection, case: int, by: int, until: datetime) -> None:
    """Let somebody work on a case."""
    transaction.execute(
        "UPDATE moderation_cases SET claimed_by = %s, claimed_until = %s WHERE id = %s",
        (by, until, case),
    )


def decide(
    transaction: Connection,
    case: int,
    *,
    by: int,
    action: Decision,
    reason: str,
    note: str,
    now: datetime,
) -> None:
    """Close a case; its reporters were right unless it is dismissed."""
    transaction.execute(
        "UPDATE moderation_cases SET decided_by = %s, decided_at = %s, action = %s, reason = %s,"
        " note = %s, held = false WHERE id = %s",
        (by, now, action, reason, note, case),
    )
    transaction.execute(
        "UPDATE reports SET upheld = %s WHERE case_id = %s",
        (action is not Decision.DISMISS, case),
    )


def restrict_video(
    transaction: Connection, row_id: int, *, limited: bool = False, age_restricted: bool = False
) -> None:
    """Recommend a video to nobody, or show it to adults only."""
    transaction.execute(
        "UPDATE videos SET limited = limited OR %s, age_restricted = age_restricted OR %s"
        " WHERE id = %s",
        (limited, age_restricted, row_id),
    )


def add_label(transaction: Connection, row_id: int, label: str) -> None:
    """Put a label on a video, once."""
    transaction.execute(
        "UPDATE videos SET labels = array_append(labels, %(label)s), version = version + 1"
        " WHERE id = %(id)s AND %(label)s <> ALL (labels)",
        {"label": label, "id": row_id},
    )


def set_legal_hold(transaction: Connection, row_id: int, *, held: bool) -> bool:
    """Keep a video from ever being purged, or not any more. Returns whether that changed it."""
    return bool(
        transaction.execute(
            "UPDATE videos SET legal_hold = %s WHERE id = %s AND legal_hold <> %s",
            (held, row_id, held),
        ).rowcount
    )


def person_behind(
    transaction: Connection, kind: TargetType, target: int
) -> tuple[int, str, int | None]:
    """Return row and public id of who made something, and the row id of the video it belongs to."""
    statements = {
        TargetType.VIDEO: "SELECT creator_id AS person, id AS video FROM videos WHERE id = %s",
        TargetType.COMMENT: "SELECT author_id AS person, video_id AS video FROM comments"
        " WHERE id = %s",
        TargetType.USER: "SELECT id AS person, NULL::bigint AS video FROM users WHERE id = %s",
    }
    row = transaction.execute(
        f"SELECT found.person, u.public_id, found.video FROM ({statements[kind]}) found"  # noqa: S608
        " JOIN users u ON u.id = found.person",
        (target,),
    ).fetchone()
    assert row is not None  # noqa: S101 - what has a case was there when it was opened
    return row["person"], row["public_id"], row["video"]


def shown_report(row: dict[str, Any], kind: TargetType, target_id: str) -> Report:
    """Return a stored report."""
    return Report(row["id"], kind, target_id, ReportReason(row["reason"]), row["created_at"])


def _cases(transaction: Connection, rows: Sequence[dict[str, Any]]) -> list[Case]:
    cases = [row["row_id"] for row in rows]
    videos = [row["target_row_id"] for row in rows if row["target_type"] == TargetType.VIDEO]
    reasons: dict[int, dict[str, int]] = {}
    details: dict[int, list[str]] = {}
    for found in transaction.execute(
        "SELECT case_id, reason, count(*) AS n, array_agg(detail ORDER BY id)"
        " FILTER (WHERE detail <> '') AS details FROM reports WHERE case_id = ANY (%s)"
        " GROUP BY case_id, reason ORDER BY n DESC, reason",
        (cases,),
    ).fetchall():
        reasons.setdefault(found["case_id"], {})[found["reason"]] = found["n"]
        details.setdefault(found["case_id"], []).extend(found["details"] or ())
    duplicates: dict[int, list[tuple[str, float]]] = {}
    for found in transaction.execute(
        "SELECT d.video_id, v.public_id, d.score::float8 AS score FROM video_duplicates d"
        " JOIN videos v ON v.id = d.of_video_id WHERE d.video_id = ANY (%s)"
        " ORDER BY d.score DESC, v.id",
        (videos,),
    ).fetchall():
        duplicates.setdefault(found["video_id"], []).append((found["public_id"], found["score"]))
    return [
        Case(
            **{
                **row,
                "target_type": TargetType(row["target_type"]),
                "action": Decision(row["action"]) if row["action"] else None,
            },
            reasons=reasons.get(row["row_id"], {}),
            details=details.get(row["row_id"], [])[:MOST_DETAILS],
            duplicates=duplicates.get(row["target_row_id"], [])
            if row["target_type"] == TargetType.VIDEO
            else [],
        )
        for row in rows
    ]

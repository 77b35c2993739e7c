"""Moderation as the domain sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TargetType(StrEnum):
    """What can be reported."""

    VIDEO = "video"
    COMMENT = "comment"
    USER = "user"


class ReportReason(StrEnum):
    """Why something is reported."""

    SPAM = "spam"
    NUDITY = "nudity"
    VIOLENCE = "violence"
    HATE = "hate"
    SELF_HARM = "self_harm"
    MINOR_SAFETY = "minor_safety"
    IP = "ip"
    MISINFORMATION = "misinformation"
    OTHER = "other"


class Decision(StrEnum):
    """What can be done about a case."""

    DISMISS = "dismiss"
    LABEL = "label"
    LIMIT_REACH = "limit_reach"
    AGE_RESTRICT = "age_restrict"
    REMOVE = "remove"
    BAN = "ban"


# How grave it is if it is true: what the queue is sorted by. A duplicate nobody reported has 5.
SEVERITY: Mapping[ReportReason, int] = {
    ReportReason.MINOR_SAFETY: 100,
    ReportReason.SELF_HARM: 80,
    ReportReason.VIOLENCE: 60,
    ReportReason.HATE: 60,
    ReportReason.NUDITY: 50,
    ReportReason.IP: 30,
    ReportReason.MISINFORMATION: 30,
    ReportReason.SPAM: 20,
    ReportReason.OTHER: 10,
}
DUPLICATE_SEVERITY = 5


@dataclass(frozen=True)
class Reporter:
    """What is known of somebody who reports: how long they are here, and how right they were."""

    joined_at: datetime
    decided: int
    upheld: int


@dataclass(frozen=True)
class Report:
    """One report, as its reporter sees it."""

    id: str
    target_type: TargetType
    target_id: str
    reason: ReportReason
    created_at: datetime


@dataclass(frozen=True)
class Case:
    """All open reports of one thing. Weight is what their reporters' words are worth together."""

    row_id: int
    id: str
    target_type: TargetType
    target_row_id: int
    target_id: str | None
    severity: int
    weight: float
    report_count: int
    held: bool
    opened_at: datetime
    claimed_by: str | None
    claimed_by_row_id: int | None
    claimed_until: datetime | None
    decided_at: datetime | None
    action: Decision | None
    reason: str | None
    reasons: Mapping[str, int] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, float]] = field(default_factory=list)

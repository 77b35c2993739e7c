"""Reports of watching as messages, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from chalicelib.engagement.models import Claim, EventType, Report
from chalicelib.feed.models import Impression, Stream
from chalicelib.platform.errors import Problem


def pack(report: Report) -> dict[str, Any]:
    """Return a report as JSON data, about 400 bytes for each of at most 50 claims."""
    return {
        "received_at": report.received_at.isoformat(),
        "user": report.user_row_id,
        "session": report.session,
        "claims": [_pack(claim) for claim in report.claims],
    }


def unpack(message: Mapping[str, Any]) -> Report:
    """Return the report of a message. Raises Problem `validation_failed` for what is none."""
    try:
        return Report(
            received_at=datetime.fromisoformat(message["received_at"]),
            claims=[_unpack(claim) for claim in message["claims"]],
            user_row_id=message["user"],
            session=message["session"],
        )
    except (KeyError, TypeError, ValueError) as error:
        detail = f"The message has another form: {error!r}."
        raise Problem("validation_failed", detail) from error


def _pack(claim: Claim) -> dict[str, Any]:
    impression = claim.impression
    return {
        "id": claim.id.hex,
        "type": claim.type.value,
        "at": claim.at.isoformat(),
        "watch_ms": claim.watch_ms,
        "position_ms": claim.position_ms,
        "impression": impression.id.hex,
        "viewer": impression.viewer,
        "video": impression.video_row_id,
        "feed": impression.feed_id,
        "position": impression.position,
        "source": impression.stream.value,
        "shown_at": impression.issued_at.isoformat(),
    }


def _unpack(claim: Mapping[str, Any]) -> Claim:
    impression = Impression(
        id=UUID(claim["impression"]),
        viewer=claim["viewer"],
        video_row_id=claim["video"],
        feed_id=claim["feed"],
        position=claim["position"],
        stream=Stream(claim["source"]),
        issued_at=datetime.fromisoformat(claim["shown_at"]),
    )
    return Claim(
        id=UUID(claim["id"]),
        type=EventType(claim["type"]),
        impression=impression,
        at=datetime.fromisoformat(claim["at"]),
        watch_ms=claim["watch_ms"],
        position_ms=claim["position_ms"],
    )

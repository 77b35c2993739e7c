"""Reporting what shouldn't be here."""

from typing import Annotated

from pydantic import BaseModel, Field

from chalicelib.api import schemas
from chalicelib.api.fields import Said, Trimmed
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.moderation import reporting
from chalicelib.moderation.models import ReportReason, TargetType
from chalicelib.platform.limits import LimitClass


class ReportForm(Input):
    """What is reported, and why."""

    target_type: TargetType
    target_id: Annotated[str, Field(min_length=1, max_length=64), Said]
    reason: ReportReason
    detail: Annotated[str, Field(max_length=1000), Trimmed] = ""


class Report(BaseModel):
    """A report, as its reporter sees it."""

    id: str
    target_type: TargetType
    target_id: str
    reason: ReportReason
    created_at: schemas.Moment


@endpoint(
    "POST",
    "/reports",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.REPORT,
    body=ReportForm,
    response=Report,
    status=201,
    problems=("not_found", "deleted"),
    idempotent=True,
)
def report(request: Request, *, body: ReportForm) -> Reply:
    """Report a video, a comment or a person; the caller doesn't see it any more."""
    made = reporting.report(
        request.context,
        request.caller,
        body.target_type,
        body.target_id,
        reason=body.reason,
        detail=body.detail,
    )
    return Reply(Report(**vars(made)), 201)

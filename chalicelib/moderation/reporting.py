"""Reports: at once out of the reporter's sight, and into the queue."""

from chalicelib.accounts.models import Session
from chalicelib.accounts.relationships import find_known
from chalicelib.engagement import comments
from chalicelib.moderation import store, weighing
from chalicelib.moderation.models import SEVERITY, Report, ReportReason, TargetType
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem
from chalicelib.platform.observability import count, logger
from chalicelib.videos import visibility


def report(
    context: Context,
    session: Session,
    kind: TargetType,
    target_id: str,
    *,
    reason: ReportReason,
    detail: str,
) -> Report:
    """Keep a report, one per person and thing; the same again is the one that was made before.

    Raises Problem `not_found` for what the caller may not know of, `validation_failed` for what is
    their own.
    """
    now = context.clock.now()
    reporter = session.user_row_id
    with context.database.transaction() as transaction:
        known = store.find_row_id(transaction, kind, target_id)
        before = known and store.find_report(transaction, reporter, kind, known)
        if before:
            return store.shown_report(before, kind, target_id)
        target, maker = _find(transaction, session, kind, target_id)
        if maker == reporter:
            told = "This is your own; delete it instead."
            error = FieldError("/target_id", "own", told)
            raise Problem("validation_failed", told, errors=[error])
        case = store.hold_open_case(transaction, kind, target, now)
        # Whoever reported it twice at once has waited here for the other.
        before = store.find_report(transaction, reporter, kind, target)
        if before:
            return store.shown_report(before, kind, target_id)
        weight = weighing.weigh(store.read_reporter(transaction, reporter), reason, now)
        public_id = store.insert_report(
            transaction,
            case=case["id"],
            reporter=reporter,
            kind=kind,
            target=target,
            reason=reason,
            detail=detail,
            weight=weight,
            now=now,
        )
        _reckon(context, transaction, case, kind=kind, target=target, reason=reason)
    count("Reports")
    logger.info("reported", extra={"target_type": kind, "target": target_id, "reason": reason})
    return Report(public_id, kind, target_id, reason, now)


def _find(
    transaction: Connection, session: Session, kind: TargetType, target_id: str
) -> tuple[int, int]:
    """Return the row ids of a thing and of who made it."""
    if kind is TargetType.VIDEO:
        video = visibility.find_visible(transaction, target_id, session)
        return video.row_id, video.creator_row_id
    if kind is TargetType.COMMENT:
        comment = comments.find_visible(transaction, target_id, session)
        return comment.row_id, comment.author_row_id
    person = find_known(transaction, target_id, session)
    return person.row_id, person.row_id


def _reckon(
    context: Context,
    transaction: Connection,
    case: dict[str, int],
    *,
    kind: TargetType,
    target: int,
    reason: ReportReason,
) -> None:
    """Work out what a case's reports come to, and hold the thing back if that is enough."""
    weights = store.read_weights(transaction, case["id"])
    threshold = float(context.configuration.get(weighing.HOLD_WEIGHT))
    held = bool(case["held"]) or (
        kind is not TargetType.USER and weighing.holds(weights, threshold)
    )
    store.update_case(
        transaction,
        case["id"],
        severity=max(case["severity"], SEVERITY[reason]),
        weight=weighing.total(weights),
        reports=len(weights),
        held=held,
    )
    if held and not case["held"]:
        store.set_held(transaction, kind, target, held=True)
        count("AutomaticHolds")
        logger.info("held", extra={"target_type": kind, "reports": len(weights)})

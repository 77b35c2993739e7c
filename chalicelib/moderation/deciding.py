"""The queue: somebody claims a case, decides it, and says why to the person concerned."""

from datetime import timedelta

from chalicelib.accounts import standing
from chalicelib.accounts.models import Session
from chalicelib.engagement import comments, notifications
from chalicelib.engagement.notification_store import Notice
from chalicelib.moderation import store
from chalicelib.moderation.models import Case, Decision, TargetType
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem, not_found
from chalicelib.platform.observability import count
from chalicelib.videos import editing
from chalicelib.videos import store as video_store

LEASE = timedelta(minutes=10)
SENSITIVE = "sensitive"
_ONLY_VIDEOS = frozenset({Decision.LABEL, Decision.LIMIT_REACH, Decision.AGE_RESTRICT})
_STATEMENTS = {
    Decision.LABEL: "Your {what} was labelled as sensitive: {reason}",
    Decision.LIMIT_REACH: "Your {what} is no longer recommended: {reason}",
    Decision.AGE_RESTRICT: "Your {what} is now shown to adults only: {reason}",
    Decision.REMOVE: "Your {what} was removed: {reason}",
    Decision.BAN: "Your account was suspended: {reason}",
}


def list_queue(
    context: Context,
    *,
    kind: TargetType | None = None,
    after: tuple[int, float, int] | None,
    limit: int,
) -> list[Case]:
    """Return open cases, the gravest first: what was reported, and duplicates."""
    with context.database.transaction() as transaction:
        store.open_duplicate_cases(transaction, context.clock.now())
        return store.list_open(transaction, kind=kind, after=after, limit=limit)


def claim(context: Context, session: Session, case_id: str) -> Case:
    """Take a case for ten minutes, or for ten more. Raises `claimed`, `decided`, `not_found`."""
    with context.database.transaction() as transaction:
        case = _hold(context, transaction, session, case_id)
        until = context.clock.now() + LEASE
        store.claim(transaction, case.row_id, session.user_row_id, until)
        return _hold(context, transaction, session, case_id)


def decide(
    context: Context,
    session: Session,
    case_id: str,
    *,
    action: Decision,
    reason: str,
    note: str,
) -> Case:
    """Decide a case and do what follows, all at once or not at all.

    Raises Problem `claimed` while somebody else works on it, `decided`, `not_found`, `forbidden`
    for what concerns the caller, and `validation_failed` for what can't be done to such a thing.
    """
    with context.database.transaction() as transaction:
        case = _hold(context, transaction, session, case_id)
        person, person_id, video = store.person_behind(
            transaction, case.target_type, case.target_row_id
        )
        if person == session.user_row_id:
            raise Problem("forbidden", "Somebody else must decide about what is yours.")
        _check(case, action)
        now = context.clock.now()
        store.set_held(transaction, case.target_type, case.target_row_id, held=False)
        _carry_out(
            context, transaction, session, case, action=action, reason=reason, person_id=person_id
        )
        store.decide(
            transaction,
            case.row_id,
            by=session.user_row_id,
            action=action,
            reason=reason,
            note=note,
            now=now,
        )
        if action in _STATEMENTS:
            what = "profile" if case.target_type is TargetType.USER else case.target_type.value
            notice = Notice(
                user_row_id=person,
                type="moderation",
                about=f"case {case.row_id}",
                video_row_id=video,
                text=_STATEMENTS[action].format(what=what, reason=reason),
                now=now,
            )
            notifications.notify(context, transaction, notice)
        target = f"{case.target_type}:{case.target_id}"
        detail = {"case": case.id, "action": action, "reason": reason, "note": note}
        audit.append(context, transaction, session, action="decision", target=target, detail=detail)
        count("ModerationDecisions")
        decided = store.hold_case(transaction, case_id)
    assert decided is not None  # noqa: S101 - it was there a moment ago
    return decided


def _hold(context: Context, transaction: Connection, session: Session, case_id: str) -> Case:
    case = store.hold_case(transaction, case_id)
    if case is None:
        raise not_found("case")
    if case.decided_at is not None:
        raise Problem("decided", f"The decision was to {case.action}.")
    leased = case.claimed_until is not None and case.claimed_until > context.clock.now()
    if leased and case.claimed_by_row_id != session.user_row_id:
        raise Problem("claimed", f"It is claimed until {case.claimed_until:%H:%M:%S} UTC.")
    return case


def _check(case: Case, action: Decision) -> None:
    wrong = action in _ONLY_VIDEOS and case.target_type is not TargetType.VIDEO
    if wrong or (action is Decision.REMOVE and case.target_type is TargetType.USER):
        detail = f"A {case.target_type} can't be decided with {action}."
        error = FieldError("/action", "not_applicable", detail)
        raise Problem("validation_failed", detail, errors=[error])


def _carry_out(
    context: Context,
    transaction: Connection,
    session: Session,
    case: Case,
    *,
    action: Decision,
    reason: str,
    person_id: str,
) -> None:
    target = case.target_row_id
    if action is Decision.LABEL:
        store.add_label(transaction, target, SENSITIVE)
    elif action is Decision.LIMIT_REACH:
        store.restrict_video(transaction, target, limited=True)
    elif action is Decision.AGE_RESTRICT:
        store.restrict_video(transaction, target, age_restricted=True)
    elif action is Decision.BAN:
        standing.ban(context, session, person_id, until=None, reason=reason)
    elif action is Decision.REMOVE and case.target_type is TargetType.VIDEO:
        video = video_store.find_videos(transaction, [target])[0]
        editing.delete(context, video, session, reason)
    elif action is Decision.REMOVE:
        comments.remove(transaction, target, session.user_row_id, context.clock.now())

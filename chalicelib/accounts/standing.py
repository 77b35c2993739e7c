"""What the staff decides about people: roles and bans. Every decision is in the audit log."""

from datetime import datetime

from chalicelib.accounts import sessions, store
from chalicelib.accounts.models import Account, Role, Session
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem, not_found

STAFF = frozenset({Role.MODERATOR, Role.ADMIN})
AT_ONCE = 100


def set_role(context: Context, session: Session, name: str, role: Role, reason: str) -> int:
    """Make somebody something else; all their sessions end. Returns their row id.

    Raises Problem `not_found`, `forbidden` on oneself, or `last_admin`.
    """
    with context.database.transaction() as transaction:
        admins = store.hold_admins(transaction)
        account = _hold_other(transaction, session, name)
        if account.role is Role.ADMIN and role is not Role.ADMIN and admins == [account.row_id]:
            raise Problem("last_admin", "Make somebody else an administrator first.")
        if account.role is not role:
            store.set_role(transaction, account.row_id, role)
            sessions.end_all(context, transaction, account.row_id)
            detail = {"from": account.role, "to": role, "reason": reason}
            audit.append(
                context,
                transaction,
                session,
                action="role",
                target=f"user:{account.id}",
                detail=detail,
            )
    return account.row_id


def ban(
    context: Context, session: Session, name: str, *, until: datetime | None, reason: str
) -> int:
    """Ban somebody, for good unless an end is given; all their sessions end. Returns their row id.

    Raises Problem `not_found`, `forbidden` for oneself and for a moderator's banning staff,
    `last_admin`, `validation_failed` for an end that has passed.
    """
    now = context.clock.now()
    if until is not None and until <= now:
        detail = "The end of a ban must lie ahead."
        raise Problem("validation_failed", detail, errors=[FieldError("/until", "past", detail)])
    with context.database.transaction() as transaction:
        admins = store.hold_admins(transaction)
        account = _hold_other(transaction, session, name)
        if account.role in STAFF and session.role is not Role.ADMIN:
            raise Problem("forbidden", "Only administrators may ban moderators and administrators.")
        if admins == [account.row_id]:
            raise Problem("last_admin", "Make somebody else an administrator first.")
        store.set_ban(
            transaction,
            account.row_id,
            at=now,
            until=until,
            reason=reason,
            by=session.user_row_id,
        )
        sessions.end_all(context, transaction, account.row_id)
        told = {"until": until.isoformat() if until else None, "reason": reason}
        audit.append(
            context, transaction, session, action="ban", target=f"user:{account.id}", detail=told
        )
    return account.row_id


def unban(context: Context, session: Session, name: str) -> int:
    """Take a ban back; nothing happens where there is none. Returns their row id."""
    with context.database.transaction() as transaction:
        account = _hold_other(transaction, session, name)
        if account.role in STAFF and session.role is not Role.ADMIN:
            raise Problem("forbidden", "Only administrators may do this for staff.")
        if account.banned_at is not None:
            store.set_ban(transaction, account.row_id, at=None)
            audit.append(
                context,
                transaction,
                session,
                action="unban",
                target=f"user:{account.id}",
                detail={},
            )
    return account.row_id


def end_bans(context: Context) -> int:
    """Take back the bans whose end has come, and return how many."""
    with context.database.transaction() as transaction:
        ended = store.find_ended_bans(transaction, context.clock.now(), AT_ONCE)
        for row_id in ended:
            store.set_ban(transaction, row_id, at=None)
    return len(ended)


def _hold_other(transaction: Connection, session: Session, name: str) -> Account:
    person = store.find_person(transaction, name)
    account = store.hold_account(transaction, person.row_id) if person else None
    if account is None or account.purged_at is not None:
        raise not_found("person")
    if account.row_id == session.user_row_id:
        raise Problem("forbidden", "Nobody may decide about themselves.")
    return account

"""Coming in and going: register, log in, a new password, becoming a creator, leaving."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.accounts import ages, passwords, sessions, store
from chalicelib.accounts.models import Account, NewUser, Role, Session, User
from chalicelib.platform.configuration import Setting
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem

LEAVING = timedelta(days=30)  # within which one can come back
CREATOR_SIGNUP = Setting(
    "creator_signup",
    "string",
    "self",
    "whether users make themselves creators",
    choices=("self", "closed"),
)


@dataclass(frozen=True)
class SignedIn:
    """A person and the token of the session just opened for them."""

    user: User
    token: str = field(repr=False)


def register(
    context: Context,
    *,
    username: str,
    password: str,
    birth_date: date,
    display_name: str | None = None,
    email: str | None = None,
    country: str | None = None,
    language: str | None = None,
    interests: tuple[str, ...] = (),
    client: str = "",
) -> SignedIn:
    """Create a person and sign them in.

    Raises Problem `under_age`, `password_too_short`, `password_breached` or `username_taken`.
    """
    if ages.age_of(birth_date, context.clock.now().date()) < ages.LEAST:
        detail = f"You must be at least {ages.LEAST} years old."
        raise Problem("under_age", detail, errors=[FieldError("/birth_date", "under_age", detail)])
    new = NewUser(
        username=username,
        display_name=display_name or username,
        password_hash=passwords.hash_password(password),
        birth_date=birth_date,
        email=email,
        country=country,
        language=language,
        interests=interests,
    )
    with context.database.transaction() as transaction:
        user = store.insert_user(transaction, new)
        if user is None:
            raise Problem("username_taken", f"Somebody is called {username} already.")
        return SignedIn(user, sessions.start(context, transaction, user.row_id, client))


def log_in(context: Context, *, username: str, password: str, client: str = "") -> SignedIn:
    """Sign somebody in; who was leaving comes back.

    Raises Problem `invalid_credentials`, the same whatever was wrong, or `banned`.
    """
    with context.database.transaction() as transaction:
        credentials = store.find_credentials(transaction, username)
    row_id, password_hash = credentials or (0, "")
    if not passwords.is_right(password_hash, password):
        raise _wrong()
    now = context.clock.now()
    with context.database.transaction() as transaction:
        account = store.hold_account(transaction, row_id)
        if account is None or account.password_hash != password_hash or account.purged_at:
            raise _wrong()
        _admit(transaction, account, now)
        if passwords.needs_rehash(password_hash):
            store.update_password_hash(transaction, row_id, passwords.rehash(password))
        user = _existing(store.find_user(transaction, row_id))
        return SignedIn(user, sessions.start(context, transaction, row_id, client))


def change_password(context: Context, session: Session, *, current: str, new: str) -> SignedIn:
    """Give the caller another password. All their sessions end, and a new one begins.

    Raises Problem `invalid_credentials`, `password_too_short` or `password_breached`.
    """
    row_id = session.user_row_id
    checked = _check_password(context, row_id, current)
    password_hash = passwords.hash_password(new, pointer="/new")
    with context.database.transaction() as transaction:
        _hold_unchanged(transaction, row_id, checked)
        store.update_password_hash(transaction, row_id, password_hash)
        return _begin_anew(context, transaction, row_id)


def become_creator(context: Context, row_id: int) -> SignedIn:
    """Let a user upload. All their sessions end, as after every change of role.

    Raises Problem `forbidden` while the configuration has it closed.
    """
    if context.configuration.get(CREATOR_SIGNUP) != "self":
        raise Problem("forbidden", "New creators are not admitted at the moment.")
    with context.database.transaction() as transaction:
        account = _held(transaction, row_id)
        if account.role is Role.USER:
            store.set_role(transaction, row_id, Role.CREATOR)
        return _begin_anew(context, transaction, row_id)


def leave(context: Context, session: Session, *, password: str) -> datetime:
    """Hide the caller at once, and have all of them purged after 30 days; returns when.

    Logging in before then brings them back. Raises Problem `invalid_credentials`, `last_admin`.
    """
    row_id = session.user_row_id
    checked = _check_password(context, row_id, password)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        if session.role is Role.ADMIN and store.hold_admins(transaction) == [row_id]:
            raise Problem("last_admin", "Make somebody else an administrator first.")
        _hold_unchanged(transaction, row_id, checked)
        store.set_leaving(transaction, row_id, at=now, purge_at=now + LEAVING)
        sessions.end_all(context, transaction, row_id)
    return now + LEAVING


def edit_profile(
    context: Context, session: Session, version: int, changes: Mapping[str, Any]
) -> User:
    """Change the caller's profile. Raises Problem `precondition_failed` if it isn't that any more.

    Parameters
    ----------
    changes: by field, of those that people may change themselves.
    """
    with context.database.transaction() as transaction:
        if not store.edit_profile(transaction, session.user_row_id, version, changes):
            raise Problem("precondition_failed", "It has changed since; read it again.")
        if "history_paused" in changes:
            paused = changes["history_paused"]
            store.note_pause(transaction, session.user_row_id, context.clock.now(), paused=paused)
        return _existing(store.find_user(transaction, session.user_row_id))


def find_user(context: Context, row_id: int) -> User:
    """Return the person of a session."""
    with context.database.transaction() as transaction:
        return _existing(store.find_user(transaction, row_id))


def _admit(transaction: Connection, account: Account, now: datetime) -> None:
    """Take back what has ended. Raises Problem `banned` while it hasn't."""
    if account.is_banned(now):
        until = account.banned_until
        extra = {
            "until": until.isoformat().replace("+00:00", "Z") if until else None,
            "reason": account.ban_reason,
        }
        detail = f"Until {until:%Y-%m-%d %H:%M} UTC." if until else "For good."
        raise Problem("banned", detail, extra=extra)
    if account.banned_at is not None:
        store.set_ban(transaction, account.row_id, at=None)
    if account.deleted_at is not None:
        store.set_leaving(transaction, account.row_id, at=None, purge_at=None)


def _begin_anew(context: Context, transaction: Connection, row_id: int) -> SignedIn:
    sessions.end_all(context, transaction, row_id)
    user = _existing(store.find_user(transaction, row_id))
    return SignedIn(user, sessions.start(context, transaction, row_id))


def _check_password(context: Context, row_id: int, password: str) -> str:
    """Return the hash that a password was found right for. Raises `invalid_credentials`."""
    with context.database.transaction() as transaction:
        account = _held(transaction, row_id)
    if not passwords.is_right(account.password_hash, password):
        raise _wrong()
    return account.password_hash


def _hold_unchanged(transaction: Connection, row_id: int, checked: str) -> None:
    """Hold an account whose password was just checked, unless it has changed meanwhile."""
    if _held(transaction, row_id).password_hash != checked:
        raise _wrong()


def _held(transaction: Connection, row_id: int) -> Account:
    account = store.hold_account(transaction, row_id)
    if account is None:
        raise Problem("authentication_required", "This account no longer exists.")
    return account


def _existing(user: User | None) -> User:
    if user is None:
        raise Problem("authentication_required", "This account no longer exists.")
    return user


def _wrong() -> Problem:
    return Problem("invalid_credentials", "Check the name and the password.")

"""Coming in: register, log in, become a creator."""

from dataclasses import dataclass, field
from datetime import date

from chalicelib.accounts import passwords, sessions, store
from chalicelib.accounts.models import NewUser, User
from chalicelib.platform.context import Context
from chalicelib.platform.errors import FieldError, Problem

MIN_AGE_YEARS = 13


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
) -> SignedIn:
    """Create a person and sign them in.

    Raises Problem `under_age`, `password_too_short`, `password_breached` or `username_taken`.
    """
    _check_age(birth_date, context.clock.now().date())
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
        return SignedIn(user, sessions.start(context, transaction, user.row_id))


def log_in(context: Context, *, username: str, password: str) -> SignedIn:
    """Sign somebody in. Raises Problem `invalid_credentials`, the same whatever was wrong."""
    with context.database.transaction() as transaction:
        credentials = store.find_credentials(transaction, username)
    row_id, password_hash = credentials or (0, "")
    if not passwords.is_right(password_hash, password):
        raise Problem("invalid_credentials", "Check the name and the password.")
    with context.database.transaction() as transaction:
        if passwords.needs_rehash(password_hash):
            store.update_password_hash(transaction, row_id, passwords.rehash(password))
        user = _existing(store.find_user(transaction, row_id))
        return SignedIn(user, sessions.start(context, transaction, row_id))


def become_creator(context: Context, row_id: int, old_token: str) -> SignedIn:
    """Let a user upload. The session gets a new token, as after every change of role."""
    with context.database.transaction() as transaction:
        store.raise_to_creator(transaction, row_id)
        user = _existing(store.find_user(transaction, row_id))
        token = sessions.start(context, transaction, row_id)
    sessions.end(context, old_token)
    return SignedIn(user, token)


def find_user(context: Context, row_id: int) -> User:
    """Return the person of a session."""
    with context.database.transaction() as transaction:
        return _existing(store.find_user(transaction, row_id))


def _existing(user: User | None) -> User:
    if user is None:
        raise Problem("authentication_required", "This account no longer exists.")
    return user


def _check_age(birth_date: date, today: date) -> None:
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    age = today.year - birth_date.year - (not had_birthday)
    if age < MIN_AGE_YEARS:
        detail = f"You must be at least {MIN_AGE_YEARS} years old."
        raise Problem("under_age", detail, errors=[FieldError("/birth_date", "under_age", detail)])

"""Who follows whom, and who has nothing to do with whom any more."""

from collections.abc import Sequence
from typing import Any

from chalicelib.accounts import relationship_store, store
from chalicelib.accounts.models import Acquaintance, Action, Relationship, Session, User
from chalicelib.accounts.permissions import is_allowed
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem, not_found


def find_known(transaction: Connection, name: str, session: Session | None) -> User:
    """Return a person the caller may know of. Raises Problem `not_found` for any other."""
    person = store.find_person(transaction, name)
    if person is None or not _may_know(person, session):
        raise not_found("person")
    if session and not is_allowed(session.role, Action.ADMIN_API):
        relationship = _relationship(transaction, session, person)
        if relationship.blocked_by or relationship.reported:
            raise not_found("person")
    return person


def show(context: Context, name: str, session: Session | None) -> tuple[User, Relationship | None]:
    """Return a person, and how the caller stands to them."""
    with context.database.transaction() as transaction:
        person = find_known(transaction, name, session)
        return person, _relationship(transaction, session, person) if session else None


def list_people(
    context: Context,
    kind: str,
    name: str,
    session: Session | None,
    *,
    before: Sequence[Any] | None,
    limit: int,
) -> list[Acquaintance]:
    """Return a person's `followers` or whom they follow (`following`), the newest first."""
    with context.database.transaction() as transaction:
        person = find_known(transaction, name, session)
        viewer = session.user_row_id if session else None
        return relationship_store.list_people(
            transaction, kind, person.row_id, viewer=viewer, before=before, limit=limit
        )


def list_blocked(
    context: Context, session: Session, *, before: Sequence[Any] | None, limit: int
) -> list[Acquaintance]:
    """Return whom the caller blocks, the newest first."""
    own = session.user_row_id
    with context.database.transaction() as transaction:
        return relationship_store.list_people(
            transaction, "blocks", own, viewer=own, before=before, limit=limit
        )


def set_follow(
    transaction: Connection, context: Context, session: Session, name: str, *, following: bool
) -> tuple[User, bool]:
    """Follow somebody or stop it, any number of times.

    Returns them as they are then, and whether that changed anything.
    """
    person = _other(transaction, name, session)
    if following and _relationship(transaction, session, person).blocking:
        raise Problem("forbidden", "You have blocked this person; take the block back first.")
    changed = relationship_store.set_follow(
        transaction,
        session.user_row_id,
        person.row_id,
        following=following,
        now=context.clock.now(),
    )
    return store.find_user(transaction, person.row_id) or person, changed


def set_block(context: Context, session: Session, name: str, *, blocking: bool) -> None:
    """Block somebody or stop it. A block ends following in both directions."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        person = _other(transaction, name, session)
        pair = session.user_row_id, person.row_id
        relationship_store.set_block(transaction, *pair, blocking=blocking, now=now)
        if blocking:
            relationship_store.set_follow(transaction, *pair, following=False, now=now)
            relationship_store.set_follow(transaction, *pair[::-1], following=False, now=now)


def _other(transaction: Connection, name: str, session: Session) -> User:
    """Return somebody else, who may have blocked the caller only if the caller blocks them too."""
    person = store.find_person(transaction, name)
    if person is None or not _may_know(person, session):
        raise not_found("person")
    if person.row_id == session.user_row_id:
        raise Problem("forbidden", "Nobody can follow or block themselves.")
    relationship_store.lock_pair(transaction, session.user_row_id, person.row_id)
    relationship = _relationship(transaction, session, person)
    if relationship.blocked_by and not relationship.blocking:
        raise not_found("person")
    return person


def _may_know(person: User, session: Session | None) -> bool:
    """Whether somebody is there for the caller: who is banned or leaving is for the staff only."""
    return not person.hidden or (session is not None and is_allowed(session.role, Action.ADMIN_API))


def _relationship(transaction: Connection, session: Session, person: User) -> Relationship:
    return relationship_store.find_relationship(transaction, session.user_row_id, person.row_id)
